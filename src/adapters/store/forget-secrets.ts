// The way on without the key: every secret is forgotten, and everything else stays. Needs no key, and cannot be undone.

import { UNFINISHED } from '../../core/connection/usable.ts'
import type { ForgottenSecrets } from '../../core/ports/store-keys.ts'
import type { StoreDatabase } from './database.ts'
import { all, get, run, type Script } from './script.ts'
import { SECRET_COLUMNS } from './secret-columns.ts'

/**
 * In one transaction. Connections are disconnected ones afterwards, and remember what webhook they want; authorizations that were
 * under way are over. The next secret is sealed with whatever key there is then.
 */
export async function forgetSecrets(db: StoreDatabase): Promise<ForgottenSecrets> {
  const forgotten = await db.write('forget_secrets', function* () {
    const before = yield* counted()
    // What waits to be finished has nothing left to be finished with.
    yield* run('DELETE FROM calendar_connections WHERE user_id = ?', UNFINISHED)
    yield* run(
      `UPDATE calendar_connections SET is_active = 0, needs_connect = NULL, token_expires_at = NULL
       WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL`,
    )
    // A refresh that is still under way must not bring tokens back.
    yield* run('UPDATE calendar_connections SET token_generation = token_generation + 1')
    yield* run('DELETE FROM flows')
    for (const { table, columns } of SECRET_COLUMNS) {
      if (table === 'flows') continue
      for (const column of columns) yield* run(`UPDATE ${table} SET ${column} = NULL WHERE ${column} IS NOT NULL`)
    }
    yield* run("DELETE FROM settings WHERE name = 'key_id'")
    return before
  })
  await db.scrub()
  return forgotten
}

function* counted(): Script<ForgottenSecrets> {
  const accounts = yield* all<{ user_id: string }>(
    `SELECT user_id FROM calendar_connections WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL ORDER BY created_at, user_id`,
  )
  const keys = yield* get<{ count: number }>(
    'SELECT count(webhook_signing_key) + count(previous_signing_key) AS count FROM calendly_webhook_subscriptions',
  )
  const apps = yield* all<{ client_id: string }>(
    'SELECT client_id FROM oauth_apps WHERE client_secret IS NOT NULL ORDER BY created_at, client_id',
  )
  return {
    accounts: accounts.map(({ user_id: name }) => name).filter((name) => name !== UNFINISHED),
    signingKeys: keys?.count ?? 0,
    apps: apps.map(({ client_id: clientId }) => clientId),
  }
}
