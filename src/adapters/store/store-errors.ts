// Failures of a store that are no engine's own.

import { CalreconnectError } from '../../core/errors/errors.ts'

/** The code of a database's or the system's error; null for anything else. */
export function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null
}

/** For contents that were read well and that make no sense here. */
export function damaged(location: string, what: string, cause?: unknown): CalreconnectError {
  return new CalreconnectError('STORE_DAMAGED', `The store ${location} is damaged: ${what}`, {
    hint: 'It was left as it is: restore it from a backup, or name another store with --db or CALRECONNECT_DB',
    cause,
  })
}
