// What tells that somebody else replaces a subscription of ours: it is gone, and another stands at its place.

import { identityOf } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import type { KnownSubscription } from './model.ts'
import { isManaged } from './standing.ts'

/** From this time on that one made here is found replaced by somebody else's, it is a contest. */
export const CONTESTED_FROM = 2

/** Those of ours that were found replaced at a place, and those that are missing there now. @param known with those that are gone */
export function lostAt(
  identity: string,
  known: readonly KnownSubscription[],
  observed: readonly Subscription[],
): readonly KnownSubscription[] {
  const there = new Set(observed.map(({ uri }) => uri))
  return known.filter((one) => identityOf(one) === identity && (one.displaced || (isManaged(one) && !there.has(one.uri))))
}
