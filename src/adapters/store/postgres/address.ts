// A PostgreSQL URL, what its service file and the PG* variables add, and the name by which it is spoken of. The password is in none of the words.

import { readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { codeOf } from '../store-errors.ts'

type Env = Readonly<Record<string, string | undefined>>
type Settings = Readonly<Record<string, string | undefined>>

export interface PostgresAddress {
  /** A host name, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly role: string
  /** Undefined: of ~/.pgpass, or none is needed. */
  readonly password: string | undefined
  readonly schema: string
  readonly ssl: ConnectionOptions | false
  /** For people: the URL without a password. */
  readonly location: string
}

const SCHEMA = 'calreconnect'
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full']
/** Names of a schema that need no thought: no case, no quotation marks. PostgreSQL keeps 63 bytes. */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/

/** @throws USAGE */
export function postgresAddress(text: string, env: Env): PostgresAddress {
  const given = settingsOf(text)
  const name = given['service'] ?? nonEmpty(env['PGSERVICE'])
  const service = name === undefined ? {} : serviceCalled(name, env)
  const setting = (key: string, variable: string): string | undefined => given[key] ?? service[key] ?? nonEmpty(env[variable])
  const host = setting('host', 'PGHOST') ?? 'localhost'
  const role = setting('user', 'PGUSER') ?? userInfo().username
  const database = setting('dbname', 'PGDATABASE') ?? role
  const port = Number(setting('port', 'PGPORT') ?? 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw usage(`The port of the PostgreSQL URL is none: ${port}`)
  const schema = given['schema'] ?? SCHEMA
  if (!IDENTIFIER.test(schema) || schema.startsWith('pg_'))
    throw usage(`The schema ${JSON.stringify(schema)} cannot be used`, 'Name one of a-z, 0-9 and _')
  return {
    host,
    port,
    database,
    role,
    password: setting('password', 'PGPASSWORD'),
    schema,
    ssl: tlsOf(host, (key, variable) => setting(key, variable)),
    location: locationOf({ host, port, database, role, schema }),
  }
}

/** `postgres://ada@/app?host=/run/postgresql`: libpq's way to say nothing of a host, which is no URL by WHATWG's rules. */
const WITHOUT_HOST = /^(\w+:\/\/[^/?#]*@)(?=[:/?#]|$)/

/** The URL's parts by their names in libpq. */
function settingsOf(text: string): Settings {
  let url: URL
  try {
    url = new URL(text.replace(WITHOUT_HOST, '$1localhost'))
  } catch (cause) {
    // The text may have a password in it.
    if (!(cause instanceof TypeError)) throw cause
    throw usage(
      'The PostgreSQL URL cannot be read',
      'Write --db postgres://USER@HOST:PORT/DATABASE; escape what is special in a password (%40 for @)',
    )
  }
  const of = (part: string): string | undefined => nonEmpty(decoded(part))
  const inPath = {
    host: WITHOUT_HOST.test(text) ? undefined : of(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: nonEmpty(url.port),
    user: of(url.username),
    password: of(url.password),
    dbname: of(url.pathname.replace(/^\//, '')),
  }
  const inQuery = Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ''))
  return { ...inQuery, ...Object.fromEntries(Object.entries(inPath).filter(([, value]) => value !== undefined)) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (thrown) {
    // No percent-encoding after all.
    if (thrown instanceof URIError) return part
    throw thrown
  }
}

/** @see https://www.postgresql.org/docs/15/libpq-pgservice.html */
function serviceCalled(name: string, env: Env): Settings {
  const path = nonEmpty(env['PGSERVICEFILE']) ?? join(nonEmpty(env['HOME']) ?? homedir(), '.pg_service.conf')
  let section: string | null = null
  const found: Record<string, string> = {}
  let isThere = false
  for (const line of linesOf(path)) {
    const [, heading] = /^\[(.*)\]$/.exec(line) ?? []
    if (heading !== undefined) section = heading
    if (section !== name) continue
    isThere = true
    const at = line.indexOf('=')
    if (at > 0) found[line.slice(0, at).trim()] = line.slice(at + 1).trim()
  }
  if (!isThere) throw usage(`There is no PostgreSQL service ${name} in ${path}`)
  return found
}

function linesOf(path: string): readonly string[] {
  const text = textOf(path) ?? ''
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Null for a file that is not there. @throws USAGE for one that cannot be read */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT') return null
    if (code === null) throw thrown
    throw usage(`${path} cannot be read (${code})`)
  }
}

/**
 * As libpq's modes, but for two: `prefer` and `allow` leave it to whoever is in between whether there is TLS. Without a mode there is TLS to
 * every other machine.
 */
function tlsOf(host: string, setting: (key: string, variable: string) => string | undefined): ConnectionOptions | false {
  const isHere = host.startsWith('/') || LOOPBACK.has(host)
  const mode = setting('sslmode', 'PGSSLMODE') ?? (isHere ? 'disable' : 'require')
  if (!SSL_MODES.includes(mode)) {
    throw usage(
      `sslmode=${mode} is not among ${SSL_MODES.join(', ')}`,
      'Write sslmode=require, or sslmode=verify-full with sslrootcert=FILE',
    )
  }
  if (mode === 'disable' || host.startsWith('/')) return false
  const root = setting('sslrootcert', 'PGSSLROOTCERT')
  const [cert, key] = [setting('sslcert', 'PGSSLCERT'), setting('sslkey', 'PGSSLKEY')]
  const files = {
    ...(root === undefined || root === 'system' ? {} : { ca: fileOf('sslrootcert', root) }),
    ...(cert === undefined ? {} : { cert: fileOf('sslcert', cert) }),
    ...(key === undefined ? {} : { key: fileOf('sslkey', key) }),
  }
  if (mode === 'verify-full') return { ...files, rejectUnauthorized: true }
  // An authority that is named is meant to be asked.
  if (mode === 'verify-ca' || root !== undefined) return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  return { ...files, rejectUnauthorized: false }
}

function fileOf(what: string, path: string): string {
  const text = textOf(path)
  if (text === null) throw usage(`${what} names a file that is not there: ${path}`)
  return text
}

function locationOf({
  host,
  port,
  database,
  role,
  schema,
}: Pick<PostgresAddress, 'host' | 'port' | 'database' | 'role' | 'schema'>): string {
  const bracketed = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const query = schema === SCHEMA ? '' : `?schema=${schema}`
  return `postgres://${encodeURIComponent(role)}@${bracketed}:${port}/${encodeURIComponent(database)}${query}`
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function usage(message: string, hint?: string): CalreconnectError {
  return new CalreconnectError('USAGE', message, hint === undefined ? {} : { hint })
}
