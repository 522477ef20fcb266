// A row of calendly_webhook_subscriptions, and what of it says whose it is.

import type { Definition } from '../../core/calendly/model.ts'
import type { Origin } from '../../core/plan/model.ts'

export interface SubscriptionRow {
  readonly webhook_subscription_uri: string
  readonly user_id: string | null
  readonly organization_uri: string
  readonly user_uri: string | null
  readonly group_uri: string | null
  readonly callback_url: string
  readonly events: string
  readonly scope: string
  readonly origin: Origin
  readonly webhook_signing_key: Uint8Array | null
  readonly webhook_signing_key_since: number | null
  readonly previous_signing_key: Uint8Array | null
  readonly previous_signing_key_since: number | null
  readonly is_active: number
  readonly adopted_at: number | null
  readonly displaced_at: number | null
}

/** A subscription as far as ownership goes: events have no part in it. */
export interface Owned extends Definition {
  readonly uri: string
}

export function ownedFrom(row: SubscriptionRow): Owned {
  const { webhook_subscription_uri: uri, callback_url: callbackUrl, scope, organization_uri: organization } = row
  return { uri, callbackUrl, events: [], scope, organization, user: row.user_uri, group: row.group_uri }
}
