// What audits counted: table audit_snapshots. One row a day for each caller and organization, so that it stays small.

import type { AuditOwner, AuditSnapshot } from '../../core/audit/snapshots.ts'
import type { AuditSnapshots } from '../../core/ports/store.ts'
import type { StoreDatabase } from './database.ts'
import { run } from './script.ts'

/** Ten years of days: as far back as an audit's history reaches. */
const DAYS_KEPT_MAX = 3_660

export class DatabaseAuditSnapshots implements AuditSnapshots {
  readonly #db: StoreDatabase

  constructor(db: StoreDatabase) {
    this.#db = db
  }

  async add({ userUri, organizationUri }: AuditOwner, { atMs, total, active }: AuditSnapshot): Promise<void> {
    const day = new Date(atMs).toISOString().slice(0, 10)
    // A count that power loss takes is counted again by the next audit.
    await this.#db.writeCheaply('audit_snapshot', function* () {
      yield* run(
        `INSERT INTO audit_snapshots (user_uri, organization_uri, day, at, total, active) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (user_uri, organization_uri, day) DO UPDATE SET at = excluded.at, total = excluded.total, active = excluded.active`,
        userUri,
        organizationUri,
        day,
        Math.round(atMs),
        total,
        active,
      )
      yield* run(
        `DELETE FROM audit_snapshots WHERE user_uri = ? AND organization_uri = ? AND day <=
         (SELECT day FROM audit_snapshots WHERE user_uri = ? AND organization_uri = ? ORDER BY day DESC LIMIT 1 OFFSET ?)`,
        userUri,
        organizationUri,
        userUri,
        organizationUri,
        DAYS_KEPT_MAX,
      )
    })
  }

  async list({ userUri, organizationUri }: AuditOwner): Promise<readonly AuditSnapshot[]> {
    const rows = await this.#db.all<{ at: number; total: number; active: number }>(
      'SELECT at, total, active FROM audit_snapshots WHERE user_uri = ? AND organization_uri = ? ORDER BY day',
      userUri,
      organizationUri,
    )
    return rows.map(({ at, total, active }) => ({ atMs: at, total, active }))
  }
}
