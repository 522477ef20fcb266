// Moves all connections from one store into another. A refresh token has one home at every moment: the source is marked first, and spends nothing
// from then on; then what was under way there is waited for; then everything is copied and compared in one transaction.
// Killed anywhere, the same command goes on.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { StoreMover } from '../../core/ports/store-keys.ts'
import type { Place } from '../../core/secrets/envelope.ts'
import type { StoreDatabase } from './database.ts'
import { copiedFrom, markCopied, markMoved, movedTo, storeMoved } from './moved.ts'
import { all, insert, run, type Script, type SqlValue } from './script.ts'
import type { SqliteDatabase } from './sqlite/database.ts'
import { openHandle, type StoreOptions } from './sqlite/open.ts'
import { SqliteProcessLock } from './sqlite/process-lock.ts'
import { SECRET_COLUMNS } from './secret-columns.ts'
import { damaged } from './store-errors.ts'
import type { Sealed, Vault } from './vault.ts'

type Row = Record<string, SqlValue>

/** In an order in which no row refers to one that is not there yet. Counters of requests are nobody's to move. */
const TABLES = [
  'calendar_connections',
  'calendly_webhook_subscriptions',
  'calendly_webhook_owners',
  'token_refreshes',
  'reconciliations',
  'runs',
  'run_steps',
  'flows',
  'oauth_apps',
  'audit_snapshots',
  'api_log',
] as const

type Table = (typeof TABLES)[number]

/** The connection's copy of a key: the table's triggers write it. */
const WRITTEN_BY_TRIGGERS = new Set(['calendly_webhook_signing_key'])

interface Side {
  readonly db: SqliteDatabase
  readonly vault: Vault
}

/** @throws as `openStore`; USAGE when they are the same, or the target has connections of its own; STORE_MOVED */
export async function openMover(from: StoreOptions, to: StoreOptions): Promise<StoreMover> {
  const source = await openHandle({ ...from, ofMoved: true })
  let target: Side
  try {
    target = await openHandle(to)
  } catch (error) {
    source.db.close()
    throw error
  }
  const lock = new SqliteProcessLock(source.db.location, from.clock, from.random)
  return {
    from: source.db.location,
    to: target.db.location,
    lock,
    begin: () => begin(source, target),
    copy: () => copy(source, target),
    giveUp: async () => {
      // Two homes would be the loss of the first pair that one of them renews.
      if ((await target.db.read(copiedFrom)) === source.db.location) return
      await source.db.write('move_undone', () => markMoved(null))
    },
    close: async () => {
      source.db.close()
      target.db.close()
    },
  }
}

/** Names of the source's connections; from now on it spends nothing. */
async function begin(source: Side, target: Side): Promise<readonly string[]> {
  if (source.db.location === target.db.location) throw new CalreconnectError('USAGE', `${source.db.location} cannot be copied into itself`)
  const to = await source.db.read(movedTo)
  if (to !== null && to !== target.db.location) throw storeMoved(source.db.location, to)
  const isOurs = (await target.db.read(copiedFrom)) === source.db.location
  if (!isOurs && (await count(target.db, 'calendar_connections')) + (await count(target.db, 'oauth_apps')) > 0) {
    throw new CalreconnectError('USAGE', `${target.db.location} has connections or apps of its own: nothing is mixed into them`, {
      hint: 'Name a store that is not there yet with --to',
    })
  }
  if (to === null) await source.db.write('move_begin', () => markMoved(target.db.location))
  const rows = await source.db.all<{ name: string }>('SELECT user_id AS name FROM calendar_connections ORDER BY user_id')
  return rows.map(({ name }) => name)
}

/** Copies and compares in one transaction: what is committed is what was there. Done already: only counts. @throws STORE_DAMAGED */
async function copy(source: Side, target: Side): Promise<{ readonly connections: number; readonly rows: number }> {
  if ((await target.db.read(copiedFrom)) !== source.db.location) {
    // The key is asked for before anything is read.
    await source.vault.ownKey()
    const tables = await source.db.read(() => tablesOf(source))
    const inUse = await source.db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'account_in_use'")
    await target.vault.write('move_rows', function* (sealed) {
      for (const { table, rows } of tables) for (const one of rows) yield* insertSealed(table, one, sealed)
      if (inUse !== undefined) yield* run("INSERT INTO settings (name, value) VALUES ('account_in_use', ?)", inUse.value)
      for (const { table, rows } of tables)
        if (JSON.stringify(rows.map(plain)) !== JSON.stringify((yield* rowsOf(target, table)).map(plain)))
          throw damaged(target.db.location, `${table} did not become what ${source.db.location} has`)
      yield* markCopied(source.db.location)
    })
  }
  let rows = 0
  for (const table of TABLES) rows += await count(target.db, table)
  return { connections: await count(target.db, 'calendar_connections'), rows }
}

function* insertSealed(table: string, { row, secrets }: Opened, sealed: Sealed): Script<void> {
  const resealed = Object.fromEntries(secrets.map(({ column, text, place }) => [column, sealed(text, place)]))
  yield* insert(table, { ...row, ...resealed })
}

interface Opened {
  readonly row: Row
  readonly secrets: readonly { readonly column: string; readonly text: ReturnType<Vault['open']>; readonly place: Place }[]
}

function* tablesOf(side: Side): Script<readonly { readonly table: Table; readonly rows: readonly Opened[] }[]> {
  const tables = []
  for (const table of TABLES) tables.push({ table, rows: yield* rowsOf(side, table) })
  return tables
}

function* rowsOf({ vault }: Pick<Side, 'vault'>, table: Table): Script<readonly Opened[]> {
  const sealed = SECRET_COLUMNS.find((one) => one.table === table)
  const columns: readonly string[] = sealed?.columns ?? []
  const name = sealed === undefined ? "''" : sealed.row
  const rows = yield* all<Row>(`SELECT ${name} AS place_row, ${table}.* FROM ${table} ORDER BY ${yield* keyOf(table)}`)
  return rows.map((whole) => {
    const { place_row: placeRow, ...row } = whole
    const secrets = columns.flatMap((column) => {
      const envelope = row[column]
      const place = { table, row: String(placeRow), column }
      return envelope instanceof Uint8Array ? [{ column, text: vault.open(envelope, place), place }] : []
    })
    for (const column of [...columns, ...WRITTEN_BY_TRIGGERS]) if (row[column] instanceof Uint8Array) delete row[column]
    return { row, secrets }
  })
}

/** By its primary key: the same order on both sides. */
function* keyOf(table: string): Script<string> {
  const key = yield* all<{ name: string }>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', table)
  return key.map(({ name }) => name).join(', ')
}

/** For comparing: bytes and secrets as text. */
function plain({ row, secrets }: Opened): unknown {
  const values = Object.entries(row).map(([column, value]) => [
    column,
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ])
  return [values, secrets.map(({ column, text }) => [column, text?.reveal()])]
}

async function count(db: StoreDatabase, table: string): Promise<number> {
  const row = await db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)
  return row?.n ?? 0
}
