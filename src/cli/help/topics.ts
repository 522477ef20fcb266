// The help topics: what is too long for a command's own help. Each is loaded when it is asked for.

export const TOPIC_NAMES = ['exit-codes', 'environment', 'security', 'ci', 'redirect-uris', 'sharing', 'emulator'] as const
type TopicName = (typeof TOPIC_NAMES)[number]

const TOPICS: Readonly<Record<TopicName, () => Promise<string>>> = {
  'exit-codes': async () => (await import('./tables.ts')).exitCodesTopic(),
  environment: async () => (await import('./tables.ts')).environmentTopic(),
  security: async () => (await import('./security.ts')).SECURITY,
  ci: async () => (await import('./ci.ts')).CI,
  'redirect-uris': async () => (await import('./redirect-uris.ts')).REDIRECT_URIS,
  sharing: async () => (await import('./sharing.ts')).SHARING,
  emulator: async () => (await import('../commands/emulator.ts')).emulatorTopic(),
}

/** Null: there is no such topic. */
export async function topic(name: string): Promise<string | null> {
  const found = TOPIC_NAMES.find((one) => one === name)
  return found === undefined ? null : TOPICS[found]()
}
