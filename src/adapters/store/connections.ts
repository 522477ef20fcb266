// Stored Calendly accounts: table calendar_connections.

import type { Clock, Random } from '../../core/ports/desk.ts'
import type { Connection, ConnectionPatch, NeedsConnect, NewTokens, TokenPair } from '../../core/connection/model.ts'
import type { Reconciled } from '../../core/connection/round.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { connectionFrom, type ConnectionRow, patchColumns, TOKEN_COLUMNS, tokenPlace } from './connection-row.ts'
import { discarded, idAt, idOf, insertConnection, knownId, removed, renamed, set, settle, unknownAccount } from './connection-scripts.ts'
import type { StoreDatabase } from './database.ts'
import { handOverAll } from './owners.ts'
import { run, type SqlValue, update } from './script.ts'
import { NO_KEYS } from './subscriptions.ts'
import type { Vault } from './vault.ts'

export class DatabaseConnections implements ConnectionStore {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock
  readonly #random: Random

  constructor(db: StoreDatabase, vault: Vault, clock: Clock, random: Random) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
    this.#random = random
  }

  async list(): Promise<readonly Connection[]> {
    return this.#read('SELECT * FROM calendar_connections ORDER BY created_at, user_id')
  }

  async get(name: string): Promise<Connection | null> {
    const [connection] = await this.#read('SELECT * FROM calendar_connections WHERE user_id = ?', name)
    return connection ?? null
  }

  async reserve(): Promise<void> {
    this.#db.reserve()
  }

  async connect(name: string, tokens: NewTokens, patch: ConnectionPatch = {}): Promise<Connection> {
    const newId = this.#random.uuid()
    const nowMs = this.#clock.nowMs()
    await this.#vault.writeAnswer('connect', function* (sealed) {
      const known = yield* idOf(name)
      const id = known ?? newId
      if (known === null) yield* insertConnection(id, name, tokens, nowMs)
      const columns = {
        auth: tokens.auth,
        client_id: tokens.clientId,
        access_token: sealed(tokens.accessToken, tokenPlace(id, 'access_token')),
        refresh_token: sealed(tokens.refreshToken, tokenPlace(id, 'refresh_token')),
        token_expires_at: tokens.tokenExpiresAtMs,
        scopes: JSON.stringify(tokens.scopes),
        needs_connect: null,
        is_active: 1,
        ...patchColumns(patch),
      }
      yield* set(id, columns, nowMs)
      yield* run('UPDATE calendar_connections SET token_generation = token_generation + 1 WHERE id = ?', id)
    })
    return this.#existing(name)
  }

  async update(name: string, patch: ConnectionPatch): Promise<Connection> {
    const nowMs = this.#clock.nowMs()
    await this.#db.write('update_connection', function* () {
      yield* set(yield* knownId(name), patchColumns(patch), nowMs)
    })
    return this.#existing(name)
  }

  async saveRefreshed(name: string, pair: TokenPair, expectedGeneration: number, refreshId: string): Promise<boolean> {
    const nowMs = this.#clock.nowMs()
    return this.#vault.writeAnswer('save_refreshed', function* (sealed) {
      const id = yield* idAt(name, expectedGeneration)
      yield* settle(refreshId, id === null ? 'superseded' : 'stored', nowMs)
      if (id === null) return false
      const columns = {
        access_token: sealed(pair.accessToken, tokenPlace(id, 'access_token')),
        ...(pair.refreshToken === null ? {} : { refresh_token: sealed(pair.refreshToken, tokenPlace(id, 'refresh_token')) }),
        token_expires_at: pair.expiresAtMs,
        token_generation: expectedGeneration + 1,
        ...(pair.scopes.length === 0 ? {} : { scopes: JSON.stringify(pair.scopes) }),
        needs_connect: null,
      }
      yield* set(id, columns, nowMs)
      return true
    })
  }

  async markNeedsConnect(name: string, reason: NeedsConnect, expectedGeneration: number, refreshId: string | null): Promise<boolean> {
    const nowMs = this.#clock.nowMs()
    return this.#db.writeAnswer('needs_connect', function* () {
      const id = yield* idAt(name, expectedGeneration)
      if (refreshId !== null) yield* settle(refreshId, id === null ? 'superseded' : 'needs_connect', nowMs)
      if (id !== null) yield* set(id, { needs_connect: reason }, nowMs)
      return id !== null
    })
  }

  async rename(oldName: string, newName: string): Promise<Connection> {
    const nowMs = this.#clock.nowMs()
    await this.#db.write('rename', () => renamed(oldName, newName, nowMs))
    return this.#existing(newName)
  }

  async clear(name: string): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const { location } = this.#db
    await this.#db.writeAnswer('clear', function* () {
      const id = yield* knownId(name)
      yield* set(id, { access_token: null, refresh_token: null, token_expires_at: null, needs_connect: null, is_active: 0 }, nowMs)
      // A refresh that is still under way must not bring tokens back.
      yield* run('UPDATE calendar_connections SET token_generation = token_generation + 1 WHERE id = ?', id)
      yield* handOverAll(name, location)
      // The connection's copy of the key follows its webhook, and must not outlive its share in somebody else's.
      yield* run(
        `UPDATE calendar_connections SET calendly_webhook_id = NULL WHERE id = ? AND calendly_webhook_id IN
           (SELECT webhook_subscription_uri FROM calendly_webhook_subscriptions WHERE user_id IS DISTINCT FROM ?)`,
        id,
        name,
      )
      yield* update('calendly_webhook_subscriptions', NO_KEYS, 'user_id', name)
      yield* run('UPDATE run_steps SET signing_key = NULL WHERE run_id IN (SELECT id FROM runs WHERE user_id = ?)', name)
    })
    await this.#db.scrub()
  }

  async discard(name: string): Promise<void> {
    await this.#db.write('discard', () => discarded(name, this.#db.location))
  }

  async remove(name: string): Promise<void> {
    const nowMs = this.#clock.nowMs()
    await this.#db.write('remove', () => removed(name, nowMs, this.#db.location))
    await this.#db.scrub()
  }

  async noteReconciled(name: string, { atMs, failure }: Reconciled): Promise<void> {
    await this.#db.write('reconciled', function* () {
      const id = yield* idOf(name)
      if (id === null) return
      yield* run(
        `INSERT INTO reconciliations (connection_id, at, error) VALUES (?, ?, ?)
           ON CONFLICT (connection_id) DO UPDATE SET at = excluded.at, error = excluded.error`,
        id,
        atMs,
        failure,
      )
    })
  }

  async reconciled(): Promise<ReadonlyMap<string, Reconciled>> {
    const sql = 'SELECT user_id, at, error FROM reconciliations JOIN calendar_connections ON calendar_connections.id = connection_id'
    const rows = await this.#db.all<{ user_id: string; at: number; error: string | null }>(sql)
    return new Map(rows.map(({ user_id: name, at, error }) => [name, { atMs: at, failure: error }]))
  }

  async inUse(): Promise<string | null> {
    const row = await this.#db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'account_in_use'")
    return row?.value ?? null
  }

  async use(name: string | null): Promise<void> {
    await this.#db.write('use', function* () {
      yield* run("DELETE FROM settings WHERE name = 'account_in_use'")
      if (name === null) return
      yield* knownId(name)
      yield* run("INSERT INTO settings (name, value) VALUES ('account_in_use', ?)", name)
    })
  }

  async #read(sql: string, ...values: SqlValue[]): Promise<readonly Connection[]> {
    return this.#vault.readWithoutKey(
      () => this.#db.all<ConnectionRow>(sql, ...values),
      (row) => TOKEN_COLUMNS.map((column) => row[column]),
      (row, open) => connectionFrom(row, open, this.#db.location),
    )
  }

  async #existing(name: string): Promise<Connection> {
    const connection = await this.get(name)
    if (connection === null) throw unknownAccount(name)
    return connection
  }
}
