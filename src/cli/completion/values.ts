// Values that can be told without asking anybody: the words of the contract, and what the store knows. Nothing is opened before it is
// asked for, and nothing is ever made.

import type { Candidate } from './candidates.ts'
import { plain } from './candidates.ts'

/** What the store has, read offline. Empty where there is none, or where it cannot be read. */
export interface StoredNames {
  readonly accounts: readonly Candidate[]
  readonly subscriptions: readonly Candidate[]
  readonly runs: readonly Candidate[]
  readonly apps: readonly Candidate[]
}

const ACCOUNTS: ReadonlySet<string> = new Set(['name', 'names', 'account', 'old'])
const SUBSCRIPTIONS: ReadonlySet<string> = new Set(['uri-or-id', 'webhook', 'id', 'uri'])
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['scope', ['organization', 'user', 'group']],
  ['state', ['active', 'disabled']],
  ['place', ['file', 'env', 'keyring']],
  ['method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']],
  ['what', ['error', 'warning']],
])

export function valuesFrom(
  stored: () => Promise<StoredNames>,
  words: { readonly topics: readonly string[]; readonly commands: readonly Candidate[] },
): (kind: string) => Promise<readonly Candidate[] | null> {
  return async (kind) => {
    if (ACCOUNTS.has(kind)) return (await stored()).accounts
    if (SUBSCRIPTIONS.has(kind)) return (await stored()).subscriptions
    if (kind === 'run' || kind === 'run-id') return (await stored()).runs
    if (kind === 'app' || kind === 'client-id') return (await stored()).apps
    if (kind === 'words') return [...words.commands, ...words.topics.map(plain)]
    if (kind === 'command') return words.commands
    if (kind === 'event' || kind === 'events' || kind === 'list') {
      const { EVENTS } = await import('../../core/calendly/events.ts')
      return EVENTS.map(plain)
    }
    return WORDS.get(kind)?.map(plain) ?? null
  }
}
