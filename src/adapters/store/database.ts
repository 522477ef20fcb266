// What the tables' modules need of a database, whichever it is.

import type { Clock, Interruption } from '../../core/ports/desk.ts'
import type { Script, SqlValue } from './script.ts'
import { damaged } from './store-errors.ts'

/** Called around every commit, by tests that kill the process there. */
export type Crashpoint = (name: string) => void

/** What a store needs to wait for others who hold it. */
export interface Patience {
  readonly clock: Clock
  /** Ends the wait. */
  readonly interruption?: Pick<Interruption, 'signal'>
}

/** Where the same SQL will not do. */
export interface Dialect {
  /** SQL for the bytes that a refresh under way holds, so that there is room for the new pair; NULL where that is the server's to have. */
  readonly refreshRoom: string
}

export interface StoreDatabase {
  /** The file, or the server's address: for people, without a password. */
  readonly location: string
  readonly dialect: Dialect
  /** Outside of transactions: one statement, and its rows. @throws STORE_DAMAGED */
  all<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]>
  /** The first row. */
  get<Row>(sql: string, ...values: SqlValue[]): Promise<Row | undefined>
  /** A script that changes nothing, outside of transactions. */
  read<T>(script: () => Script<T>): Promise<T>
  /**
   * All of the script or nothing, in one transaction that no other changes under. Once this resolves, it survives power loss.
   * @throws STORE_LOCKED when others write for too long, INTERRUPTED
   */
  write<T>(name: string, script: () => Script<T>): Promise<T>
  /** Before something is asked for whose answer cannot be had again: sees that `writeAnswer` will have room. @throws STORE_FULL … */
  reserve(): void
  /**
   * As `write`, of what such an answer brought: what can be done so that it is kept is done. Where it is not known whether it was, it is
   * run again, so a second time must do no harm.
   */
  writeAnswer<T>(name: string, script: () => Script<T>): Promise<T>
  /** As `write`, for what may be forgotten after power loss (never after a crash of the process). The next `write` makes it durable, too. */
  writeCheaply<T>(name: string, script: () => Script<T>): Promise<T>
  /** As `writeCheaply`, or not at all: others are not waited for. @throws STORE_LOCKED at once */
  writeNow<T>(name: string, script: () => Script<T>): Promise<T>
  /** What was deleted or overwritten is gone from the disk as well, as far as this engine can see to it. */
  scrub(): Promise<void>
}

/** Milliseconds around 1970 that a Date can hold. */
const MOMENT_MAX = 8.64e15

/** Times, counts and flags: none is beyond what a Date can hold. @throws STORE_DAMAGED */
export function checkNumbers(rows: readonly unknown[], location: string): void {
  for (const row of rows)
    for (const [column, value] of Object.entries(row ?? {}))
      if (typeof value === 'number' && !(Math.abs(value) <= MOMENT_MAX)) throw damaged(location, `its column ${column} holds ${value}`)
}
