// Opens the store on SQLite: folder, file, pragmas, schema, then the ports on one handle.

import type Database from 'better-sqlite3'
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock, Interruption, Random } from '../../../core/ports/desk.ts'
import type { ProcessLock, StoreInfo } from '../../../core/ports/store.ts'
import { MIGRATIONS } from './schema.ts'
import { checkSchema, migrate } from './migrate.ts'
import { BUSY_TIMEOUT_MS, SqliteDatabase } from './database.ts'
import { SqliteProcessLock } from './process-lock.ts'
import { Room } from './room.ts'
import { isBusy, translated } from './sqlite-errors.ts'
import { sqlite } from './sqlite-module.ts'
import type { Crashpoint } from '../database.ts'
import { refuseMoved } from '../moved.ts'
import { makePrivate, permissionsOf, tighten } from '../permissions.ts'
import { type DatabaseStore, portsOn } from '../ports.ts'
import { codeOf } from '../store-errors.ts'
import { refuseStrangers } from '../strangers.ts'
import { type KeyProvider, Vault } from '../vault.ts'

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

/** @throws NATIVE_MODULE, STORE_LOCKED, STORE_READ_ONLY, STORE_DAMAGED, STORE_NEWER, STORE_FULL, STORE_FAILED */
export async function openStore(options: StoreOptions): Promise<DatabaseStore> {
  const { clock, random } = options
  const { db, vault } = await openHandle(options)
  const lock = options.absent === true ? NOBODY_ELSE : new SqliteProcessLock(db.location, clock, random)
  const info = async (): Promise<StoreInfo> => infoOf(db, options.key.describe())
  return portsOn({ db, vault, lock, info, close: async () => db.close() }, options)
}

/** The handle of a store, and what opens its secrets. @throws as `openStore`; STORE_MOVED */
export async function openHandle(options: StoreOptions): Promise<{ readonly db: SqliteDatabase; readonly vault: Vault }> {
  // One that is not there is only spoken of, whatever it was to be.
  const path = options.absent === true ? options.path : realPath(resolve(options.path))
  const { crashpoint, ofMoved } = options
  const room = options.absent === true ? null : new Room(path)
  const refuses = (): ReturnType<typeof refuseMoved> => refuseMoved(path)
  const guard = ofMoved === true ? {} : { guard: refuses }
  const db = new SqliteDatabase(path, await openPatiently(path, options), options, { room, ...(crashpoint && { crashpoint }), ...guard })
  try {
    if (ofMoved !== true) await db.read(refuses)
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

function infoOf(db: SqliteDatabase, keySource: string): StoreInfo {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return {
    location: db.location,
    schemaVersion: Number(db.pragma('user_version')),
    sizeBytes: sizeOf(db.location) + sizeOf(`${db.location}-wal`),
    integrity: String(db.pragma('integrity_check')),
    keySource,
    permissions: permissionsOf(db.location),
  }
}
