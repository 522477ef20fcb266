// The one SQLite handle of a store: statements by their text, transactions by name, errors in our codes.
// Knows no table.

import type { Database, Statement } from 'better-sqlite3'
import { checkNumbers, type Crashpoint, type Patience, type StoreDatabase } from '../database.ts'
import type { Script, SqlResult, SqlStatement, SqlValue } from '../script.ts'
import { isFull, type Room } from './room.ts'
import { isBusy, translated } from './sqlite-errors.ts'

/** Readers wait only in rare moments (recovery, the last one closing), and stand still meanwhile. */
export const BUSY_TIMEOUT_MS = 5_000
/** How long a write waits for others. */
const WRITE_WAIT_MS_MAX = 5_000
const RETRY_MS = 5
/** What is not worth a wait. */
const NOW_MS = 200
/** For a pair that is larger than the one before. */
const ROOM_BYTES_MIN = 8 * 1024

/**
 * Synchronous inside, as better-sqlite3 is: a script runs to its end without a pause. Waits for others go through the event loop, so that
 * Ctrl-C is heard.
 */
export class SqliteDatabase implements StoreDatabase {
  readonly location: string
  readonly dialect = {
    refreshRoom: `zeroblob(max(${ROOM_BYTES_MIN}, 2 * (coalesce(length(access_token), 0) + coalesce(length(refresh_token), 0))))`,
  }
  readonly #db: Database
  readonly #crashpoint: Crashpoint | undefined
  readonly #patience: Patience
  readonly #room: Room | null
  readonly #guard: (() => Script<void>) | undefined
  readonly #statements = new Map<string, Statement<SqlValue[]>>()

  /**
   * @param options.room null: what is kept in memory needs none
   * @param options.guard refuses a write by throwing, in its transaction; what an answer brought is written all the same
   */
  constructor(
    path: string,
    db: Database,
    patience: Patience,
    options: { readonly room: Room | null; readonly crashpoint?: Crashpoint; readonly guard?: () => Script<void> },
  ) {
    this.#guard = options.guard
    this.location = path
    this.#room = options.room
    this.#db = db
    this.#patience = patience
    this.#crashpoint = options.crashpoint
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what a row is
  async all<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return this.#result({ sql, values }).rows as Row[]
  }

  async get<Row>(sql: string, ...values: SqlValue[]): Promise<Row | undefined> {
    const rows = await this.all<Row>(sql, ...values)
    return rows[0]
  }

  async read<T>(script: () => Script<T>): Promise<T> {
    return this.#play(script)
  }

  write<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#patiently(() => this.#attempt(name, this.#guarded(script), 0))
  }

  reserve(): void {
    this.#translating(() => this.#room?.reserve())
  }

  /** As `write`: a disk that got full meanwhile gives back what `reserve` has set aside. */
  writeAnswer<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#patiently(() => {
      try {
        return this.#attempt(name, script, 0)
      } catch (thrown) {
        if (!isFull(thrown) || this.#room?.release() !== true) throw thrown
        return this.#attempt(name, script, 0)
      }
    })
  }

  /** As `write`, but for the fsync. */
  writeCheaply<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#patiently(() => this.#cheaply(() => this.#attempt(name, script, 0)))
  }

  async writeNow<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#translating(() => this.#cheaply(() => this.#attempt(name, script, NOW_MS)))
  }

  /** What was overwritten (secure_delete) is still in the write-ahead log. Busy readers leave it there until the next time. */
  async scrub(): Promise<void> {
    this.pragma('wal_checkpoint(TRUNCATE)')
  }

  pragma(text: string): unknown {
    return this.#translating(() => this.#db.pragma(text, { simple: true }))
  }

  get isOpen(): boolean {
    return this.#db.open
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #guarded<T>(script: () => Script<T>): () => Script<T> {
    const guard = this.#guard
    if (guard === undefined) return script
    return function* guarded() {
      yield* guard()
      return yield* script()
    }
  }

  async #patiently<T>(attempt: () => T): Promise<T> {
    const { clock, interruption } = this.#patience
    const untilMs = clock.nowMs() + WRITE_WAIT_MS_MAX
    for (;;) {
      try {
        return attempt()
      } catch (thrown) {
        if (!isBusy(thrown) || clock.nowMs() >= untilMs) throw translated(thrown, this.location)
      }
      await clock.sleep(RETRY_MS, interruption?.signal)
    }
  }

  #attempt<T>(name: string, script: () => Script<T>, busyTimeoutMs: number): T {
    const transaction = this.#db.transaction(() => {
      const result = this.#play(script)
      this.#crashpoint?.(`commit:${name}:before`)
      return result
    })
    let result: T
    this.#db.pragma(`busy_timeout = ${busyTimeoutMs}`)
    try {
      result = transaction.immediate()
    } finally {
      this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
    this.#crashpoint?.(`commit:${name}:after`)
    return result
  }

  #cheaply<T>(attempt: () => T): T {
    this.#db.pragma('synchronous = NORMAL')
    try {
      return attempt()
    } finally {
      this.#db.pragma('synchronous = FULL')
    }
  }

  #play<T>(script: () => Script<T>): T {
    const playing = script()
    let step = playing.next()
    while (step.done !== true) step = this.#next(playing, step.value)
    return step.value
  }

  /** A statement's failure is the script's, which ends what it has open. */
  #next<T>(playing: Script<T>, statement: SqlStatement): IteratorResult<SqlStatement, T> {
    let result: SqlResult
    try {
      result = this.#result(statement)
    } catch (thrown) {
      return playing.throw(thrown)
    }
    return playing.next(result)
  }

  #result({ sql, values }: SqlStatement): SqlResult {
    return this.#translating(() => {
      const statement = this.#statement(sql)
      if (!statement.reader) return { rows: [], changes: statement.run(...values).changes }
      const rows = statement.all(...values)
      checkNumbers(rows, this.location)
      return { rows, changes: 0 }
    })
  }

  #statement(sql: string): Statement<SqlValue[]> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare<SqlValue[]>(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #translating<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw translated(thrown, this.location)
    }
  }
}
