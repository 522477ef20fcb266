// Subscriptions at Calendly that are known here, and their signing keys: table calendly_webhook_subscriptions.

import type { Place } from '../../core/secrets/envelope.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { Wanter } from '../../core/connection/shared.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { StoredSigningKey, SubscriptionStore } from '../../core/ports/store.ts'
import type { SqlValue, StoreDatabase } from './database.ts'
import { fromJson, isTexts } from './json.ts'
import { claim, inherit, ownersOf, release, wantersAt } from './owners.ts'
import { ownedFrom, type SubscriptionRow } from './subscription-row.ts'
import type { Open, Vault } from './vault.ts'

type KeepOptions = Omit<Parameters<SubscriptionStore['keep']>[1], 'signingKey'>
type KeyColumn = 'webhook_signing_key' | 'previous_signing_key'

/** Columns of a subscription without keys. */
export const NO_KEYS = {
  webhook_signing_key: null,
  webhook_signing_key_since: null,
  previous_signing_key: null,
  previous_signing_key_since: null,
  previous_signing_key_until: null,
} as const

export class SqliteSubscriptions implements SubscriptionStore {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock

  constructor(db: StoreDatabase, vault: Vault, clock: Clock) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
  }

  async known(account: string | null = null, options: { readonly gone?: boolean } = {}): Promise<readonly KnownSubscription[]> {
    const rows = this.#db.all<SubscriptionRow>(
      'SELECT * FROM calendly_webhook_subscriptions WHERE is_active = 1 OR ? ORDER BY created_at, webhook_subscription_uri',
      Number(options.gone ?? false),
    )
    const owners = ownersOf(this.#db, rows.map(ownedFrom))
    return rows
      .map((row) => this.#knownFrom(row, owners.get(row.webhook_subscription_uri) ?? []))
      .filter((one) => account === null || one.account === account || one.owners.includes(account))
  }

  async wanters(spec: SubscriptionSpec): Promise<readonly Wanter[]> {
    return wantersAt(this.#db, spec)
  }

  async release(shared: readonly { readonly uri: string; readonly to: string }[], account: string): Promise<void> {
    if (shared.length === 0) return
    await this.#db.write('release_subscriptions', () => {
      for (const { uri, to } of shared) release(this.#db, uri, account, to)
    })
  }

  async keep(subscription: Subscription, options: KeepOptions & { readonly signingKey: Secret | null }): Promise<void> {
    const { signingKey } = options
    if (signingKey === null) return this.#db.writeAnswer('keep_subscription', () => this.#upsert(subscription, options))
    await this.#vault.writeAnswer('keep_subscription', (sealed) => {
      this.#upsert(subscription, options)
      const row = this.#row(subscription.uri)
      const stored = row === undefined ? null : this.#vault.open(row.webhook_signing_key, placeOf(subscription.uri, 'webhook_signing_key'))
      if (stored?.reveal() === signingKey.reveal()) return
      const nowMs = this.#clock.nowMs()
      if (row !== undefined && stored !== null) {
        this.#set(subscription.uri, {
          previous_signing_key: sealed(stored, placeOf(subscription.uri, 'previous_signing_key')),
          previous_signing_key_since: row.webhook_signing_key_since,
          previous_signing_key_until: nowMs,
        })
      }
      this.#set(subscription.uri, {
        webhook_signing_key: sealed(signingKey, placeOf(subscription.uri, 'webhook_signing_key')),
        webhook_signing_key_since: nowMs,
      })
    })
  }

  async forget(uri: string): Promise<void> {
    await this.#db.writeAnswer('forget_subscription', () => {
      this.#set(uri, { is_active: 0 })
      this.#db.run('UPDATE calendar_connections SET calendly_webhook_id = NULL WHERE calendly_webhook_id = ?', uri)
    })
  }

  async adopt(uri: string): Promise<void> {
    await this.#db.write('adopt_subscription', () => this.#set(uri, { adopted_at: this.#clock.nowMs() }))
  }

  async displace(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return
    await this.#db.write('displace_subscriptions', () => {
      for (const uri of uris) this.#set(uri, { is_active: 0, displaced_at: this.#clock.nowMs() })
    })
  }

  async takeOver(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return
    await this.#db.write('take_over', () => {
      for (const uri of uris) this.#set(uri, { displaced_at: null })
    })
  }

  async signingKey(uri: string): Promise<Secret | null> {
    const [key] = await this.#vault.read(
      () => this.#db.all<SubscriptionRow>('SELECT * FROM calendly_webhook_subscriptions WHERE webhook_subscription_uri = ?', uri),
      (row) => [row.webhook_signing_key],
      (row) => this.#vault.open(row.webhook_signing_key, placeOf(uri, 'webhook_signing_key')),
    )
    return key ?? null
  }

  async signingKeys(): Promise<readonly StoredSigningKey[]> {
    const keys = await this.#vault.readWithoutKey(
      () =>
        this.#db.all<SubscriptionRow>(
          `SELECT * FROM calendly_webhook_subscriptions WHERE webhook_signing_key IS NOT NULL OR previous_signing_key IS NOT NULL
           ORDER BY webhook_subscription_uri`,
        ),
      (row) => [row.webhook_signing_key, row.previous_signing_key],
      (row, open) => keysOf(row, open),
    )
    return keys.flat().sort((a, b) => b.sinceMs - a.sinceMs)
  }

  async removeKey(uri: string): Promise<boolean> {
    return this.#db.write('remove_key', () => {
      const row = this.#row(uri)
      if (row === undefined || (row.webhook_signing_key === null && row.previous_signing_key === null)) return false
      this.#set(uri, NO_KEYS)
      return true
    })
  }

  /** Adding a key to what is managed here does not make it foreign, and a caller without a name does not take it away. */
  #upsert(subscription: Subscription, options: KeepOptions): void {
    const { uri } = subscription
    const { account, origin } = options
    const existing = this.#row(uri)
    const nowMs = this.#clock.nowMs()
    const columns = {
      organization_uri: subscription.organization,
      user_uri: subscription.user,
      group_uri: subscription.group,
      callback_url: subscription.callbackUrl,
      events: JSON.stringify(subscription.events),
      scope: subscription.scope,
      user_id: this.#caretaker(existing, account),
      origin: origin === 'key_added' ? (existing?.origin ?? origin) : origin,
      is_active: 1,
    }
    if (existing === undefined) {
      this.#db.insert('calendly_webhook_subscriptions', { webhook_subscription_uri: uri, ...columns, created_at: nowMs, updated_at: nowMs })
    } else this.#set(uri, columns)
    if (origin === 'key_added') return
    if (account !== null) claim(this.#db, uri, account, nowMs)
    if (options.replaces !== undefined) inherit(this.#db, uri, options.replaces, nowMs)
  }

  /** Who looks after it does so until disconnected. */
  #caretaker(existing: SubscriptionRow | undefined, account: string | null): string | null {
    const current = existing?.user_id ?? null
    if (account === null || current === null) return current ?? account
    return this.#db.get('SELECT 1 FROM calendar_connections WHERE user_id = ? AND is_active = 1', current) === undefined ? account : current
  }

  #set(uri: string, columns: Readonly<Record<string, SqlValue>>): void {
    const touched = { ...columns, updated_at: this.#clock.nowMs() }
    this.#db.update('calendly_webhook_subscriptions', touched, 'webhook_subscription_uri', uri)
  }

  #row(uri: string): SubscriptionRow | undefined {
    return this.#db.get<SubscriptionRow>('SELECT * FROM calendly_webhook_subscriptions WHERE webhook_subscription_uri = ?', uri)
  }

  #knownFrom(row: SubscriptionRow, owners: readonly string[]): KnownSubscription {
    return {
      ...ownedFrom(row),
      account: row.user_id,
      owners,
      origin: row.origin,
      keyStored: row.webhook_signing_key !== null,
      isActive: row.is_active === 1,
      adopted: row.adopted_at !== null,
      displaced: row.displaced_at !== null,
      events: fromJson(row.events, isTexts, this.#db.path, 'calendly_webhook_subscriptions.events'),
    }
  }
}

function keysOf(row: SubscriptionRow, open: Open): readonly StoredSigningKey[] {
  const key = (column: KeyColumn, sinceMs: number | null): readonly StoredSigningKey[] => {
    const secret = open(row[column], placeOf(row.webhook_subscription_uri, column))
    if (secret === null) return []
    const current = column === 'webhook_signing_key'
    return [{ key: secret, account: row.user_id, webhookUri: row.webhook_subscription_uri, current, sinceMs: sinceMs ?? 0 }]
  }
  return [...key('webhook_signing_key', row.webhook_signing_key_since), ...key('previous_signing_key', row.previous_signing_key_since)]
}

function placeOf(uri: string, column: KeyColumn): Place {
  return { table: 'calendly_webhook_subscriptions', row: uri, column }
}
