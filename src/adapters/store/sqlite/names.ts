// The store's names for completion, by a handle that writes nothing: another process may be at work, an older version may have made it.

import type Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { sqlite } from './sqlite-module.ts'

interface Name {
  readonly value: string
  readonly about: string
}

interface Names {
  readonly accounts: readonly Name[]
  readonly subscriptions: readonly Name[]
  readonly runs: readonly Name[]
  readonly apps: readonly Name[]
}

const ROWS_MAX = 500
const NONE: Names = { accounts: [], subscriptions: [], runs: [], apps: [] }

/** Empty where there is no store, or none that can be read now. @throws NATIVE_MODULE */
export function readNames(path: string): Names {
  if (!existsSync(path)) return NONE
  const Sqlite = sqlite()
  let db: Database.Database | null = null
  try {
    // Not `readonly`: such a handle could not take away what SQLite puts beside a store while it is read.
    db = new Sqlite(path, { fileMustExist: true, timeout: 0 })
    db.pragma('query_only = ON')
    return {
      accounts: rows(db, "SELECT user_id AS value, coalesce(email, '') AS about FROM calendar_connections WHERE user_id NOT LIKE '~%'"),
      subscriptions: rows(
        db,
        `SELECT replace(webhook_subscription_uri, rtrim(webhook_subscription_uri, replace(webhook_subscription_uri, '/', '')), '') AS value,
           callback_url AS about FROM calendly_webhook_subscriptions WHERE is_active = 1`,
      ),
      runs: rows(db, "SELECT id AS value, command || ' ' || user_id AS about FROM runs ORDER BY number DESC"),
      apps: rows(db, "SELECT client_id AS value, coalesce(name, '') AS about FROM oauth_apps"),
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return NONE
    throw error
  } finally {
    db?.close()
  }
}

/** None where the table is not there: an older version's store has fewer. */
function rows(db: Database.Database, sql: string): readonly Name[] {
  try {
    return db.prepare<[], Name>(`${sql} LIMIT ${ROWS_MAX}`).all()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}
