// Opens the store on SQLite: folder, file, pragmas, schema, then the ports on one handle.

import type Database from 'better-sqlite3'
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock, Interruption, Random } from '../../core/ports/desk.ts'
import type { ProcessLock, Store, StoreInfo } from '../../core/ports/store.ts'
import type { ForgottenSecrets } from '../../core/ports/store-keys.ts'
import { SqliteApiLog } from './api-log.ts'
import { SqliteApps } from './apps.ts'
import { SqliteAuditSnapshots } from './audit-snapshots.ts'
import { SqliteConnections } from './connections.ts'
import { BUSY_TIMEOUT_MS, type Crashpoint, StoreDatabase } from './database.ts'
import { SqliteFlows } from './flows.ts'
import { forgetSecrets } from './forget-secrets.ts'
import { checkSchema, migrate } from './migrate.ts'
import { makePrivate, permissionsOf, tighten } from './permissions.ts'
import { refuseMoved } from './moved.ts'
import { planSeals } from './plan-seals.ts'
import { SqliteProcessLock } from './process-lock.ts'
import { SqliteRateBudget } from './rate-budget.ts'
import { SqliteRefreshes } from './refreshes.ts'
import { Room } from './room.ts'
import { SqliteRuns } from './runs.ts'
import { MIGRATIONS } from './schema.ts'
import { codeOf, isBusy, translated } from './sqlite-errors.ts'
import { refuseStrangers } from './strangers.ts'
import { SqliteSubscriptions } from './subscriptions.ts'
import { type KeyProvider, Vault } from './vault.ts'
import { sqlite } from './sqlite-module.ts'

/** How long others who hold the whole store are waited for: a migration, a recovery after a crash, another program's transaction. */
const OPEN_WAIT_MS_MAX = 30_000
const OPEN_RETRY_MS = 10
/** A wait that is shorter is nothing to tell. */
const TOLD_AFTER_MS = 1_000
/** No other process sees a store that is in memory. */
const NOBODY_ELSE: ProcessLock = { hold: (_name, work) => work() }

export interface StoreOptions {
  /** The database file. Its folder is made where it is missing. */
  readonly path: string
  /** The file is not there and is not to be made: an empty store in memory stands for it, gone with the process. */
  readonly absent?: boolean
  /** Also one whose connections are in another store now. */
  readonly ofMoved?: boolean
  /** Who may read its files is left as it is. */
  readonly keepsModes?: boolean
  readonly key: KeyProvider & { describe(): string }
  readonly clock: Clock
  readonly random: Random
  /** Ends waits for others. */
  readonly interruption?: Pick<Interruption, 'signal'>
  /** Told once when others hold the store for longer than a moment. */
  readonly onWait?: (text: string) => void
  /** Told at the end what could not be kept in the API log: a sentence for people. */
  readonly onLost?: (text: string) => void
  /** Called with `commit:<name>:before` and `commit:<name>:after` around every commit. Tests only. */
  readonly crashpoint?: Crashpoint
  /** Tests only: the schema's history, shorter or longer than it is. */
  readonly migrations?: readonly string[]
  /** Tests only: sees the handle when the store is open, to give it limits of its own. */
  readonly onOpen?: (db: Database.Database) => void
}

/** The store, and what key custody (adapters/keys) needs of it. */
export interface SqliteStore extends Store {
  /** The id of the key that secrets are sealed with; null before the first secret. */
  keyId(): Promise<string | null>
  hasSecrets(): Promise<boolean>
  /** Seals every secret anew, all or none. */
  reencrypt(key: Uint8Array): Promise<void>
  /** Forgets every secret, all or none, without the key. */
  forgetSecrets(): Promise<ForgottenSecrets>
}

/** @throws NATIVE_MODULE, STORE_LOCKED, STORE_READ_ONLY, STORE_DAMAGED, STORE_NEWER, STORE_FULL, STORE_FAILED */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  const { clock, random } = options
  const { db, vault } = await openHandle(options)
  const { path } = db
  const apiLog = new SqliteApiLog(db, clock)
  return {
    connections: new SqliteConnections(db, vault, clock, random),
    subscriptions: new SqliteSubscriptions(db, vault, clock),
    refreshes: new SqliteRefreshes(db, clock, random),
    runs: new SqliteRuns(db, vault, clock, random),
    flows: new SqliteFlows(db, vault, clock),
    apps: new SqliteApps(db, vault, clock),
    apiLog,
    auditSnapshots: new SqliteAuditSnapshots(db),
    budget: new SqliteRateBudget(db, clock),
    lock: options.absent === true ? NOBODY_ELSE : new SqliteProcessLock(path, clock, random),
    seals: planSeals(vault),
    info: async () => infoOf(db, options.key.describe()),
    keyId: async () => vault.keyId(),
    hasSecrets: async () => vault.hasSecrets(),
    reencrypt: (key) => vault.reencrypt(key),
    forgetSecrets: () => forgetSecrets(db),
    close: async () => {
      if (!db.isOpen) return
      const lost = await apiLog.flushPatiently()
      if (lost !== null) options.onLost?.(`The API log is not complete: ${lost.message}`)
      db.close()
    },
  }
}

/** The handle of a store, and what opens its secrets. @throws as `openStore`; STORE_MOVED */
export async function openHandle(options: StoreOptions): Promise<{ readonly db: StoreDatabase; readonly vault: Vault }> {
  const path = realPath(resolve(options.path))
  const { crashpoint, ofMoved } = options
  const room = options.absent === true ? null : new Room(path)
  const guard = ofMoved === true ? {} : { guard: refuseMoved }
  const db = new StoreDatabase(path, await openPatiently(path, options), options, { room, ...(crashpoint && { crashpoint }), ...guard })
  try {
    if (ofMoved !== true) refuseMoved(db)
  } catch (error) {
    db.close()
    throw error
  }
  return { db, vault: new Vault(db, options.key, options.random) }
}

/** Two spellings of one store are one store, with the same locks. What cannot be looked at is the opening's to report. */
function realPath(path: string): string {
  for (const [real, rest] of [
    [path, ''],
    [dirname(path), basename(path)],
  ] as const) {
    try {
      return join(realpathSync(real), rest)
    } catch (thrown) {
      if (codeOf(thrown) === null) throw thrown
    }
  }
  return path
}

async function openPatiently(path: string, options: StoreOptions): Promise<Database.Database> {
  const { clock, interruption, onWait } = options
  const startedAtMs = clock.nowMs()
  let told = false
  for (;;) {
    try {
      return openOnce(path, options)
    } catch (thrown) {
      if (!isBusy(thrown) || clock.nowMs() - startedAtMs >= OPEN_WAIT_MS_MAX) throw translated(thrown, path)
    }
    if (!told && clock.nowMs() - startedAtMs >= TOLD_AFTER_MS) {
      told = true
      onWait?.(`Waiting for another program that holds the store ${path} (${OPEN_WAIT_MS_MAX / 1000} seconds at most)`)
    }
    await clock.sleep(OPEN_RETRY_MS, interruption?.signal)
  }
}

function openOnce(path: string, { migrations = MIGRATIONS, crashpoint, onOpen, absent, keepsModes }: StoreOptions): Database.Database {
  // Before the file is made: without it there is nothing to be made.
  const Sqlite = sqlite()
  if (absent === true) return openAbsent(Sqlite, path, migrations)
  refuseStrangers(path, 'the store')
  makePrivate(path)
  const db = new Sqlite(path, { timeout: 0 })
  try {
    // First of all, because a file that is no store of ours is left as it is.
    checkSchema(db, path, migrations.length)
    db.pragma('journal_mode = WAL')
    // A store that is opened again has NORMAL, which may forget the last commits on power loss: a token pair, for one.
    db.pragma('synchronous = FULL')
    db.pragma('fullfsync = ON')
    db.pragma('checkpoint_fullfsync = ON')
    db.pragma('foreign_keys = ON')
    db.pragma('secure_delete = ON')
    migrate(db, path, migrations, crashpoint)
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    if (keepsModes !== true) tighten(path)
    onOpen?.(db)
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

function openAbsent(Sqlite: typeof Database, path: string, migrations: readonly string[]): Database.Database {
  const db = new Sqlite(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db, path, migrations)
  return db
}

function infoOf(db: StoreDatabase, keySource: string): StoreInfo {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return {
    location: db.path,
    schemaVersion: Number(db.pragma('user_version')),
    sizeBytes: sizeOf(db.path) + sizeOf(`${db.path}-wal`),
    integrity: String(db.pragma('integrity_check')),
    keySource,
    permissions: permissionsOf(db.path),
  }
}
