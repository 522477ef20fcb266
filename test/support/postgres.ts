// A PostgreSQL of the tests' own, and PgBouncer before it: a private cluster in a temporary folder, on a free port, run by a user without privileges.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './http-server.ts'

/** Debian keeps the programs of each version in a folder of their own. */
const DEBIAN = '/usr/lib/postgresql'
const READY_MS_MAX = 30_000

const programs = findPrograms()
const pgbouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path)) ?? null

/** Why tests on PostgreSQL are left out; null where they are not. */
export const withoutPostgres = programs === null ? 'there is no PostgreSQL here (apt-get install postgresql-15)' : null
export const withoutPgBouncer = withoutPostgres ?? (pgbouncer === null ? 'there is no PgBouncer here (apt-get install pgbouncer)' : null)

export interface Cluster {
  readonly port: number
  url(schema: string, role?: string): string
  /** As the superuser. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  /** Kills the server as a machine would that loses its power (`immediate`), or in order; `start` brings it back. */
  stop(how: 'immediate' | 'fast'): Promise<void>
  start(): Promise<void>
  /** A PgBouncer before it. Its port. */
  pooled(mode: 'transaction' | 'session'): Promise<number>
  close(): Promise<void>
}

export function urlAt(port: number, schema: string, role = 'tests'): string {
  return `postgres://${role}@127.0.0.1:${port}/postgres?schema=${schema}`
}

let counted = 0

/** A name that no other store of this cluster has. */
export function freshSchema(): string {
  counted += 1
  return `store_${process.pid}_${counted}`
}

/** A key, and the certificate for the host `localhost` that whoever asks for TLS is shown. */
export interface ServerCertificate {
  readonly key: string
  readonly certificate: string
}

export async function startCluster(tls: ServerCertificate | null = null): Promise<Cluster> {
  if (programs === null) throw new Error('There is no PostgreSQL')
  const folder = mkdtempSync(join(tmpdir(), 'calreconnect-pg-'))
  const user = unprivileged()
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const bin = programs
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'tests', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], {
    ...user,
    stdio: 'ignore',
    cwd: folder,
  })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', 'max_connections=200']
  if (tls !== null) {
    const paths = { ssl_key_file: join(folder, 'server.key'), ssl_cert_file: join(folder, 'server.crt') }
    writeFileSync(paths.ssl_key_file, tls.key, { mode: 0o600 })
    writeFileSync(paths.ssl_cert_file, tls.certificate)
    for (const path of Object.values(paths)) if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? user.uid)
    settings.push('ssl=on', ...Object.entries(paths).map(([name, path]) => `${name}=${path}`))
  }
  const children: ChildProcess[] = []
  let server: ChildProcess | null = null

  async function start(): Promise<void> {
    const flags = settings.flatMap((setting) => ['-c', setting])
    server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], { ...user, stdio: 'ignore', cwd: folder })
    await answering(port)
  }

  async function stop(how: 'immediate' | 'fast'): Promise<void> {
    if (server === null || server.exitCode !== null) return
    const ended = once(server, 'exit')
    server.kill(how === 'immediate' ? 'SIGQUIT' : 'SIGINT')
    await ended
  }

  await start()
  return {
    port,
    url: (schema, role) => urlAt(port, schema, role),
    query: (sql) => queried(port, sql),
    stop,
    start,
    async pooled(mode) {
      if (pgbouncer === null) throw new Error('There is no PgBouncer')
      const own = await freePort()
      const config = join(folder, `pgbouncer-${mode}.ini`)
      writeFileSync(config, pgbouncerConfig({ port, own, mode, folder }))
      writeFileSync(join(folder, 'users.txt'), '"tests" ""\n"clerk" ""\n')
      chmodSync(config, 0o644)
      chmodSync(join(folder, 'users.txt'), 0o644)
      children.push(spawn(pgbouncer, ['-q', config], { ...user, stdio: 'ignore', cwd: folder }))
      await answering(own)
      return own
    },
    async close() {
      for (const child of children) child.kill('SIGTERM')
      await stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function pgbouncerConfig(of: { readonly port: number; readonly own: number; readonly mode: string; readonly folder: string }): string {
  return [
    '[databases]',
    `* = host=127.0.0.1 port=${of.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${of.own}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${join(of.folder, 'users.txt')}`,
    `pool_mode = ${of.mode}`,
    // In session mode each connection of a client keeps one of the server's for itself.
    `default_pool_size = ${of.mode === 'session' ? 150 : 20}`,
    'max_client_conn = 500',
    'server_login_retry = 1',
    '',
  ].join('\n')
}

async function answering(port: number): Promise<void> {
  const untilMs = Date.now() + READY_MS_MAX
  for (;;) {
    try {
      await queried(port, 'SELECT 1')
      return
    } catch (error) {
      if (Date.now() >= untilMs) throw error
    }
    await sleep(50)
  }
}

async function queried(port: number, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ host: '127.0.0.1', port, user: 'tests', database: 'postgres' })
  // Whoever waits for an answer is told; what comes after it is nobody's.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

/** PostgreSQL does not run as root. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const number = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: number('-u'), gid: number('-g') }
}

function findPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
}
