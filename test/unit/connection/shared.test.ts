import { expect, test } from 'vitest'
import { sharedSpec, specOfDesired, wantedSpec } from '../../../src/core/connection/shared.ts'
import { aSpec, aSubscription, GROUP, HOOK_URL, ORGANIZATION, USER } from '../../support/builders.ts'

const owner = { organizationUri: ORGANIZATION, userUri: USER }
const desired = { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'organization', group: null } as const

test.each([
  ['organization', { user: null, group: null }],
  ['user', { user: USER, group: null }],
  ['group', { user: null, group: GROUP }],
] as const)('specOfDesired in %s scope has its owner and no other', (scope, whose) => {
  expect(specOfDesired({ ...desired, scope, group: GROUP }, owner)).toEqual({
    callbackUrl: HOOK_URL,
    events: ['invitee.created'],
    scope,
    organization: ORGANIZATION,
    ...whose,
  })
})

test('wantedSpec is nothing for whoever is disconnected, wants nothing, or is not known yet', () => {
  const one = { isActive: true, desired, ...owner }
  expect(wantedSpec(one)).toEqual(specOfDesired(desired, owner))
  for (const without of [{ isActive: false }, { desired: null }, { organizationUri: null }, { userUri: null }]) {
    expect([without, wantedSpec({ ...one, ...without })]).toEqual([without, null])
  }
})

const spec = aSpec({ events: ['invitee.created'] })
const wanting = (...events: readonly string[]) => ({ account: 'other', events })

test.each([
  ['nobody', [], null, ['invitee.created']],
  ['one who wants the same', [wanting('invitee.created')], null, ['invitee.created']],
  [
    'two who want more',
    [wanting('invitee.canceled', 'invitee.created'), wanting('event_type.created', 'invitee.canceled')],
    null,
    ['invitee.created', 'event_type.created', 'invitee.canceled'],
  ],
  [
    'one who wants what these OAuth scopes do not cover',
    [wanting('event_type.created', 'invitee.canceled')],
    ['webhooks:write', 'scheduled_events:read'],
    ['invitee.created', 'invitee.canceled'],
  ],
])('sharedSpec beside %s has the events of all that may be had', (_who, others, granted, events) => {
  expect(sharedSpec(spec, others, [], granted)).toEqual({ ...spec, events })
})

test('sharedSpec keeps what these OAuth scopes do not cover where it is there already, at the very place and with the very events', () => {
  const others = [wanting('event_type.created')]
  const all = { ...spec, events: ['invitee.created', 'event_type.created'] }
  const granted = ['webhooks:write', 'scheduled_events:read']
  expect(sharedSpec(spec, others, [aSubscription('there', { events: ['event_type.created', 'invitee.created'] })], granted)).toEqual(all)
  for (const there of [
    aSubscription('elsewhere', { callbackUrl: 'https://b.example/', events: all.events }),
    aSubscription('others', { events: ['invitee.created'] }),
  ])
    expect(sharedSpec(spec, others, [there], granted)).toEqual(spec)
})
