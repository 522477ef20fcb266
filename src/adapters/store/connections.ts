// Stored Calendly accounts: table calendar_connections.

import { CalreconnectError, reportError } from '../../core/errors/errors.ts'
import type { Clock, Random } from '../../core/ports/desk.ts'
import type { Connection, ConnectionPatch, NeedsConnect, NewTokens, TokenPair } from '../../core/connection/model.ts'
import type { Reconciled } from '../../core/connection/round.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { connectionFrom, type ConnectionRow, patchColumns, TOKEN_COLUMNS, tokenPlace } from './connection-row.ts'
import type { SqlValue, StoreDatabase } from './database.ts'
import { handOverAll } from './owners.ts'
import { NO_KEYS } from './subscriptions.ts'
import type { Vault } from './vault.ts'

export class SqliteConnections implements ConnectionStore {
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
    await this.#vault.writeAnswer('connect', (sealed) => {
      const id = this.#idOf(name) ?? this.#insert(name, tokens)
      this.#set(id, {
        auth: tokens.auth,
        client_id: tokens.clientId,
        access_token: sealed(tokens.accessToken, tokenPlace(id, 'access_token')),
        refresh_token: sealed(tokens.refreshToken, tokenPlace(id, 'refresh_token')),
        token_expires_at: tokens.tokenExpiresAtMs,
        scopes: JSON.stringify(tokens.scopes),
        needs_connect: null,
        is_active: 1,
        ...patchColumns(patch),
      })
      this.#db.run('UPDATE calendar_connections SET token_generation = token_generation + 1 WHERE id = ?', id)
    })
    return this.#existing(name)
  }

  async update(name: string, patch: ConnectionPatch): Promise<Connection> {
    await this.#db.write('update_connection', () => this.#set(this.#knownId(name), patchColumns(patch)))
    return this.#existing(name)
  }

  async saveRefreshed(name: string, pair: TokenPair, expectedGeneration: number, refreshId: string): Promise<boolean> {
    return this.#vault.writeAnswer('save_refreshed', (sealed) => {
      const id = this.#idAt(name, expectedGeneration)
      this.#settle(refreshId, id === null ? 'superseded' : 'stored')
      if (id === null) return false
      this.#set(id, {
        access_token: sealed(pair.accessToken, tokenPlace(id, 'access_token')),
        ...(pair.refreshToken === null ? {} : { refresh_token: sealed(pair.refreshToken, tokenPlace(id, 'refresh_token')) }),
        token_expires_at: pair.expiresAtMs,
        token_generation: expectedGeneration + 1,
        ...(pair.scopes.length === 0 ? {} : { scopes: JSON.stringify(pair.scopes) }),
        needs_connect: null,
      })
      return true
    })
  }

  async markNeedsConnect(name: string, reason: NeedsConnect, expectedGeneration: number, refreshId: string | null): Promise<boolean> {
    return this.#db.writeAnswer('needs_connect', () => {
      const id = this.#idAt(name, expectedGeneration)
      if (refreshId !== null) this.#settle(refreshId, id === null ? 'superseded' : 'needs_connect')
      if (id !== null) this.#set(id, { needs_connect: reason })
      return id !== null
    })
  }

  async rename(oldName: string, newName: string): Promise<Connection> {
    await this.#db.write('rename', () => {
      const id = this.#knownId(oldName)
      if (oldName === newName) return
      if (this.#idOf(newName) !== null) {
        throw new CalreconnectError('ACCOUNT_EXISTS', `A connection named ${newName} exists already`)
      }
      this.#set(id, { user_id: newName })
      this.#db.run('UPDATE calendly_webhook_subscriptions SET user_id = ? WHERE user_id = ?', newName, oldName)
      this.#db.run('UPDATE calendly_webhook_owners SET user_id = ? WHERE user_id = ?', newName, oldName)
      this.#db.run('UPDATE runs SET user_id = ? WHERE user_id = ?', newName, oldName)
      this.#db.run("UPDATE settings SET value = ? WHERE name = 'account_in_use' AND value = ?", newName, oldName)
    })
    return this.#existing(newName)
  }

  async clear(name: string): Promise<void> {
    await this.#db.writeAnswer('clear', () => {
      const id = this.#knownId(name)
      this.#set(id, { access_token: null, refresh_token: null, token_expires_at: null, needs_connect: null, is_active: 0 })
      // A refresh that is still under way must not bring tokens back.
      this.#db.run('UPDATE calendar_connections SET token_generation = token_generation + 1 WHERE id = ?', id)
      handOverAll(this.#db, name)
      // The connection's copy of the key follows its webhook, and must not outlive its share in somebody else's.
      this.#db.run(
        `UPDATE calendar_connections SET calendly_webhook_id = NULL WHERE id = ? AND calendly_webhook_id IN
           (SELECT webhook_subscription_uri FROM calendly_webhook_subscriptions WHERE user_id IS NOT ?)`,
        id,
        name,
      )
      this.#db.update('calendly_webhook_subscriptions', NO_KEYS, 'user_id', name)
      this.#db.run('UPDATE run_steps SET signing_key = NULL WHERE run_id IN (SELECT id FROM runs WHERE user_id = ?)', name)
    })
    // What was overwritten (secure_delete) is still in the write-ahead log. Busy readers leave it there until the next time.
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
  }

  async discard(name: string): Promise<void> {
    await this.#db.write('discard', () => {
      this.#forget(name)
      this.#db.run('DELETE FROM runs WHERE user_id = ?', name)
    })
  }

  async remove(name: string): Promise<void> {
    await this.#db.write('remove', () => {
      this.#knownId(name)
      this.#forget(name)
      // Nobody comes back to settle them.
      const ofIts = 'run_id IN (SELECT id FROM runs WHERE user_id = ?)'
      const error = JSON.stringify(reportError(new CalreconnectError('ACCOUNT_UNKNOWN', `The account ${name} was removed`)))
      this.#db.run(`UPDATE run_steps SET signing_key = NULL WHERE ${ofIts}`, name)
      this.#db.run(`UPDATE run_steps SET state = 'failed', error = ? WHERE state = 'intended' AND ${ofIts}`, error, name)
      this.#db.run("UPDATE runs SET status = 'failed', finished_at = ? WHERE status = 'open' AND user_id = ?", this.#clock.nowMs(), name)
    })
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
  }

  async noteReconciled(name: string, { atMs, failure }: Reconciled): Promise<void> {
    await this.#db.write('reconciled', () => {
      const id = this.#idOf(name)
      if (id === null) return
      this.#db.run(
        `INSERT INTO reconciliations (connection_id, at, error) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET at = excluded.at, error = excluded.error`,
        id,
        atMs,
        failure,
      )
    })
  }

  async reconciled(): Promise<ReadonlyMap<string, Reconciled>> {
    const sql = 'SELECT user_id, at, error FROM reconciliations JOIN calendar_connections ON calendar_connections.id = connection_id'
    const rows = this.#db.all<{ user_id: string; at: number; error: string | null }>(sql)
    return new Map(rows.map(({ user_id: name, at, error }) => [name, { atMs: at, failure: error }]))
  }

  async inUse(): Promise<string | null> {
    return this.#db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'account_in_use'")?.value ?? null
  }

  async use(name: string | null): Promise<void> {
    await this.#db.write('use', () => {
      this.#db.run("DELETE FROM settings WHERE name = 'account_in_use'")
      if (name === null) return
      this.#knownId(name)
      this.#db.run("INSERT INTO settings (name, value) VALUES ('account_in_use', ?)", name)
    })
  }

  async #read(sql: string, ...values: SqlValue[]): Promise<readonly Connection[]> {
    return this.#vault.readWithoutKey(
      () => this.#db.all<ConnectionRow>(sql, ...values),
      (row) => TOKEN_COLUMNS.map((column) => row[column]),
      (row, open) => connectionFrom(row, open, this.#db.path),
    )
  }

  async #existing(name: string): Promise<Connection> {
    const connection = await this.get(name)
    if (connection === null) throw unknownAccount(name)
    return connection
  }

  /** What others share goes to them; the rest is gone. */
  #forget(name: string): void {
    this.#db.run('DELETE FROM calendar_connections WHERE user_id = ?', name)
    handOverAll(this.#db, name)
    this.#db.run('DELETE FROM calendly_webhook_subscriptions WHERE user_id = ?', name)
    this.#db.run('DELETE FROM calendly_webhook_owners WHERE user_id = ?', name)
    this.#db.run("DELETE FROM settings WHERE name = 'account_in_use' AND value = ?", name)
  }

  #insert(name: string, tokens: NewTokens): string {
    const id = this.#random.uuid()
    const nowMs = this.#clock.nowMs()
    this.#db.insert('calendar_connections', {
      id,
      user_id: name,
      auth: tokens.auth,
      token_generation: 0,
      scopes: '[]',
      is_active: 1,
      created_at: nowMs,
      updated_at: nowMs,
    })
    return id
  }

  #set(id: string, columns: Readonly<Record<string, SqlValue>>): void {
    this.#db.update('calendar_connections', { ...columns, updated_at: this.#clock.nowMs() }, 'id', id)
  }

  #settle(refreshId: string, outcome: string): void {
    this.#db.update('token_refreshes', { outcome, settled_at: this.#clock.nowMs(), room: null }, 'id', refreshId)
  }

  #idOf(name: string): string | null {
    return this.#db.get<{ id: string }>('SELECT id FROM calendar_connections WHERE user_id = ?', name)?.id ?? null
  }

  #idAt(name: string, generation: number): string | null {
    const sql = 'SELECT id FROM calendar_connections WHERE user_id = ? AND token_generation = ?'
    return this.#db.get<{ id: string }>(sql, name, generation)?.id ?? null
  }

  #knownId(name: string): string {
    const id = this.#idOf(name)
    if (id === null) throw unknownAccount(name)
    return id
  }
}

/** For every port that is asked about a connection that is not there. */
export function unknownAccount(name: string): CalreconnectError {
  return new CalreconnectError('ACCOUNT_UNKNOWN', `No connection named ${name} is stored`)
}
