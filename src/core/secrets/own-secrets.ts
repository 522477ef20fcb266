// The settings of the environment that are secrets: masked wherever they turn up, and kept from every other program.

export const SECRET_SETTINGS = ['CALENDLY_CLIENT_SECRET', 'CALENDLY_TOKEN', 'CALENDLY_WEBHOOK_SIGNING_KEY', 'CALRECONNECT_KEY'] as const

const NAMES: ReadonlySet<string> = new Set(SECRET_SETTINGS)

/** What another program may have of an environment: everything but our secrets. */
export function withoutSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NAMES.has(name.toUpperCase())))
}
