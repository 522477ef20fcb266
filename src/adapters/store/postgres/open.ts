// Opens the store on PostgreSQL: address, connections, schema, then the ports on them.

import { Client, Pool, type PoolClient } from 'pg'
import type { Clock, Interruption, Random } from '../../../core/ports/desk.ts'
import type { StoreInfo } from '../../../core/ports/store.ts'
import type { Crashpoint } from '../database.ts'
import { refuseMoved } from '../moved.ts'
import { type DatabaseStore, portsOn } from '../ports.ts'
import { type KeyProvider, Vault } from '../vault.ts'
import { type PostgresAddress, postgresAddress } from './address.ts'
import { clientConfig } from './connect.ts'
import { PostgresDatabase } from './database.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { PostgresProcessLock } from './process-lock.ts'
import { translated } from './postgres-errors.ts'
import { MIGRATIONS, TABLES } from './schema.ts'

/** A command works at few things at once, and servers have few connections. */
const CONNECTIONS_MAX = 4
const IDLE_MS_MAX = 10_000
/** Longer than any statement's own limit on the server. */
const ANSWER_MS_MAX = 65_000

export interface PostgresOptions {
  readonly url: string
  /** PG* variables, HOME. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where there is no schema, none is made. */
  readonly onlyLooks?: boolean
  readonly key: KeyProvider & { describe(): string }
  readonly clock: Clock
  readonly random: Random
  /** Ends waits for others. */
  readonly interruption?: Pick<Interruption, 'signal'>
  /** Told at the end what could not be kept in the API log: a sentence for people. */
  readonly onLost?: (text: string) => void
  /** Called with `commit:<name>:before` and `commit:<name>:after` around every commit. Tests only. */
  readonly crashpoint?: Crashpoint
}

/** Null where there is no store and none is to be made. @throws USAGE, STORE_FAILED, STORE_READ_ONLY, STORE_NEWER, STORE_MOVED … */
export async function openPostgres(options: PostgresOptions): Promise<DatabaseStore | null> {
  const { clock, random, crashpoint, key } = options
  const at = postgresAddress(options.url, options.env)
  const { pool, connect } = connections(at)
  const guard = (): ReturnType<typeof refuseMoved> => refuseMoved(at.location)
  const db = new PostgresDatabase(at, pool, options, { guard, ...(crashpoint && { crashpoint }) })
  try {
    if (!(await isReady(at, pool, options))) {
      await db.close()
      return null
    }
    await db.read(guard)
  } catch (thrown) {
    await db.close()
    throw translated(thrown, at)
  }
  return portsOn(
    {
      db,
      vault: new Vault(db, key, random),
      lock: new PostgresProcessLock(at, connect, clock, random),
      info: () => infoOf(at, db, key.describe()),
      close: () => db.close(),
    },
    options,
  )
}

function connections(at: PostgresAddress): { readonly pool: Pool; readonly connect: () => Promise<Client> } {
  const config = clientConfig(at, ANSWER_MS_MAX)
  const pool = new Pool({ ...config, max: CONNECTIONS_MAX, idleTimeoutMillis: IDLE_MS_MAX, allowExitOnIdle: true })
  // One that idles and is lost is replaced when it is needed; without a listener it would end the process.
  pool.on('error', () => undefined)
  const connect = async (): Promise<Client> => {
    const client = new Client(config)
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  return { pool, connect }
}

/** Whether there are tables of this version now. */
async function isReady(at: PostgresAddress, pool: Pool, { onlyLooks, crashpoint }: PostgresOptions): Promise<boolean> {
  const client: PoolClient = await pool.connect()
  try {
    const version = await schemaVersion(client, at)
    if (version === null && onlyLooks === true) return false
    if (version !== MIGRATIONS.length) await migrate(client, at, crashpoint)
    return true
  } finally {
    client.release()
  }
}

/** Damage of pages is the server's to find; a table that somebody dropped is told here. */
async function infoOf(at: PostgresAddress, db: PostgresDatabase, keySource: string): Promise<StoreInfo> {
  const rows = await db.all<{ name: string; size: number }>(
    `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind = 'r'`,
    at.schema,
  )
  const there = new Set(rows.map(({ name }) => name))
  const missing = TABLES.filter((name) => !there.has(name))
  return {
    location: at.location,
    schemaVersion: MIGRATIONS.length,
    sizeBytes: rows.reduce((sum, { size }) => sum + size, 0),
    integrity: missing.length === 0 ? 'ok' : `the schema ${at.schema} has no table ${missing.join(', ')}`,
    keySource,
    permissions: null,
  }
}
