// Remote states as fast-check makes them: what a Calendly organization may look like after years of integrations.
// Only states that Calendly's own rule allows: a URL's exact text once per organization, scope and owner.

import * as fc from 'fast-check'

import type { Definition, Subscription, SubscriptionSpec } from '../../src/core/calendly/model.ts'
import type { KnownSubscription } from '../../src/core/plan/model.ts'
import { GROUP, LEFT_USER, OTHER_USER, USER, aSpec, aSubscription, knownOf } from './builders.ts'

export interface RemoteState {
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
  readonly desired: SubscriptionSpec | null
}

const EVENT_SETS: readonly (readonly string[])[] = [
  ['invitee.created', 'invitee.canceled'],
  ['invitee.canceled', 'invitee.created'],
  ['invitee.created'],
  ['event_type.created'],
]

/** Four URLs, most of them in several spellings that mean the same. `/hook` and `/hook/` do not. */
const URLS: readonly string[] = [
  'https://hooks.example.com/hook',
  'https://HOOKS.example.com/hook',
  'https://hooks.example.com:443/hook',
  'https://hooks.example.com/hook#frag',
  'https://hooks.example.com/hook/',
  'https://hooks.example.com',
  'https://hooks.example.com/',
  'https://hooks.example.com/hook?calreconnect=1',
  'https://elsewhere.example.org/calendly',
]

const owner = fc.constantFrom<Pick<SubscriptionSpec, 'scope' | 'user' | 'group'>>(
  { scope: 'organization', user: null, group: null },
  { scope: 'organization', user: null, group: null },
  { scope: 'user', user: USER, group: null },
  { scope: 'user', user: OTHER_USER, group: null },
  { scope: 'group', user: null, group: GROUP },
)

interface Traits {
  readonly url: string
  readonly path: number
  readonly owner: Pick<SubscriptionSpec, 'scope' | 'user' | 'group'>
  readonly events: readonly string[]
  readonly disabled: boolean
  readonly day: number
  readonly record: 'none' | 'connection' | 'created' | 'key_added' | 'other_account'
  readonly keyStored: boolean
  readonly forgotten: boolean
  readonly creator: string | null
}

const traits: fc.Arbitrary<Traits> = fc.record({
  url: fc.constantFrom(...URLS),
  path: fc.nat({ max: 60 }),
  owner,
  events: fc.constantFrom(...EVENT_SETS),
  disabled: fc.boolean(),
  day: fc.nat({ max: 40 }),
  record: fc.constantFrom('none', 'none', 'connection', 'created', 'key_added', 'other_account'),
  keyStored: fc.boolean(),
  forgotten: fc.nat({ max: 9 }).map((n) => n === 0),
  creator: fc.constantFrom(USER, USER, OTHER_USER, LEFT_USER, null),
})

const desired: fc.Arbitrary<SubscriptionSpec | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 9,
    arbitrary: fc
      .record({ callbackUrl: fc.constantFrom(...URLS), events: fc.constantFrom(...EVENT_SETS), owner })
      .map(({ callbackUrl, events, owner }) => aSpec({ callbackUrl, events, ...owner })),
  },
)

/** 0 to `subscriptionsMax` subscriptions, some of them ours, and what the connection `acme` of USER desires. */
export function remoteStates(subscriptionsMax: number): fc.Arbitrary<RemoteState> {
  return fc
    .record({ list: fc.array(traits, { maxLength: subscriptionsMax, size: 'max' }), desired })
    .map(({ list, desired }) => ({ ...stateOf(list), desired }))
}

function stateOf(list: readonly Traits[]): Omit<RemoteState, 'desired'> {
  const observed = new Map<string, Subscription>()
  const known: KnownSubscription[] = []
  for (const [index, one] of list.entries()) {
    // Beyond the first dozen, other integrations: a path of its own for most, so that long lists are not merged away.
    const callbackUrl = index < 12 ? one.url : `${one.url.replace(/#.*/, '')}?integration=${one.path}`
    const subscription = aSubscription(`S${String(index).padStart(4, '0')}`, {
      callbackUrl,
      events: one.events,
      state: one.disabled ? 'disabled' : 'active',
      createdAt: new Date(Date.UTC(2026, 9, 1 + one.day)).toISOString(),
      creator: one.creator,
      ...one.owner,
    })
    const taken = exactKey(subscription)
    if (observed.has(taken)) continue
    observed.set(taken, subscription)
    if (one.record === 'none') continue
    known.push(
      knownOf(subscription, {
        account: one.record === 'other_account' ? 'other' : 'acme',
        origin: one.record === 'other_account' ? 'connection' : one.record,
        keyStored: one.keyStored,
        isActive: !one.forgotten,
      }),
    )
  }
  return { observed: [...observed.values()], known }
}

/** What Calendly allows once. */
export function exactKey({ organization, scope, user, group, callbackUrl }: Definition): string {
  return [organization, scope, user, group, callbackUrl].join(' ')
}
