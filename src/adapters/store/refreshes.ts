// Token requests that left, or were about to: table token_refreshes. What tells a lost answer from a revocation.

import type { Clock, Random } from '../../core/ports/desk.ts'
import type { RefreshJournal } from '../../core/ports/store.ts'
import { unknownAccount } from './connection-scripts.ts'
import type { StoreDatabase } from './database.ts'
import { run, update } from './script.ts'

/** Settled rows are of use to a person who looks for a cause; nobody looks further back. */
const SETTLED_KEPT_MS = 90 * 24 * 60 * 60 * 1000

export class DatabaseRefreshes implements RefreshJournal {
  readonly #db: StoreDatabase
  readonly #clock: Clock
  readonly #random: Random

  constructor(db: StoreDatabase, clock: Clock, random: Random) {
    this.#db = db
    this.#clock = clock
    this.#random = random
  }

  async begin(name: string, generation: number): Promise<string> {
    const id = this.#random.uuid()
    const nowMs = this.#clock.nowMs()
    const { refreshRoom } = this.#db.dialect
    this.#db.reserve()
    await this.#db.write('refresh_begin', function* () {
      yield* run('DELETE FROM token_refreshes WHERE settled_at < ?', nowMs - SETTLED_KEPT_MS)
      const added = yield* run(
        // Settling the row makes its bytes free for the pair, in one transaction.
        `INSERT INTO token_refreshes (id, connection_id, generation, started_at, room)
         SELECT ?, id, ?, ?, ${refreshRoom}
         FROM calendar_connections WHERE user_id = ?`,
        id,
        generation,
        nowMs,
        name,
      )
      if (added === 0) throw unknownAccount(name)
    })
    return id
  }

  async settle(refreshId: string, outcome: 'refused' | 'superseded' | 'not_sent'): Promise<void> {
    const settled = { outcome, settled_at: this.#clock.nowMs(), room: null }
    await this.#db.write('refresh_settle', () => update('token_refreshes', settled, 'id', refreshId))
  }

  async open(name: string, generation: number, except = ''): Promise<number> {
    const row = await this.#db.get<{ open: number }>(
      `SELECT count(*) AS open FROM token_refreshes
       WHERE connection_id = (SELECT id FROM calendar_connections WHERE user_id = ?) AND generation = ? AND outcome IS NULL AND id <> ?`,
      name,
      generation,
      except,
    )
    return row?.open ?? 0
  }
}
