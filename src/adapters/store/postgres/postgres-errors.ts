// What PostgreSQL, the network and TLS say, in our codes. By code; by text only where there is none.

import { CalreconnectError, type ErrorCode } from '../../../core/errors/errors.ts'
import { codeOf } from '../store-errors.ts'
import type { PostgresAddress } from './address.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly says: (at: PostgresAddress) => string
  readonly hint: (at: PostgresAddress) => string
}

const place = ({ database, host, port }: PostgresAddress): string => `the database ${database} at ${host}:${port}`

const UNREACHABLE: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `PostgreSQL at ${at.host}:${at.port} cannot be reached`,
  hint: (at) => `Look whether it runs and lets this machine in: psql "${at.location}"`,
}
/** A server or pooler that answered, and would not go on. */
const ENDED: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `The connection of the role ${at.role} to ${place(at)} was ended`,
  hint: (at) => `Look whether the role and the database are known there: psql "${at.location}"`,
}
const REFUSED: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `The role ${at.role} may not enter ${place(at)}`,
  hint: (at) => `Set PGPASSWORD, or add the line ${at.host}:${at.port}:${at.database}:${at.role}:PASSWORD to ~/.pgpass`,
}
const FORBIDDEN: Meaning = {
  code: 'STORE_READ_ONLY',
  says: (at) => `The role ${at.role} lacks a privilege in the schema ${at.schema} of ${place(at)}`,
  hint: (at) =>
    `Let the schema's owner run: GRANT USAGE ON SCHEMA ${at.schema} TO ${quoted(at.role)}; ` +
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${at.schema} TO ${quoted(at.role)}`,
}
const READ_ONLY: Meaning = {
  code: 'STORE_READ_ONLY',
  says: (at) => `${place(at)} takes no writes: it is a standby, or set to read only`.replace(/^t/, 'T'),
  hint: () => 'Name the primary server with --db or CALRECONNECT_DB',
}
const BUSY: Meaning = {
  code: 'STORE_LOCKED',
  says: (at) => `${place(at)} was busy with others for too long`.replace(/^t/, 'T'),
  hint: () => 'Try again when the other calreconnect commands have ended',
}
const NO_DATABASE: Meaning = {
  code: 'STORE_MISSING',
  says: (at) => `There is no database ${at.database} at ${at.host}:${at.port}`,
  hint: (at) => `createdb -h ${at.host} -p ${at.port} ${at.database}`,
}
const FULL: Meaning = {
  code: 'STORE_FULL',
  says: (at) => `The disk of PostgreSQL at ${at.host}:${at.port} is full`,
  hint: () => 'Free some space there and run the command again; nothing was half-written',
}
const UNTRUSTED: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `The certificate of PostgreSQL at ${at.host}:${at.port} is not trusted`,
  hint: () => 'Name its authority in the URL: ?sslmode=verify-full&sslrootcert=FILE',
}
const MISNAMED: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `The certificate of PostgreSQL at ${at.host}:${at.port} is for another name`,
  hint: () => 'Name the host in the URL as the certificate does; sslmode=verify-ca asks for its authority alone',
}
const WITHOUT_TLS: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `PostgreSQL at ${at.host}:${at.port} has no TLS, so that whoever is in between could read everything`,
  hint: () => 'Turn on ssl in its postgresql.conf; on a network that nobody else is in, write ?sslmode=disable',
}
/** pg's, which has no code for it. */
const TLS_REFUSED = 'The server does not support SSL connections'
const FAILED: Meaning = {
  code: 'STORE_FAILED',
  says: (at) => `The store in ${place(at)} failed`,
  hint: (at) => `Look at it with: psql "${at.location}"`,
}

/** SQLSTATEs and their classes, `errno` names, TLS. The longer prefix comes first. */
const MEANINGS: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['28', REFUSED],
  ['3D', NO_DATABASE],
  ['42501', FORBIDDEN],
  ['25006', READ_ONLY],
  ['40', BUSY],
  ['55P03', BUSY],
  ['57014', BUSY],
  ['53300', BUSY],
  ['53', FULL],
  ['58030', FULL],
  ['08', ENDED],
  ['57P', UNREACHABLE],
  ['ERR_TLS_CERT_ALTNAME', MISNAMED],
  ['ERR_TLS', UNTRUSTED],
  ['CERT_', UNTRUSTED],
  ['DEPTH_ZERO', UNTRUSTED],
  ['SELF_SIGNED', UNTRUSTED],
  ['UNABLE_TO_', UNTRUSTED],
  ['E', UNREACHABLE],
]

/** The server could not put the transaction in an order with others, or waited too long for them: it did not happen, and may be run again. */
export function isConflict(thrown: unknown): boolean {
  return ['40001', '40P01', '55P03'].includes(codeOf(thrown) ?? '')
}

/**
 * The connection is gone, or there was none: what was sent last may have been done, or not. pg's own errors (it was ended, it took too long)
 * have no code, and are of this kind all.
 */
export function isLost(thrown: unknown): boolean {
  if (thrown instanceof CalreconnectError || !(thrown instanceof Error)) return false
  const code = codeOf(thrown)
  if (code === null) return thrown.constructor === Error || thrown instanceof AggregateError
  return /^(?:08|57P0[123]|E[A-Z])/.test(code) && !code.startsWith('ERR_')
}

/** Our own errors pass unchanged, and so do programming errors: they are no failures of the store. */
export function translated(thrown: unknown, at: PostgresAddress): unknown {
  if (thrown instanceof CalreconnectError || !(thrown instanceof Error)) return thrown
  const code = codeOf(thrown)
  if (code === null && !isLost(thrown)) return thrown
  const meaning = code === null ? meaningOfOwn(thrown) : (MEANINGS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? FAILED)
  return new CalreconnectError(meaning.code, `${meaning.says(at)} (${code === null || meaning === ENDED ? thrown.message : code})`, {
    hint: meaning.hint(at),
    cause: thrown,
  })
}

/** Of pg's own errors. */
function meaningOfOwn({ message }: Error): Meaning {
  return message === TLS_REFUSED ? WITHOUT_TLS : UNREACHABLE
}

/** Of PostgreSQL's own making: the schema could not be made. */
export function mayNotMake(at: PostgresAddress, cause: unknown): CalreconnectError {
  return new CalreconnectError('STORE_READ_ONLY', `The role ${at.role} may not make the schema ${at.schema} in ${place(at)} (42501)`, {
    hint:
      `Let the database's owner run: GRANT CREATE ON DATABASE ${quoted(at.database)} TO ${quoted(at.role)}; ` +
      'or have the tables made from: calreconnect store init --print-sql',
    cause,
  })
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
