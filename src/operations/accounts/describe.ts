// A stored connection as `status` shows it. No secret is in it.

import type { Subscription } from '../../core/calendly/model.ts'
import { wantedSpec } from '../../core/connection/shared.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import { isFor, isManaged } from '../../core/plan/standing.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import type { AuthKind, Connection, NeedsConnect } from '../../core/connection/model.ts'

export interface WebhookStatus {
  readonly uri: string
  readonly callbackUrl: string
  readonly scope: string
  readonly events: readonly string[]
  /** As it is believed to be. With `--remote` as Calendly says: `gone` when it has none, `unknown` when it could not be asked. */
  readonly state: string
  readonly signingKeyStored: boolean
  readonly retryStartedAt: string | null
}

export interface AccountStatus {
  readonly name: string
  readonly email: string | null
  readonly userUri: string | null
  readonly organizationUri: string | null
  readonly organizationName: string | null
  readonly role: string | null
  readonly auth: AuthKind
  readonly isActive: boolean
  readonly needsConnect: NeedsConnect | null
  /** ISO 8601 UTC; null for a token that does not expire. */
  readonly tokenExpiresAt: string | null
  readonly scopes: readonly string[]
  readonly webhook: WebhookStatus | null
}

/** What Calendly said when it was asked for the connection's own subscription. */
export type SeenWebhook =
  | { readonly kind: 'seen'; readonly subscription: Subscription }
  | { readonly kind: 'gone' }
  /** It could not be asked, or its answer proves nothing. */
  | { readonly kind: 'unknown' }

/** @param seen where Calendly was asked */
export function accountStatus(connection: Connection, known: readonly KnownSubscription[], seen: SeenWebhook | null = null): AccountStatus {
  const { name, email, userUri, organizationUri, organizationName, role, auth, isActive, needsConnect, tokenExpiresAtMs, scopes } =
    connection
  const own = ownSubscription(connection, known)
  return {
    name,
    email,
    userUri,
    organizationUri,
    organizationName,
    role,
    auth,
    isActive,
    needsConnect,
    tokenExpiresAt: tokenExpiresAtMs === null ? null : new Date(tokenExpiresAtMs).toISOString(),
    scopes,
    webhook: own === undefined ? null : webhookStatus(own, seen),
  }
}

/** The one on record, else what another connection made at the place that this one wants too. */
export function ownSubscription(connection: Connection, known: readonly KnownSubscription[]): KnownSubscription | undefined {
  const active = known.filter(({ isActive }) => isActive)
  const wanted = wantedSpec(connection)
  const identity = wanted === null ? null : identityOf(wanted)
  return (
    active.find(({ uri }) => uri === connection.webhookUri) ??
    active.find((one) => isManaged(one) && isFor(one, connection.name) && identityOf(one) === identity)
  )
}

function webhookStatus(own: KnownSubscription, seen: SeenWebhook | null): WebhookStatus {
  const there = seen?.kind === 'seen' ? seen.subscription : null
  const { callbackUrl, scope, events } = there ?? own
  return {
    uri: own.uri,
    callbackUrl,
    scope,
    events,
    state: seen === null || seen.kind === 'seen' ? (there?.state ?? 'active') : seen.kind,
    signingKeyStored: own.keyStored,
    retryStartedAt: there?.retryStartedAt ?? null,
  }
}
