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
  return [...byUrl.values()].flatMap((group) => setsAtOneUrl(group.sort(keepFirst)))
}

/** Each goes to the first set whose kept one delivers what it does; one look for each of its events, however many there are. */
function setsAtOneUrl<T extends Subscription>(bestFirst: readonly T[]): DuplicateSet<T>[] {
  const sets: { kept: T; surplus: T[] }[] = []
  /** The first set whose kept one has an event: of any owner, in organization scope, of one identity. */
  const first = { any: new Map<string, number>(), organization: new Map<string, number>(), own: new Map<string, number>() }
  for (const one of bestFirst) {
    const identity = identityOf(one)
    const isForAll = one.scope === 'organization'
    const found = one.events.flatMap((event) =>
      isForAll ? [first.any.get(event)] : [first.organization.get(event), first.own.get(`${identity} ${event}`)],
    )
    const at = found.reduce<number>((least, set) => (set === undefined ? least : Math.min(least, set)), Infinity)
    const set = sets[at]
    if (set !== undefined) {
      set.surplus.push(one)
      continue
    }
    for (const event of one.events) {
      note(first.any, event, sets.length)
      note(isForAll ? first.organization : first.own, isForAll ? event : `${identity} ${event}`, sets.length)
    }
    sets.push({ kept: one, surplus: [] })
  }
  return sets.filter(({ surplus }) => surplus.length > 0)
}

function note(firsts: Map<string, number>, key: string, set: number): void {
  if (!firsts.has(key)) firsts.set(key, set)
}
