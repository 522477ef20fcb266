// What stored connections want in common. One URL and scope in one organization is one subscription, whoever made it: it
// belongs to the store, and everybody who wants it owns it. Knows nothing of what is at Calendly beyond what it is shown.

import { missingOAuthScopes } from '../calendly/events.ts'
import { identityOf, sameEvents } from '../calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import type { Connection, DesiredWebhook } from './model.ts'

/** A connection that wants a subscription, and what it wants of it. */
export interface Wanter {
  readonly account: string
  readonly events: readonly string[]
}

/** What a connection's user wants, as Calendly would have it. */
export function specOfDesired(
  { callbackUrl, events, scope, group }: DesiredWebhook,
  owner: { readonly organizationUri: string; readonly userUri: string },
): SubscriptionSpec {
  return {
    callbackUrl,
    events,
    scope,
    organization: owner.organizationUri,
    user: scope === 'user' ? owner.userUri : null,
    group: scope === 'group' ? group : null,
  }
}

/** What a connection wants at Calendly. Null: nothing, or no longer (disconnected), or it is not known yet whose it is. */
export function wantedSpec({
  isActive,
  desired,
  organizationUri,
  userUri,
}: Pick<Connection, 'isActive' | 'desired' | 'organizationUri' | 'userUri'>): SubscriptionSpec | null {
  if (!isActive || desired === null || organizationUri === null || userUri === null) return null
  return specOfDesired(desired, { organizationUri, userUri })
}

/**
 * `spec` with the events that others want at the same place as well: else each would replace the subscription by one with its
 * own events, for ever. Events that the caller's OAuth scopes do not cover are left to the others, unless they are there already.
 * @param granted the caller's OAuth scopes; null where they cannot be known
 */
export function sharedSpec(
  spec: SubscriptionSpec,
  others: readonly Wanter[],
  observed: readonly Subscription[],
  granted: readonly string[] | null,
): SubscriptionSpec {
  const all = withEvents(
    spec,
    others.flatMap(({ events }) => events),
  )
  const identity = identityOf(spec)
  if (observed.some((one) => identityOf(one) === identity && sameEvents(one.events, all.events))) return all
  return withEvents(
    spec,
    all.events.filter((event) => missingOAuthScopes([event], granted).length === 0),
  )
}

function withEvents(spec: SubscriptionSpec, more: readonly string[]): SubscriptionSpec {
  const extra = [...new Set(more)].filter((event) => !spec.events.includes(event)).sort()
  return extra.length === 0 ? spec : { ...spec, events: [...spec.events, ...extra] }
}
