// Mutual exclusion between processes (and within one) across an await. One empty SQLite file a name, beside the store:
// an exclusive transaction on it is the lock, which the operating system takes back when the process dies.
// Asking again every few milliseconds is fairer and faster than SQLite's own busy handler, and does not block the event loop.

import type Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Clock, Random } from '../../../core/ports/desk.ts'
import type { HoldOptions, ProcessLock } from '../../../core/ports/store.ts'
import { makePrivate } from '../permissions.ts'
import { isBusy, translated } from './sqlite-errors.ts'
import { sqlite } from './sqlite-module.ts'

const RETRY_MIN_MS = 3
const RETRY_SPREAD_MS = 4

export class SqliteProcessLock implements ProcessLock {
  readonly #basePath: string
  readonly #clock: Clock
  readonly #random: Random

  /** @param basePath lock files are called this, plus `.lock-` and a hash of the lock's name */
  constructor(basePath: string, clock: Clock, random: Random) {
    this.#basePath = basePath
    this.#clock = clock
    this.#random = random
  }

  async hold<T>(name: string, work: () => Promise<T>, options: HoldOptions): Promise<T> {
    const db = await this.#acquire(name, options)
    try {
      return await work()
    } finally {
      // Ends the transaction, and the lock with it.
      db.close()
    }
  }

  async #acquire(name: string, { waitMsMax, onWait, signal }: HoldOptions): Promise<Database.Database> {
    const path = `${this.#basePath}.lock-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
    const db = this.#open(path)
    try {
      /** Set once it is found held. */
      let untilMs: number | null = null
      while (!tryLock(db)) {
        const isFirst = untilMs === null
        const nowMs = this.#clock.nowMs()
        untilMs ??= nowMs + waitMsMax
        const leftMs = untilMs - nowMs
        if (leftMs <= 0) throw heldByAnother(name, waitMsMax)
        if (isFirst) onWait?.()
        await this.#clock.sleep(Math.min(leftMs, RETRY_MIN_MS + RETRY_SPREAD_MS * this.#chance()), signal)
      }
      return db
    } catch (thrown) {
      db.close()
      throw translated(thrown, path)
    }
  }

  #open(path: string): Database.Database {
    try {
      const Sqlite = sqlite()
      makePrivate(path)
      return new Sqlite(path, { timeout: 0 })
    } catch (thrown) {
      throw translated(thrown, path)
    }
  }

  /** From 0 to 1. */
  #chance(): number {
    return (this.#random.bytes(1)[0] ?? 0) / 255
  }
}

function tryLock(db: Database.Database): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE')
    return true
  } catch (thrown) {
    if (isBusy(thrown)) return false
    throw thrown
  }
}

function heldByAnother(name: string, waitMsMax: number): CalreconnectError {
  const seconds = Math.round(waitMsMax / 100) / 10
  return new CalreconnectError('STORE_LOCKED', `Another process still held the lock "${name}" after ${seconds} s`, {
    hint: 'Try again when the other calreconnect command has ended',
  })
}
