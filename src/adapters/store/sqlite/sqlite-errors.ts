// What SQLite and the file system say, in our codes. By code, never by text.

import { next, type Hint } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { ErrorCode } from '../../../core/errors/errors.ts'
import { codeOf } from '../store-errors.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly says: (path: string) => string
  readonly hint: Hint
}

const LOCKED: Meaning = {
  code: 'STORE_LOCKED',
  says: (path) => `The store ${path} is locked by another process`,
  hint: 'Try again when the other calreconnect command has ended',
}
const FULL: Meaning = {
  code: 'STORE_FULL',
  says: (path) => `The disk that holds the store ${path} is full`,
  hint: 'Free some space and run the command again; nothing was half-written',
}
const READ_ONLY: Meaning = {
  code: 'STORE_READ_ONLY',
  says: (path) => `The store ${path} cannot be opened for writing`,
  hint: 'Make the folder and the file writable for you, or name another store with --db or CALRECONNECT_DB',
}
const DAMAGED: Meaning = {
  code: 'STORE_DAMAGED',
  says: (path) => `The file ${path} is damaged, or is no calreconnect store`,
  hint: 'The file was left as it is: restore it from a backup, or name another store with --db or CALRECONNECT_DB',
}
const FAILED: Meaning = {
  code: 'STORE_FAILED',
  says: (path) => `The store ${path} failed`,
  hint: next('store', 'info'),
}

/** Primary result codes of SQLite and `errno` names. Extended codes begin with their primary one. */
const MEANINGS: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['SQLITE_BUSY', LOCKED],
  ['SQLITE_LOCKED', LOCKED],
  ['SQLITE_FULL', FULL],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['SQLITE_READONLY', READ_ONLY],
  ['SQLITE_CANTOPEN', READ_ONLY],
  ['SQLITE_PERM', READ_ONLY],
  ['EACCES', READ_ONLY],
  ['EPERM', READ_ONLY],
  ['EROFS', READ_ONLY],
  ['ENOTDIR', READ_ONLY],
  ['EEXIST', READ_ONLY],
  ['ENOENT', READ_ONLY],
  ['SQLITE_NOTADB', DAMAGED],
  ['SQLITE_CORRUPT', DAMAGED],
]

/** Whether trying again later may help. */
export function isBusy(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code !== null && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
}

/** Our own errors pass unchanged. Programming errors (TypeError …) do, too: they are no failures of the store. */
export function translated(thrown: unknown, path: string): unknown {
  const code = codeOf(thrown)
  if (thrown instanceof CalreconnectError || code === null) return thrown
  const meaning = MEANINGS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? FAILED
  return new CalreconnectError(meaning.code, `${meaning.says(path)} (${code})`, { hint: meaning.hint, cause: thrown })
}
