// Which subscriptions deliver the same event to the same place more than once.

import { identityOf, normalizeUrl } from '../calendly/identity.ts'
import { isUnderstood } from '../calendly/understood.ts'
import type { Subscription } from '../calendly/model.ts'

/** One that stays, and those that deliver again what it delivers. */
export interface DuplicateSet<T extends Subscription> {
  readonly kept: T
  readonly surplus: readonly T[]
}

/**
 * Sets of subscriptions at one normalised URL, with an event in common, for the same owner or where one is in organization scope (which
 * covers every member). Two members' user-scope subscriptions at one URL are no duplicates: each brings its own member's events.
 * @param keepFirst sorts what rather stays to the front
 */
export function duplicateSets<T extends Subscription>(subscriptions: readonly T[], keepFirst: (a: T, b: T) => number): DuplicateSet<T>[] {
  const byUrl = new Map<string, T[]>()
  // What is not understood may deliver or not: nobody can say that it does so twice.
  for (const one of subscriptions.filter(isUnderstood)) {
    const url = `${one.organization} ${normalizeUrl(one.callbackUrl)}`
    const others = byUrl.get(url)
    if (others === undefined) byUrl.set(url, [one])
    else others.push(one)
  }
  return [...byUrl.values()].filter((group) => group.length > 1).flatMap((group) => setsAtOneUrl(group.sort(keepFirst)))
}

function setsAtOneUrl<T extends Subscription>(bestFirst: readonly T[]): DuplicateSet<T>[] {
  const sets: { kept: T; surplus: T[] }[] = []
  for (const one of bestFirst) {
    const set = sets.find(({ kept }) => deliversTwice(kept, one))
    if (set === undefined) sets.push({ kept: one, surplus: [] })
    else set.surplus.push(one)
  }
  return sets.filter(({ surplus }) => surplus.length > 0)
}

function deliversTwice(a: Subscription, b: Subscription): boolean {
  const sharesOwner = a.scope === 'organization' || b.scope === 'organization' || identityOf(a) === identityOf(b)
  return sharesOwner && a.events.some((event) => b.events.includes(event))
}
