// What `webhooks list` says of each subscription, and of all of them together.
// The codes are those of the audit that a row by itself, or beside the other rows, gives rise to.

import { isEphemeralHost, isInsecureUrl } from '../calendly/callback-host.ts'
import { idOf, normalizeUrl } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import { isState } from '../calendly/understood.ts'
import { duplicateSets } from '../plan/duplicates.ts'
import type { DuplicateSet } from '../plan/duplicates.ts'
import type { KnownSubscription } from '../plan/model.ts'
import { keyedUris, managedUris, worthKeepingFirst } from '../plan/standing.ts'

/** Everything that an audit can find. */
export type FindingCode =
  | 'DUPLICATE'
  | 'DISABLED'
  | 'RETRYING'
  | 'CREATOR_GONE'
  | 'KEY_UNKNOWN'
  | 'UNKNOWN_HOST'
  | 'EPHEMERAL_HOST'
  | 'INSECURE_URL'
  | 'DRIFT'
  | 'UNKNOWN_STATE'
  | 'TOO_MANY'
  | 'MISSING'
  | 'CONTESTED'

/** One subscription with all of Calendly's fields and what we know of it. */
export interface SubscriptionRow extends Subscription {
  /** The last segment of its URI. */
  readonly id: string
  readonly managed: boolean
  readonly signingKeyStored: boolean
  readonly findings: readonly FindingCode[]
}

export interface SubscriptionSummary {
  readonly total: number
  readonly active: number
  readonly disabled: number
  /** Active, with deliveries failing. */
  readonly retrying: number
  readonly managed: number
  readonly foreign: number
  /** How many could go without an event being lost to its URL. */
  readonly duplicates: number
  readonly distinctUrls: number
}

/** The subscriptions, in their order, with what is known and wrong of each. */
export function describeSubscriptions(observed: readonly Subscription[], known: readonly KnownSubscription[]): SubscriptionRow[] {
  const managed = managedUris(known)
  const keyed = keyedUris(known)
  const sets = duplicateSets(observed, worthKeepingFirst({ managed, keyed, current: new Set() }))
  const duplicated = new Set(sets.flatMap(({ kept, surplus }) => [kept.uri, ...surplus.map(({ uri }) => uri)]))
  return observed.map((one) => {
    const isManaged = managed.has(one.uri)
    const signingKeyStored = keyed.has(one.uri)
    const findings: FindingCode[] = []
    if (duplicated.has(one.uri)) findings.push('DUPLICATE')
    if (one.state === 'disabled') findings.push('DISABLED')
    if (isRetrying(one)) findings.push('RETRYING')
    if (!isState(one.state)) findings.push('UNKNOWN_STATE')
    if (isManaged && !signingKeyStored && one.state === 'active') findings.push('KEY_UNKNOWN')
    if (isEphemeralHost(one.callbackUrl)) findings.push('EPHEMERAL_HOST')
    if (isInsecureUrl(one.callbackUrl)) findings.push('INSECURE_URL')
    return { ...one, id: idOf(one.uri), managed: isManaged, signingKeyStored, findings }
  })
}

/** Counts over rows. */
export function summarize(rows: readonly SubscriptionRow[]): SubscriptionSummary {
  const count = (test: (row: SubscriptionRow) => boolean) => rows.filter(test).length
  return {
    total: rows.length,
    active: count(({ state }) => state === 'active'),
    disabled: count(({ state }) => state === 'disabled'),
    retrying: count(isRetrying),
    managed: count(({ managed }) => managed),
    foreign: count(({ managed }) => !managed),
    duplicates: surplusCount(rowDuplicates(rows)),
    distinctUrls: new Set(rows.map(({ callbackUrl }) => normalizeUrl(callbackUrl))).size,
  }
}

/** Deliveries fail and Calendly tries again; a disabled one is past that. */
export function isRetrying({ state, retryStartedAt }: Subscription): boolean {
  return state === 'active' && retryStartedAt !== null
}

function rowDuplicates(rows: readonly SubscriptionRow[]): DuplicateSet<SubscriptionRow>[] {
  const managed = new Set(rows.filter((row) => row.managed).map(({ uri }) => uri))
  const keyed = new Set(rows.filter((row) => row.signingKeyStored).map(({ uri }) => uri))
  return duplicateSets(rows, worthKeepingFirst({ managed, keyed, current: new Set() }))
}

function surplusCount(sets: readonly DuplicateSet<SubscriptionRow>[]): number {
  return sets.reduce((sum, { surplus }) => sum + surplus.length, 0)
}
