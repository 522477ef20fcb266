// A command line with one connection `me` at an emulator, and declarative files to try on it.

import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EmulatorOptions } from '../../src/emulator/server.ts'
import { type EmulatedCli, emulatedCli } from './connected.ts'

export const OWN = 'https://hooks.example.com/own'
export const OTHER = 'https://hooks.example.com/other'

export interface DeclaredUrl {
  readonly url: string
  readonly events?: readonly string[]
}

export interface DeclarativeHome extends EmulatedCli {
  /** Writes a declarative file for `me` and gives its path. */
  declare(...webhooks: readonly DeclaredUrl[]): string
  path(name: string): string
  /** What is at Calendly, as `state url events`. */
  there(): string[]
  /** Writes (POST, DELETE) to webhook subscriptions since the last call, as `METHOD status`. */
  writes(): string[]
  /** From now on, `rewind` comes back to this. */
  remember(): void
  rewind(): void
  end(): Promise<void>
}

/** Connected as `me`, with a webhook of its own at OWN. */
export async function declarativeHome(options: EmulatorOptions = {}): Promise<DeclarativeHome> {
  const home = await emulatedCli(options)
  const { emulator } = home
  const kept = `${home.folder}-kept`
  await home.connect('--name', 'me', '--callback-url', OWN)
  const path = (name: string): string => join(home.folder, name)
  let seen = 0
  return {
    ...home,
    path,
    declare(...webhooks) {
      const entries = webhooks.map(
        ({ url, events }) => `      - callback_url: ${url}${events === undefined ? '' : `\n        events: [${events.join(', ')}]`}`,
      )
      const file = path('calreconnect.yaml')
      writeFileSync(file, `version: 1\naccounts:\n  me:\n    webhooks:${entries.length === 0 ? ' []' : `\n${entries.join('\n')}`}\n`)
      return file
    },
    there: () =>
      emulator.control
        .subscriptions()
        .map(({ state, callbackUrl, events }) => `${state} ${callbackUrl} ${[...events].sort().join(',')}`)
        .sort(),
    writes() {
      const all = emulator.requests().filter((one) => one.method !== 'GET' && one.path.startsWith('/webhook_subscriptions'))
      const fresh = all.slice(seen)
      seen = all.length
      return fresh.map(({ method, status }) => `${method} ${status}`)
    },
    remember() {
      emulator.control.rememberAsInitial()
      cpSync(path('data'), kept, { recursive: true })
    },
    rewind() {
      emulator.control.reset()
      rmSync(path('data'), { recursive: true, force: true })
      cpSync(kept, path('data'), { recursive: true })
    },
    async end() {
      await home.close()
      rmSync(kept, { recursive: true, force: true })
    },
  }
}
