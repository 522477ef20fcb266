import { expect, test } from 'vitest'

import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { KnownSubscription, Step } from '../../../src/core/plan/model.ts'
import {
  planCreate,
  planDelete,
  planDisconnect,
  planReconcile,
  planRecreate,
  planRestore,
  writesOf,
} from '../../../src/core/plan/reconcile.ts'
import {
  GROUP,
  HOOK_URL,
  OTHER_USER,
  PLAN_HEAD,
  USER,
  aSpec,
  aSubscription,
  aUserSubscription,
  knownOf,
  subscriptionUri,
} from '../../support/builders.ts'

/** `action why id` of each step. */
function story(steps: readonly Step[]): string[] {
  return steps.map(({ action, why, uri }) => [action, why, uri?.slice(subscriptionUri('').length)].filter(Boolean).join(' '))
}

function reconcile(observed: Subscription[], known: KnownSubscription[], desired: ReturnType<typeof aSpec> | null = aSpec()): string[] {
  return story(planReconcile({ ...PLAN_HEAD, userUri: USER, desired, observed, known }).steps)
}

const ours = aSubscription('OURS')
const newer = aSubscription('NEWER', { callbackUrl: 'https://HOOKS.example.com/calendly', createdAt: '2026-11-02T00:00:00.000000Z' })
const disabled = aSubscription('DISABLED', { state: 'disabled' })
const fewer = aSubscription('FEWER', { events: ['invitee.created'] })
const twin = aUserSubscription('TWIN')
const elsewhere = aSubscription('ELSEWHERE', { callbackUrl: 'https://old.example.com/' })

test.each<[string, Subscription[], KnownSubscription[], string[]]>([
  ['creates what is missing', [], [], ['create missing']],
  ['keeps what is right', [ours], [knownOf(ours)], ['keep desired OURS']],
  [
    'keeps events in another order',
    [aSubscription('A', { events: ['invitee.canceled', 'invitee.created'] })],
    [knownOf(aSubscription('A'))],
    ['keep desired A'],
  ],
  ['keeps one whose key was added by hand', [ours], [knownOf(ours, { origin: 'key_added', account: null })], ['keep desired OURS']],
  ['replaces one that is disabled', [disabled], [knownOf(disabled)], ['replace disabled DISABLED']],
  ['replaces one with other events', [fewer], [knownOf(fewer)], ['replace events_differ FEWER']],
  ['replaces one whose key is unknown', [ours], [], ['replace key_unknown OURS']],
  ['names disabled before events and key', [{ ...fewer, state: 'disabled' }], [], ['replace disabled FEWER']],
  ['names events before key', [fewer], [], ['replace events_differ FEWER']],
  ['prefers the known key to the newest', [ours, newer], [knownOf(ours)], ['keep desired OURS', 'delete duplicate NEWER']],
  ['prefers the newest among equals', [ours, newer], [knownOf(ours), knownOf(newer)], ['keep desired NEWER', 'delete duplicate OURS']],
  [
    'prefers right events to a known key',
    [ours, { ...fewer, callbackUrl: `${HOOK_URL}#x` }],
    [knownOf(fewer)],
    ['replace key_unknown OURS', 'delete duplicate FEWER'],
  ],
  [
    'prefers active to right events',
    [{ ...disabled, callbackUrl: `${HOOK_URL}#x` }, fewer],
    [knownOf(disabled)],
    ['replace events_differ FEWER', 'delete duplicate DISABLED'],
  ],
  ['deletes the twin in user scope after the create', [twin], [], ['create missing', 'delete duplicate TWIN']],
  ['leaves the twin of another member', [{ ...twin, user: OTHER_USER }], [], ['create missing']],
  ['leaves a twin with other events', [{ ...twin, events: ['meeting_recap.created'] }], [], ['create missing']],
  [
    'deletes a twin that webhooks create made: it would deliver twice all the same',
    [twin],
    [knownOf(twin, { origin: 'created' })],
    ['create missing', 'delete duplicate TWIN'],
  ],
  ['names a managed twin once, as duplicate', [twin], [knownOf(twin)], ['create missing', 'delete duplicate TWIN']],
  [
    'creates at the new URL before it deletes at the old',
    [elsewhere],
    [knownOf(elsewhere)],
    ['create missing', 'delete superseded ELSEWHERE'],
  ],
  ['leaves foreign ones elsewhere', [elsewhere], [], ['create missing']],
  ['leaves what another connection manages', [elsewhere], [knownOf(elsewhere, { account: 'other' })], ['create missing']],
  ['leaves what webhooks create made', [elsewhere], [knownOf(elsewhere, { origin: 'created' })], ['create missing']],
  ['leaves what is only known by its key', [elsewhere], [knownOf(elsewhere, { origin: 'key_added' })], ['create missing']],
  ['leaves what was let go', [elsewhere], [knownOf(elsewhere, { isActive: false })], ['create missing']],
  ['skips what is gone already', [ours], [knownOf(ours), knownOf(elsewhere)], ['keep desired OURS']],
  ['counts a subscription listed twice once', [ours, ours], [knownOf(ours)], ['keep desired OURS']],
])('planReconcile %s', (_what, observed, known, steps) => {
  expect(reconcile(observed, known)).toEqual(steps)
  expect(reconcile(observed.toReversed(), known.toReversed())).toEqual(steps)
})

test('planReconcile deletes nothing before the create, not even a group-scope one that Calendly may not tell from organization scope', () => {
  const group = aSubscription('GROUP', { scope: 'group', group: GROUP })
  expect(reconcile([group], [knownOf(group)])).toEqual(['create missing', 'delete superseded GROUP'])
})

test('planReconcile leaves an organization-scope one at the URL alone while user scope is desired, unless it is ours', () => {
  const desired = aSpec({ scope: 'user', user: USER })
  expect(reconcile([ours], [], desired)).toEqual(['create missing'])
  expect(reconcile([ours], [knownOf(ours)], desired)).toEqual(['create missing', 'delete superseded OURS'])
})

test('planReconcile with nothing desired deletes what the connection made and no more', () => {
  const made = aSubscription('MADE', { callbackUrl: 'https://made.example.com/' })
  expect(reconcile([ours, elsewhere, made], [knownOf(elsewhere), knownOf(made, { origin: 'created' })], null)).toEqual([
    'delete superseded ELSEWHERE',
  ])
})

test('planReconcile makes steps with all that is shown and done', () => {
  const plan = planReconcile({ ...PLAN_HEAD, userUri: USER, desired: aSpec(), observed: [fewer], known: [knownOf(fewer)] })
  expect(plan).toEqual({
    version: 1,
    ...PLAN_HEAD,
    steps: [
      {
        action: 'replace',
        why: 'events_differ',
        uri: fewer.uri,
        state: 'active',
        createdAt: fewer.createdAt,
        ...aSpec(),
        overlap: false,
        replacedUrl: HOOK_URL,
      },
    ],
  })
  expect(writesOf(plan)).toEqual(plan.steps)
  expect(writesOf({ ...plan, steps: [{ ...aSpec(), action: 'keep', why: 'desired', uri: 'x', state: 'active', createdAt: '' }] })).toEqual(
    [],
  )
})

test.each<[string, Subscription[], KnownSubscription[], string[]]>([
  ['creates where nothing is', [elsewhere], [], ['create missing']],
  ['keeps one that is right', [ours], [knownOf(ours)], ['keep desired OURS']],
  ['keeps a right one beside a wrong one', [fewer, newer], [knownOf(newer)], ['keep desired NEWER']],
  ['replaces ours with other events', [fewer], [knownOf(fewer, { origin: 'created' })], ['replace events_differ FEWER']],
  ['replaces ours that is disabled', [disabled], [knownOf(disabled)], ['replace disabled DISABLED']],
  ['replaces ours without a key', [ours], [knownOf(ours, { keyStored: false })], ['replace key_unknown OURS']],
  ['calls a foreign one a conflict', [ours], [], ['replace url_conflict OURS']],
  ["calls another connection's a conflict", [fewer], [knownOf(fewer, { account: 'other' })], ['replace url_conflict FEWER']],
  ['replaces the one that the POST would collide with', [ours, newer], [], ['replace url_conflict OURS']],
])('planCreate %s', (_what, observed, known, steps) => {
  expect(story(planCreate({ ...PLAN_HEAD, spec: aSpec(), observed, known }).steps)).toEqual(steps)
})

test('planCreate knows what CALENDLY_TOKEN made from what others made', () => {
  const planOf = (known: KnownSubscription[]) => story(planCreate({ ...PLAN_HEAD, spec: aSpec(), observed: [fewer], known }).steps)
  expect(planOf([knownOf(fewer, { origin: 'created', account: null })])).toEqual(['replace events_differ FEWER'])
  expect(planOf([knownOf(fewer, { origin: 'created', account: 'other' })])).toEqual(['replace url_conflict FEWER'])
  expect(planOf([])).toEqual(['replace url_conflict FEWER'])
})

test('planReconcile leaves alone what was made for another connection, even where nobody wants it any more', () => {
  expect(reconcile([ours, elsewhere], [knownOf(ours), knownOf(elsewhere, { account: 'other', owners: [] })])).toEqual(['keep desired OURS'])
  expect(reconcile([ours, elsewhere], [knownOf(ours), knownOf(elsewhere)])).toEqual(['keep desired OURS', 'delete superseded ELSEWHERE'])
})

test('planCreate deletes beside the right one only what a run that died was to replace by it', () => {
  const left = aSubscription('LEFT', { events: ['invitee.created'] })
  const input = { ...PLAN_HEAD, spec: aSpec(), observed: [ours, left, newer], known: [knownOf(ours)] }
  const leftBeside = (uri: string) => (uri === ours.uri ? [left.uri, 'gone'] : [newer.uri])
  expect(story(planCreate({ ...input, leftBeside }).steps)).toEqual(['keep desired OURS', 'delete duplicate LEFT'])
  expect(story(planCreate(input).steps)).toEqual(['keep desired OURS'])
})

test.each([
  [aSpec({ scope: 'user' })],
  [aSpec({ scope: 'group' })],
  [aSpec({ scope: 'group', group: GROUP, user: USER })],
  [aSpec({ user: USER })],
])('planCreate refuses an owner that does not fit the scope (%#)', (spec) => {
  expect(() => planCreate({ ...PLAN_HEAD, spec, observed: [], known: [] })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('planDelete deletes exactly the targets, each once, oldest first', () => {
  expect(story(planDelete({ ...PLAN_HEAD, targets: [newer, ours, newer] }).steps)).toEqual(['delete matched OURS', 'delete matched NEWER'])
})

const UNDERSTOOD = { scope: 'organization', state: 'active' } as const

test('planRecreate replaces at the same URL', () => {
  const { steps } = planRecreate({ ...PLAN_HEAD, current: { ...ours, ...UNDERSTOOD }, overlap: false })
  expect(steps).toEqual([
    {
      action: 'replace',
      why: 'matched',
      uri: ours.uri,
      state: 'active',
      createdAt: ours.createdAt,
      ...aSpec(),
      overlap: false,
      replacedUrl: HOOK_URL,
    },
  ])
})

test.each([
  ['https://x.test/hook', 'https://x.test/hook?calreconnect=1'],
  ['https://x.test', 'https://x.test?calreconnect=1'],
  ['https://x.test/hook?calreconnect=9', 'https://x.test/hook?calreconnect=10'],
  ['https://x.test/hook?a=%20b&calreconnect=2&c', 'https://x.test/hook?a=%20b&c&calreconnect=3'],
  ['https://x.test/hook?calreconnect=x', 'https://x.test/hook?calreconnect=x&calreconnect=1'],
  ['https://x.test/hook?#part', 'https://x.test/hook?calreconnect=1'],
])('planRecreate with overlap turns %s into %s', (callbackUrl, next) => {
  const { steps } = planRecreate({ ...PLAN_HEAD, current: { ...ours, ...UNDERSTOOD, callbackUrl }, overlap: true })
  expect(steps).toEqual([expect.objectContaining({ overlap: true, callbackUrl: next, replacedUrl: callbackUrl })])
})

test('planDisconnect deletes every managed one that is still there', () => {
  const made = aSubscription('MADE', { callbackUrl: 'https://made.example.com/', createdAt: '2026-11-03T00:00:00.000000Z' })
  const gone = aSubscription('GONE')
  const known = [
    knownOf(ours),
    knownOf(made, { origin: 'created' }),
    knownOf(gone),
    knownOf(elsewhere, { origin: 'key_added' }),
    knownOf(twin, { account: 'other' }),
  ]
  const { steps } = planDisconnect({ ...PLAN_HEAD, known, observed: [made, ours, elsewhere, twin, newer] })
  expect(story(steps)).toEqual(['delete superseded OURS', 'delete superseded MADE'])
})

test('planRestore creates what is not there, once per identity, the newest active one', () => {
  const backups = [newer, ours, { ...disabled, createdAt: '2026-11-09T00:00:00.000000Z' }, elsewhere]
  const { steps } = planRestore({ ...PLAN_HEAD, backups, observed: [twin] })
  expect(steps.map(({ action, why, callbackUrl }) => [action, why, callbackUrl])).toEqual([
    ['create', 'restored', elsewhere.callbackUrl],
    ['create', 'restored', newer.callbackUrl],
  ])
})

test('planRestore keeps what is there already', () => {
  expect(story(planRestore({ ...PLAN_HEAD, backups: [newer], observed: [ours] }).steps)).toEqual(['keep desired OURS'])
})
