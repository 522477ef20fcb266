// The way on without the key: every secret is forgotten, and everything else stays. Needs no key, and cannot be undone.

import { UNFINISHED } from '../../core/connection/usable.ts'
import type { ForgottenSecrets } from '../../core/ports/store-keys.ts'
import type { StoreDatabase } from './database.ts'
import { SECRET_COLUMNS } from './secret-columns.ts'

/**
 * In one transaction. Connections are disconnected ones afterwards, and remember what webhook they want; authorizations that were
 * under way are over. The next secret is sealed with whatever key there is then.
 */
export async function forgetSecrets(db: StoreDatabase): Promise<ForgottenSecrets> {
  const forgotten = await db.write('forget_secrets', () => {
    const before = counted(db)
    // What waits to be finished has nothing left to be finished with.
    db.run('DELETE FROM calendar_connections WHERE user_id = ?', UNFINISHED)
    db.run(
      `UPDATE calendar_connections SET is_active = 0, needs_connect = NULL, token_expires_at = NULL
       WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL`,
    )
    // A refresh that is still under way must not bring tokens back.
    db.run('UPDATE calendar_connections SET token_generation = token_generation + 1')
    db.run('DELETE FROM flows')
    for (const { table, columns } of SECRET_COLUMNS) {
      if (table === 'flows') continue
      for (const column of columns) db.run(`UPDATE ${table} SET ${column} = NULL WHERE ${column} IS NOT NULL`)
    }
    db.run("DELETE FROM settings WHERE name = 'key_id'")
    return before
  })
  // What was overwritten (secure_delete) is still in the write-ahead log.
  db.pragma('wal_checkpoint(TRUNCATE)')
  return forgotten
}

function counted(db: StoreDatabase): ForgottenSecrets {
  const accounts = db.all<{ user_id: string }>(
    `SELECT user_id FROM calendar_connections WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL ORDER BY created_at, user_id`,
  )
  const keys = db.get<{ count: number }>(
    `SELECT coalesce(sum((webhook_signing_key IS NOT NULL) + (previous_signing_key IS NOT NULL)), 0) AS count
     FROM calendly_webhook_subscriptions`,
  )
  const apps = db.all<{ client_id: string }>(
    'SELECT client_id FROM oauth_apps WHERE client_secret IS NOT NULL ORDER BY created_at, client_id',
  )
  return {
    accounts: accounts.map(({ user_id: name }) => name).filter((name) => name !== UNFINISHED),
    signingKeys: keys?.count ?? 0,
    apps: apps.map(({ client_id: clientId }) => clientId),
  }
}
