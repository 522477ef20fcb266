// OAuth apps and their secrets: table oauth_apps.

import type { OAuthApp } from '../../core/connection/app.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { AppStore } from '../../core/ports/store.ts'
import type { Place } from '../../core/secrets/envelope.ts'
import type { StoreDatabase } from './database.ts'
import { run, type Script } from './script.ts'
import type { Vault } from './vault.ts'

interface AppRow {
  readonly client_id: string
  readonly name: string | null
  readonly kind: OAuthApp['kind']
  readonly client_secret: Uint8Array | null
}

export class DatabaseApps implements AppStore {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock

  constructor(db: StoreDatabase, vault: Vault, clock: Clock) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
  }

  async list(): Promise<readonly OAuthApp[]> {
    return this.#vault.readWithoutKey(
      () => this.#db.all<AppRow>('SELECT * FROM oauth_apps ORDER BY created_at, client_id'),
      (row) => [row.client_secret],
      ({ client_id: clientId, name, kind, client_secret: sealed }, open): OAuthApp => ({
        clientId,
        name,
        kind,
        clientSecret: open(sealed, placeOf(clientId)),
      }),
    )
  }

  async keep({ clientId, name, kind, clientSecret }: OAuthApp): Promise<void> {
    const nowMs = this.#clock.nowMs()
    function* upsert(sealed: Uint8Array | null): Script<void> {
      yield* run(
        `INSERT INTO oauth_apps (client_id, name, kind, client_secret, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, client_secret = excluded.client_secret,
           updated_at = excluded.updated_at`,
        clientId,
        name,
        kind,
        sealed,
        nowMs,
        nowMs,
      )
    }
    if (clientSecret === null) await this.#db.write('app_keep', () => upsert(null))
    else await this.#vault.write('app_keep', (seal) => upsert(seal(clientSecret, placeOf(clientId))))
  }

  async remove(clientId: string): Promise<boolean> {
    const removed = await this.#db.write('app_remove', () => run('DELETE FROM oauth_apps WHERE client_id = ?', clientId))
    await this.#db.scrub()
    return removed > 0
  }
}

function placeOf(clientId: string): Place {
  return { table: 'oauth_apps', row: clientId, column: 'client_secret' }
}
