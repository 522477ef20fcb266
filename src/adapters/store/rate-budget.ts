// Requests per window, counted in the store, so that every process on it keeps to the same limit: table rate_budget.

import type { Clock } from '../../core/ports/desk.ts'
import type { RateBudget } from '../../core/ports/store.ts'
import type { StoreDatabase } from './database.ts'
import { get, insert, run } from './script.ts'

export class DatabaseRateBudget implements RateBudget {
  readonly #db: StoreDatabase
  readonly #clock: Clock

  constructor(db: StoreDatabase, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** A sliding window: in no `windowMs` long stretch of time are more than `limit` taken. */
  async take(bucket: string, limit: number, windowMs: number): Promise<number> {
    const clock = this.#clock
    // The time is read under the write lock: a process that waited for it must not count itself into the past.
    return this.#db.writeCheaply('rate_budget', function* () {
      const nowMs = Math.round(clock.nowMs())
      // Rows from further ahead than a window were written before the clock was set back.
      yield* run('DELETE FROM rate_budget WHERE bucket = ? AND (taken_at <= ? OR taken_at > ?)', bucket, nowMs - windowMs, nowMs + windowMs)
      const nthLast = yield* get<{ taken_at: number }>(
        'SELECT taken_at FROM rate_budget WHERE bucket = ? ORDER BY taken_at DESC LIMIT 1 OFFSET ?',
        bucket,
        limit - 1,
      )
      if (nthLast !== undefined) return nthLast.taken_at + windowMs - nowMs
      yield* insert('rate_budget', { bucket, taken_at: nowMs })
      return 0
    })
  }
}
