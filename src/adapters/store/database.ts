// The one SQLite handle of a store: statements by their text, transactions by name, errors in our codes.
// Knows no table.

import type { Database, Statement } from 'better-sqlite3'
import type { Clock, Interruption } from '../../core/ports/desk.ts'
import { isFull, type Room } from './room.ts'
import { damaged, isBusy, translated } from './sqlite-errors.ts'

export type SqlValue = string | number | null | Uint8Array

/** Called around every commit, by tests that kill the process there. */
export type Crashpoint = (name: string) => void

/** What a store needs to wait for others who hold it. */
export interface Patience {
  readonly clock: Clock
  /** Ends the wait. */
  readonly interruption?: Pick<Interruption, 'signal'>
}

/** Readers wait only in rare moments (recovery, the last one closing), and stand still meanwhile. */
export const BUSY_TIMEOUT_MS = 5_000
/** How long a write waits for others. */
const WRITE_WAIT_MS_MAX = 5_000
const RETRY_MS = 5
/** Milliseconds around 1970 that a Date can hold. */
const MOMENT_MAX = 8.64e15
/** What is not worth a wait. */
const NOW_MS = 200

/**
 * Synchronous inside, as better-sqlite3 is, but for waits: those go through the event loop, so that Ctrl-C is heard. Row types are the caller's word: the tables are STRICT, so SQLite keeps it.
 */
export class StoreDatabase {
  readonly path: string
  readonly #db: Database
  readonly #crashpoint: Crashpoint | undefined
  readonly #patience: Patience
  readonly #room: Room | null
  readonly #guard: ((db: StoreDatabase) => void) | undefined
  readonly #statements = new Map<string, Statement<SqlValue[]>>()

  /**
   * @param options.room null: what is kept in memory needs none
   * @param options.guard refuses a write by throwing, in its transaction; what an answer brought is written all the same
   */
  constructor(
    path: string,
    db: Database,
    patience: Patience,
    options: { readonly room: Room | null; readonly crashpoint?: Crashpoint; readonly guard?: (db: StoreDatabase) => void },
  ) {
    this.#guard = options.guard
    this.path = path
    this.#room = options.room
    this.#db = db
    this.#patience = patience
    this.#crashpoint = options.crashpoint
  }

  /** The first row. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as with `all`, the caller says what a row is
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0]
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    const rows = this.#translating(() => this.#statement<Row>(sql).all(...values))
    for (const row of rows) this.#checkNumbers(row)
    return rows
  }

  /** Times, counts and flags: none is beyond what a Date can hold. @throws STORE_DAMAGED */
  #checkNumbers(row: unknown): void {
    for (const [column, value] of Object.entries(row ?? {})) {
      if (typeof value === 'number' && !(Math.abs(value) <= MOMENT_MAX)) throw damaged(this.path, `its column ${column} holds ${value}`)
    }
  }

  /** Rows changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#translating(() => this.#statement(sql).run(...values).changes)
  }

  insert(table: string, row: Readonly<Record<string, SqlValue>>): void {
    const names = Object.keys(row)
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
    this.run(sql, ...Object.values(row))
  }

  /** Sets columns of the rows whose `key` column is `value`. Rows changed. */
  update(table: string, columns: Readonly<Record<string, SqlValue>>, key: string, value: SqlValue): number {
    const set = Object.keys(columns).map((name) => `${name} = ?`)
    return this.run(`UPDATE ${table} SET ${set.join(', ')} WHERE ${key} = ?`, ...Object.values(columns), value)
  }

  /**
   * All of `work` or nothing, in one immediate transaction. Once this resolves, it survives power loss.
   * @throws STORE_LOCKED when others write for too long, INTERRUPTED
   */
  write<T>(name: string, work: () => T): Promise<T> {
    return this.#patiently(() => {
      return this.#attempt(
        name,
        () => {
          this.#guard?.(this)
          return work()
        },
        0,
      )
    })
  }

  /** Before something is asked for whose answer cannot be had again: sees that `writeAnswer` will have room. @throws STORE_FULL … */
  reserve(): void {
    this.#translating(() => this.#room?.reserve())
  }

  /** As `write`, of what such an answer brought: a disk that got full meanwhile gives back what `reserve` has set aside. */
  writeAnswer<T>(name: string, work: () => T): Promise<T> {
    return this.#patiently(() => {
      try {
        return this.#attempt(name, work, 0)
      } catch (thrown) {
        if (!isFull(thrown) || this.#room?.release() !== true) throw thrown
        return this.#attempt(name, work, 0)
      }
    })
  }

  /**
   * As `write`, for what may be forgotten after power loss (never after a crash of the process): saves the fsync.
   * The next `write` makes this one durable, too.
   */
  writeCheaply<T>(name: string, work: () => T): Promise<T> {
    return this.#patiently(() => this.#cheaply(() => this.#attempt(name, work, 0)))
  }

  /** As `writeCheaply`, or not at all: others are not waited for. @throws STORE_LOCKED at once */
  writeNow<T>(name: string, work: () => T): T {
    return this.#translating(() => this.#cheaply(() => this.#attempt(name, work, NOW_MS)))
  }

  async #patiently<T>(attempt: () => T): Promise<T> {
    const { clock, interruption } = this.#patience
    const untilMs = clock.nowMs() + WRITE_WAIT_MS_MAX
    for (;;) {
      try {
        return attempt()
      } catch (thrown) {
        if (!isBusy(thrown) || clock.nowMs() >= untilMs) throw translated(thrown, this.path)
      }
      await clock.sleep(RETRY_MS, interruption?.signal)
    }
  }

  #attempt<T>(name: string, work: () => T, busyTimeoutMs: number): T {
    const transaction = this.#db.transaction(() => {
      const result = work()
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

  #statement<Row>(sql: string): Statement<SqlValue[], Row> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare<SqlValue[]>(sql)
      this.#statements.set(sql, statement)
    }
    return statement as Statement<SqlValue[], Row>
  }

  #translating<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw translated(thrown, this.path)
    }
  }
}
