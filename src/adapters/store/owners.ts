// Which connections want which subscription: table calendly_webhook_owners, and what the connections themselves desire.
// Scripts for the transactions of those who own the tables.

import { identityOf } from '../../core/calendly/identity.ts'
import type { SubscriptionSpec } from '../../core/calendly/model.ts'
import { specOfDesired, type Wanter } from '../../core/connection/shared.ts'
import { fromJson, isDesired } from './json.ts'
import { all, run, type Script } from './script.ts'
import { type Owned, ownedFrom, type SubscriptionRow } from './subscription-row.ts'

interface DesireRow {
  readonly user_id: string
  readonly calendly_user_uri: string
  readonly calendly_organization_uri: string
  readonly desired_webhook: string
}

interface ClaimRow {
  readonly webhook_subscription_uri: string
  readonly user_id: string
}

/** Only connections that are not disconnected want anything. */
const DESIRES = `SELECT user_id, calendly_user_uri, calendly_organization_uri, desired_webhook FROM calendar_connections
  WHERE is_active = 1 AND desired_webhook IS NOT NULL AND calendly_user_uri IS NOT NULL AND calendly_organization_uri IS NOT NULL`
const BY_AGE = 'ORDER BY created_at, user_id'
const CLAIMS = `SELECT o.webhook_subscription_uri, o.user_id FROM calendly_webhook_owners o
  JOIN calendar_connections c ON c.user_id = o.user_id AND c.is_active = 1`

/** For each of these its owners: those on record first, then others that desire what is at its place. */
export function* ownersOf(rows: readonly Owned[], location: string): Script<ReadonlyMap<string, readonly string[]>> {
  if (rows.length === 0) return new Map()
  const claims = groupBy(yield* all<ClaimRow>(`${CLAIMS} ORDER BY o.since, o.user_id`), (claim) => claim.webhook_subscription_uri)
  const desires = groupBy(yield* all<DesireRow>(`${DESIRES} ${BY_AGE}`), (row) => identityOf(wantedBy(row, location)))
  return new Map(
    rows.map((row) => {
      const recorded = claims.get(row.uri) ?? []
      return [row.uri, [...new Set([...recorded, ...(desires.get(identityOf(row)) ?? [])].map(({ user_id }) => user_id))]]
    }),
  )
}

/** Connections that desire a subscription at this place, oldest first. */
export function* wantersAt(spec: SubscriptionSpec, location: string): Script<readonly Wanter[]> {
  const identity = identityOf(spec)
  const rows = yield* all<DesireRow>(`${DESIRES} AND calendly_organization_uri = ? ${BY_AGE}`, spec.organization)
  return rows
    .map((row) => ({ account: row.user_id, spec: wantedBy(row, location) }))
    .filter((one) => identityOf(one.spec) === identity)
    .map(({ account, spec: { events } }) => ({ account, events }))
}

export function* claim(uri: string, account: string, nowMs: number): Script<void> {
  const sql = 'INSERT INTO calendly_webhook_owners (webhook_subscription_uri, user_id, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
  yield* run(sql, uri, account, nowMs)
}

/** Whoever wanted what was replaced wants what is in its place. */
export function* inherit(uri: string, replaced: string, nowMs: number): Script<void> {
  const owners = yield* all<ClaimRow>(`${CLAIMS} WHERE o.webhook_subscription_uri = ? ORDER BY o.since, o.user_id`, replaced)
  for (const { user_id } of owners) yield* claim(uri, user_id, nowMs)
}

/** `heir` looks after it from now on, if `account` did. */
export function* release(uri: string, account: string, heir: string): Script<void> {
  yield* run('DELETE FROM calendly_webhook_owners WHERE webhook_subscription_uri = ? AND user_id = ?', uri, account)
  yield* run('UPDATE calendly_webhook_subscriptions SET user_id = ? WHERE webhook_subscription_uri = ? AND user_id = ?', heir, uri, account)
  yield* run('UPDATE calendar_connections SET calendly_webhook_id = NULL WHERE user_id = ? AND calendly_webhook_id = ?', account, uri)
}

/** Everything that `account` made or wants goes to others that want it too. What nobody else wants stays with its name. */
export function* handOverAll(account: string, location: string): Script<void> {
  const rows = yield* all<SubscriptionRow>(
    `SELECT * FROM calendly_webhook_subscriptions WHERE user_id = ? OR webhook_subscription_uri IN
       (SELECT webhook_subscription_uri FROM calendly_webhook_owners WHERE user_id = ?)`,
    account,
    account,
  )
  const owners = yield* ownersOf(rows.map(ownedFrom), location)
  for (const { webhook_subscription_uri: uri } of rows) {
    const heir = (owners.get(uri) ?? []).find((owner) => owner !== account)
    if (heir !== undefined) yield* release(uri, account, heir)
  }
}

function wantedBy(row: DesireRow, location: string): SubscriptionSpec {
  const desired = fromJson(row.desired_webhook, isDesired, location, 'calendar_connections.desired_webhook')
  return specOfDesired(desired, { organizationUri: row.calendly_organization_uri, userUri: row.calendly_user_uri })
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}
