// What the rules of an audit look at, worked out once: which subscriptions are connections' own, managed, keyed, duplicated.

import type { NextCommand } from '../errors/advice.ts'
import { identityOf } from '../calendly/identity.ts'
import type { Membership, Subscription, SubscriptionSpec } from '../calendly/model.ts'
import type { FindingCode } from './findings.ts'
import { groupBy } from './together.ts'
import { duplicateSets } from '../plan/duplicates.ts'
import type { DuplicateSet } from '../plan/duplicates.ts'
import type { KnownSubscription } from '../plan/model.ts'
import { bestFirst, keyedUris, managedUris, oldestFirst, worthKeepingFirst } from '../plan/standing.ts'

export type Severity = 'error' | 'warning'

export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly message: string
  /** How many subscriptions it is about, one that should be there and is not included. */
  readonly count: number
  /** Those of them that are, or were, at Calendly. */
  readonly uris: readonly string[]
  /** One command that repairs the cause, or shows a person what to decide about. It asks before it changes anything of others. */
  readonly fix: NextCommand
  /** A person must look first: the fix only shows, touches what was made elsewhere, or is one step of several. */
  readonly fixNeedsReview: boolean
}

/** A finding as a rule makes it; its severity follows from its code. */
export type RuleFinding = Omit<Finding, 'severity' | 'count'>

/** What one connection's own webhook should be. */
export interface DesiredOf {
  readonly account: string
  /** Whom it acts as; null where it was never known. */
  readonly userUri: string | null
  /** Null: it should have none. */
  readonly spec: SubscriptionSpec | null
  /** Its own subscription on record. */
  readonly webhookUri: string | null
}

export interface AuditInput {
  readonly observed: readonly Subscription[]
  /** Null: no store to ask (CALENDLY_TOKEN alone). */
  readonly known: readonly KnownSubscription[] | null
  /** Managed ones that Calendly says it has no more. */
  readonly missing: readonly KnownSubscription[]
  /** Of the connections in this organization whose subscriptions the caller may list. Null like `known`. */
  readonly desired: readonly DesiredOf[] | null
  /** All of the organization's. Null: the caller may not list them. */
  readonly memberships: readonly Membership[] | null
  /** `--max-total`; null: no limit. */
  readonly totalMax: number | null
  /** `--max-per-url`; null: no limit. */
  readonly perUrlMax: number | null
  /** `--allow-host` globs; none: every host is fine. */
  readonly allowHosts: readonly string[]
  readonly nowMs: number
  /** The connection that a fix is to be run as; null: whoever CALENDLY_TOKEN is. */
  readonly account: string | null
}

export interface Surroundings extends AuditInput {
  /** Oldest first, each once. */
  readonly subscriptions: readonly Subscription[]
  /** URI -> the connection whose own subscription it is; of several that share it, the first. */
  readonly ownerOf: ReadonlyMap<string, DesiredOf>
  /** Connection -> its own subscription. */
  readonly ownOf: ReadonlyMap<string, Subscription>
  /** Identity -> the subscriptions that have it. */
  readonly places: ReadonlyMap<string, readonly Subscription[]>
  /** What is on record of each URI. */
  readonly records: ReadonlyMap<string, readonly KnownSubscription[]>
  readonly managed: ReadonlySet<string>
  readonly keyed: ReadonlySet<string>
  readonly duplicates: readonly DuplicateSet<Subscription>[]
  /** Why nobody answers for a subscription any more, as the end of a sentence about its creator; null: somebody does, or nobody can tell. */
  readonly creatorGone: (one: Subscription) => string | null
  /** URIs that could go without an event being lost. */
  readonly surplus: ReadonlySet<string>
}

/** The input with everything that more than one rule needs. */
export function surroundingsOf(input: AuditInput): Surroundings {
  const subscriptions = [...new Map(input.observed.map((one) => [one.uri, one])).values()].sort(oldestFirst)
  const known = input.known ?? []
  const managed = managedUris(known)
  const keyed = keyedUris(known)
  const records = groupBy(known, ({ uri }) => uri)
  const places = groupBy(subscriptions, identityOf)
  const ownerOf = new Map<string, DesiredOf>()
  const ownOf = new Map<string, Subscription>()
  for (const desired of input.desired ?? []) {
    const own = ownSubscription(desired, places, keyed)
    if (own === null) continue
    ownOf.set(desired.account, own)
    if (!ownerOf.has(own.uri)) ownerOf.set(own.uri, desired)
  }
  const duplicates = duplicateSets(subscriptions, worthKeepingFirst({ managed, keyed, current: new Set(ownerOf.keys()) }))
  const surplus = new Set(duplicates.flatMap((set) => set.surplus.map(({ uri }) => uri)))
  const creatorGone = creatorJudge(input.memberships)
  return { ...input, creatorGone, subscriptions, ownerOf, ownOf, places, records, managed, keyed, duplicates, surplus }
}

function ownSubscription(
  { spec, webhookUri }: DesiredOf,
  places: ReadonlyMap<string, readonly Subscription[]>,
  keyed: ReadonlySet<string>,
): Subscription | null {
  if (spec === null) return null
  const there = places.get(identityOf(spec)) ?? []
  const recorded = there.find(({ uri, state }) => uri === webhookUri && state === 'active')
  return recorded ?? there.toSorted(bestFirst(spec, keyed))[0] ?? null
}

function creatorJudge(memberships: readonly Membership[] | null): (one: Subscription) => string | null {
  if (memberships === null) return () => null
  const roles = new Map(memberships.map(({ userUri, role }) => [userUri, role]))
  return (one) => {
    if (one.creator === null) return null
    const role = roles.get(one.creator)
    if (role === undefined) return 'is no longer a member of the organization'
    return role === 'user' && one.scope === 'organization' ? 'is no longer an owner or admin of the organization' : null
  }
}
