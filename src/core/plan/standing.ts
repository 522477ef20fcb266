// What the store's records say about observed subscriptions: whose key is known, which are managed, which of several is the best.

import { sameEvents } from '../calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import type { KnownSubscription, Why } from './model.ts'

/** Made by this tool and not known to be gone. A key that was added for somebody else's subscription does not make it ours. */
export function isManaged(known: KnownSubscription): boolean {
  return known.isActive && known.origin !== 'key_added'
}

/** Whether it was made for this connection, or is wanted by it. */
export function isFor({ account, owners }: KnownSubscription, name: string): boolean {
  return account === name || owners.includes(name)
}

/** Whether others want it too: then it is not this connection's alone to delete. */
export function isWantedByOthers({ owners }: KnownSubscription, name: string): boolean {
  return owners.some((owner) => owner !== name)
}

/** URIs of managed subscriptions. */
export function managedUris(known: readonly KnownSubscription[]): ReadonlySet<string> {
  return new Set(known.filter(isManaged).map(({ uri }) => uri))
}

/** URIs whose signing key is stored, whoever made them. */
export function keyedUris(known: readonly KnownSubscription[]): ReadonlySet<string> {
  return new Set(known.filter(({ keyStored }) => keyStored).map(({ uri }) => uri))
}

/** URIs of those that may serve a connection: their key is stored, or they were adopted as they are. */
export function servingUris(known: readonly KnownSubscription[]): ReadonlySet<string> {
  return new Set(known.filter(({ keyStored, adopted }) => keyStored || adopted).map(({ uri }) => uri))
}

/** URIs of those that are of this store's making or keeping; all others are somebody else's. */
export function ownUris(known: readonly KnownSubscription[]): ReadonlySet<string> {
  return new Set([...managedUris(known), ...servingUris(known)])
}

/** Why this subscription is not what is desired although it is at the right place; null when it is right. */
export function flawOf(subscription: Subscription, desired: SubscriptionSpec, keyed: ReadonlySet<string>): Why | null {
  if (subscription.state === 'disabled') return 'disabled'
  if (!sameEvents(subscription.events, desired.events)) return 'events_differ'
  if (!keyed.has(subscription.uri)) return 'key_unknown'
  return null
}

/** The better of two candidates for `desired` first: active, right events, key known, newest, then by URI so that no order is left to chance. */
export function bestFirst(desired: SubscriptionSpec, keyed: ReadonlySet<string>): (a: Subscription, b: Subscription) => number {
  return (a, b) =>
    yesFirst(a.state === 'active', b.state === 'active') ||
    yesFirst(sameEvents(a.events, desired.events), sameEvents(b.events, desired.events)) ||
    yesFirst(keyed.has(a.uri), keyed.has(b.uri)) ||
    newestFirst(a, b)
}

/** What is on record, for choosing which of several duplicates stays. */
export interface Standing {
  readonly managed: ReadonlySet<string>
  readonly keyed: ReadonlySet<string>
  /** Connections' own subscriptions. */
  readonly current: ReadonlySet<string>
}

/** What rather stays first: active, a connection's own, managed, key known, in organization scope, with more events, newest. */
export function worthKeepingFirst({ managed, keyed, current }: Standing): (a: Subscription, b: Subscription) => number {
  return (a, b) =>
    yesFirst(a.state === 'active', b.state === 'active') ||
    yesFirst(current.has(a.uri), current.has(b.uri)) ||
    yesFirst(managed.has(a.uri), managed.has(b.uri)) ||
    yesFirst(keyed.has(a.uri), keyed.has(b.uri)) ||
    yesFirst(a.scope === 'organization', b.scope === 'organization') ||
    b.events.length - a.events.length ||
    newestFirst(a, b)
}

/** By creation, then by URI. */
export function newestFirst(a: Subscription, b: Subscription): number {
  return compareCreation(b, a) || compareText(a.uri, b.uri)
}

/** By creation, then by URI. */
export function oldestFirst(a: Subscription, b: Subscription): number {
  return compareCreation(a, b) || compareText(a.uri, b.uri)
}

/** Epoch milliseconds; 0 for a time that cannot be read. */
export function createdAtMs({ createdAt }: Pick<Subscription, 'createdAt'>): number {
  return Date.parse(createdAt) || 0
}

/** For `sort`: true before false. */
export function yesFirst(a: boolean, b: boolean): number {
  return Number(b) - Number(a)
}

function compareCreation(a: Subscription, b: Subscription): number {
  // Calendly writes microseconds, which a Date does not hold.
  return createdAtMs(a) - createdAtMs(b) || compareText(a.createdAt, b.createdAt)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
