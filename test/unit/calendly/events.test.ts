import { expect, test } from 'vitest'

import {
  DEFAULT_EVENTS,
  EVENTS,
  checkEvents,
  explainBadRequest,
  leastOAuthScopes,
  missingOAuthScopes,
  planFeatureEvents,
  scopesOfEvent,
} from '../../../src/core/calendly/events.ts'

test('EVENTS are the fourteen that Calendly has', () => {
  expect(EVENTS).toEqual([
    'invitee.created',
    'invitee.canceled',
    'invitee_no_show.created',
    'invitee_no_show.deleted',
    'event_type.created',
    'event_type.updated',
    'event_type.deleted',
    'contact.created',
    'contact.updated',
    'contact.deleted',
    'routing_form_submission.created',
    'meeting_recap.created',
    'meeting_recap.updated',
    'meeting_recap.deleted',
  ])
})

test('checkEvents trims, drops repetitions and keeps the order', () => {
  expect(checkEvents([' invitee.canceled', 'invitee.created', '', 'invitee.canceled'], 'user')).toEqual([
    'invitee.canceled',
    'invitee.created',
  ])
})

test.each(EVENTS.filter((event) => !event.startsWith('routing') && !event.startsWith('meeting')))(
  'checkEvents allows %s in every scope',
  (event) => {
    expect((['organization', 'user', 'group'] as const).map((scope) => checkEvents([event], scope))).toEqual([[event], [event], [event]])
  },
)

test('checkEvents takes a name that is not known when somebody insists, and what is known by its rules all the same', () => {
  const insisting = { allowUnknown: true }
  expect(checkEvents(['invitee.created', ' contact.merged '], 'user', insisting)).toEqual(['invitee.created', 'contact.merged'])
  expect(() => checkEvents(['meeting_recap.created'], 'organization', insisting)).toThrow(
    expect.objectContaining({ code: 'EVENT_SCOPE_MISMATCH' }),
  )
  for (const name of ['two words', '-x', 'a,b', `a${'x'.repeat(100)}`, '\u{1B}[2J']) {
    expect(() => checkEvents([name], 'user', insisting)).toThrow(expect.objectContaining({ code: 'UNKNOWN_EVENT' }))
  }
})

test.each([
  [
    'invitee.cancelled',
    'organization',
    'UNKNOWN_EVENT',
    'Did you mean invitee.canceled? If Calendly has it by now, add --allow-unknown-event',
  ],
  [
    'Invitee.Created',
    'organization',
    'UNKNOWN_EVENT',
    'Did you mean invitee.created? If Calendly has it by now, add --allow-unknown-event',
  ],
  ['nonsense', 'user', 'UNKNOWN_EVENT', `Events: ${EVENTS.join(', ')}. If Calendly has it by now, add --allow-unknown-event`],
  [
    'routing_form_submission.created',
    'user',
    'EVENT_SCOPE_MISMATCH',
    'Make a subscription of its own for it: calreconnect webhooks create --callback-url URL --events routing_form_submission.created --scope organization',
  ],
  [
    'meeting_recap.created',
    'organization',
    'EVENT_SCOPE_MISMATCH',
    'Make a subscription of its own for it: calreconnect webhooks create --callback-url URL --events meeting_recap.created --scope user',
  ],
  ['meeting_recap.deleted', 'group', 'EVENT_SCOPE_MISMATCH', expect.stringContaining('--scope user')],
  ['', 'user', 'USAGE', '--events invitee.created,invitee.canceled'],
] as const)('checkEvents refuses %s in %s scope with %s', (event, scope, code, hint) => {
  expect(() => checkEvents([event], scope)).toThrow(expect.objectContaining({ code, hint }))
})

test.each([
  [DEFAULT_EVENTS, 'organization', ['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read']],
  [
    ['contact.created', 'routing_form_submission.created'],
    'organization',
    ['users:read', 'organizations:read', 'webhooks:write', 'contacts:read', 'routing_forms:read'],
  ],
  [['event_type.created'], 'group', ['users:read', 'organizations:read', 'webhooks:write', 'event_types:read', 'groups:read']],
  [['meeting_recap.created'], 'user', ['users:read', 'organizations:read', 'webhooks:write', 'meeting_recaps:read']],
] as const)('leastOAuthScopes for %s in %s scope are %s', (events, scope, scopes) => {
  expect(leastOAuthScopes(events, scope)).toEqual(scopes)
})

test.each([
  [null, []],
  [['default'], []],
  [[], ['webhooks:write', 'scheduled_events:read', 'contacts:read']],
  [['webhooks:write', 'scheduled_events:write', 'contacts:read'], []],
  [
    ['webhooks:read', 'scheduled_events:read'],
    ['webhooks:write', 'contacts:read'],
  ],
])('missingOAuthScopes with %s granted are %s', (granted, missing) => {
  expect(missingOAuthScopes(['invitee.created', 'invitee.canceled', 'contact.created'], granted)).toEqual(missing)
})

test('planFeatureEvents are those that a plan must have a feature for', () => {
  expect(planFeatureEvents(EVENTS)).toEqual([
    'routing_form_submission.created',
    'meeting_recap.created',
    'meeting_recap.updated',
    'meeting_recap.deleted',
  ])
})

test.each([
  [
    ['webhooks:write'],
    "The token lacks scheduled_events:read, which Calendly answers with 400: run calreconnect connect --force --oauth-scope 'webhooks:write scheduled_events:read'",
  ],
  [['webhooks:write', 'scheduled_events:read'], null],
  [null, "Calendly answers 400 when the token lacks an event's read scope: check that it has scheduled_events:read"],
])('explainBadRequest with %s granted says %s', (granted, text) => {
  const said = explainBadRequest(['invitee.created'], granted)
  expect(said === null ? null : String(said)).toBe(text)
})

test('scopesOfEvent are those that it can be had in, and none of what nobody knows', () => {
  expect(['invitee.created', 'meeting_recap.created', 'routing_form_submission.created', 'contact.merged'].map(scopesOfEvent)).toEqual([
    ['organization', 'user', 'group'],
    ['user'],
    ['organization'],
    [],
  ])
})

test.each([
  ['event_type.update', 'event_type.updated or event_type.created'],
  ['contact.creted', 'contact.created or contact.deleted or contact.updated'],
  ['invitee.cre', 'invitee.created'],
  ['invitee.cr', null],
])('checkEvents suggests for %s the nearest first, of at most four slips: %s', (event, near) => {
  const hint = `${near === null ? `Events: ${EVENTS.join(', ')}.` : `Did you mean ${near}?`} If Calendly has it by now, add --allow-unknown-event`
  expect(() => checkEvents([event], 'user')).toThrow(expect.objectContaining({ code: 'UNKNOWN_EVENT', hint }))
})

test('unknown events need no OAuth scope and no plan that anybody knows of', () => {
  expect(missingOAuthScopes(['contact.merged'], [])).toEqual(['webhooks:write'])
  expect(planFeatureEvents(['contact.merged'])).toEqual([])
  expect([null, []].map((granted) => explainBadRequest(['contact.merged'], granted))).toEqual([null, null])
})
