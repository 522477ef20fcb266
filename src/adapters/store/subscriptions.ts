// Subscriptions at Calendly that are known here, and their signing keys: table calendly_webhook_subscriptions.

import type { Place } from '../../core/secrets/envelope.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { Wanter } from '../../core/connection/shared.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { StoredSigningKey, SubscriptionStore } from '../../core/ports/store.ts'
import type { StoreDatabase } from './database.ts'
import { fromJson, isTexts } from './json.ts'
import { claim, inherit, ownersOf, release, wantersAt } from './owners.ts'
import { get, insert, run, type Script, type SqlValue, update } from './script.ts'
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

export class DatabaseSubscriptions implements SubscriptionStore {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock

  constructor(db: StoreDatabase, vault: Vault, clock: Clock) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
  }

  async known(account: string | null = null, options: { readonly gone?: boolean } = {}): Promise<readonly KnownSubscription[]> {
    const rows = await this.#db.all<SubscriptionRow>(
      'SELECT * FROM calendly_webhook_subscriptions WHERE is_active = 1 OR ? = 1 ORDER BY created_at, webhook_subscription_uri',
      Number(options.gone ?? false),
    )
    const owners = await this.#db.read(() => ownersOf(rows.map(ownedFrom), this.#db.location))
    return rows
      .map((row) => this.#knownFrom(row, owners.get(row.webhook_subscription_uri) ?? []))
      .filter((one) => account === null || one.account === account || one.owners.includes(account))
  }

  async wanters(spec: SubscriptionSpec): Promise<readonly Wanter[]> {
    return this.#db.read(() => wantersAt(spec, this.#db.location))
  }

  async release(shared: readonly { readonly uri: string; readonly to: string }[], account: string): Promise<void> {
    if (shared.length === 0) return
    await this.#db.write('release_subscriptions', function* () {
      for (const { uri, to } of shared) yield* release(uri, account, to)
    })
  }

  async keep(subscription: Subscription, options: KeepOptions & { readonly signingKey: Secret | null }): Promise<void> {
    const { signingKey } = options
    const nowMs = this.#clock.nowMs()
    if (signingKey === null) return this.#db.writeAnswer('keep_subscription', () => upsert(subscription, options, nowMs))
    const vault = this.#vault
    await vault.writeAnswer('keep_subscription', function* (sealed) {
      yield* upsert(subscription, options, nowMs)
      const row = yield* rowOf(subscription.uri)
      const stored = row === undefined ? null : vault.open(row.webhook_signing_key, placeOf(subscription.uri, 'webhook_signing_key'))
      if (stored?.reveal() === signingKey.reveal()) return
      const { uri } = subscription
      const previous = row !== undefined &&
        stored !== null && {
          previous_signing_key: sealed(stored, placeOf(uri, 'previous_signing_key')),
          previous_signing_key_since: row.webhook_signing_key_since,
          previous_signing_key_until: nowMs,
        }
      if (previous !== false) yield* set(uri, previous, nowMs)
      const key = sealed(signingKey, placeOf(uri, 'webhook_signing_key'))
      yield* set(uri, { webhook_signing_key: key, webhook_signing_key_since: nowMs }, nowMs)
    })
  }

  async forget(uri: string): Promise<void> {
    const nowMs = this.#clock.nowMs()
    await this.#db.writeAnswer('forget_subscription', function* () {
      yield* set(uri, { is_active: 0 }, nowMs)
      yield* run('UPDATE calendar_connections SET calendly_webhook_id = NULL WHERE calendly_webhook_id = ?', uri)
    })
  }

  async adopt(uri: string): Promise<void> {
    const nowMs = this.#clock.nowMs()
    await this.#db.write('adopt_subscription', () => set(uri, { adopted_at: nowMs }, nowMs))
  }

  async displace(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return
    const nowMs = this.#clock.nowMs()
    await this.#db.write('displace_subscriptions', function* () {
      for (const uri of uris) yield* set(uri, { is_active: 0, displaced_at: nowMs }, nowMs)
    })
  }

  async takeOver(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return
    const nowMs = this.#clock.nowMs()
    await this.#db.write('take_over', function* () {
      for (const uri of uris) yield* set(uri, { displaced_at: null }, nowMs)
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
    const nowMs = this.#clock.nowMs()
    return this.#db.write('remove_key', function* () {
      const row = yield* rowOf(uri)
      if (row === undefined || (row.webhook_signing_key === null && row.previous_signing_key === null)) return false
      yield* set(uri, NO_KEYS, nowMs)
      return true
    })
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
      events: fromJson(row.events, isTexts, this.#db.location, 'calendly_webhook_subscriptions.events'),
    }
  }
}

/** Adding a key to what is managed here does not make it foreign, and a caller without a name does not take it away. */
function* upsert(subscription: Subscription, options: KeepOptions, nowMs: number): Script<void> {
  const { uri } = subscription
  const { account, origin } = options
  const existing = yield* rowOf(uri)
  const columns = {
    organization_uri: subscription.organization,
    user_uri: subscription.user,
    group_uri: subscription.group,
    callback_url: subscription.callbackUrl,
    events: JSON.stringify(subscription.events),
    scope: subscription.scope,
    user_id: yield* caretaker(existing, account),
    origin: origin === 'key_added' ? (existing?.origin ?? origin) : origin,
    is_active: 1,
  }
  if (existing === undefined) {
    yield* insert('calendly_webhook_subscriptions', { webhook_subscription_uri: uri, ...columns, created_at: nowMs, updated_at: nowMs })
  } else yield* set(uri, columns, nowMs)
  if (origin === 'key_added') return
  if (account !== null) yield* claim(uri, account, nowMs)
  if (options.replaces !== undefined) yield* inherit(uri, options.replaces, nowMs)
}

/** Who looks after it does so until disconnected. */
function* caretaker(existing: SubscriptionRow | undefined, account: string | null): Script<string | null> {
  const current = existing?.user_id ?? null
  if (account === null || current === null) return current ?? account
  const active = yield* get('SELECT 1 FROM calendar_connections WHERE user_id = ? AND is_active = 1', current)
  return active === undefined ? account : current
}

function* set(uri: string, columns: Readonly<Record<string, SqlValue>>, nowMs: number): Script<void> {
  const touched = { ...columns, updated_at: nowMs }
  yield* update('calendly_webhook_subscriptions', touched, 'webhook_subscription_uri', uri)
}

function* rowOf(uri: string): Script<SubscriptionRow | undefined> {
  return yield* get<SubscriptionRow>('SELECT * FROM calendly_webhook_subscriptions WHERE webhook_subscription_uri = ?', uri)
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
