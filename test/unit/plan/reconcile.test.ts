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
  OTHER_ORGANIZATION,
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

const newest = aSubscription('NEWEST', { createdAt: '2026-11-03T00:00:00.000000Z' })

test('planReconcile deletes in the order of their age what is too many, what is superseded and the twins', () => {
  const older = aSubscription('OLDER', { callbackUrl: 'https://older.example.com/', createdAt: '2026-10-01T00:00:00.000000Z' })
  const oldTwin = aUserSubscription('OLDTWIN', { createdAt: '2026-10-01T00:00:00.000000Z' })
  const observed = [twin, elsewhere, newest, older, newer, ours, oldTwin]
  const known = [ours, newer, newest, elsewhere, older].map((one) => knownOf(one))
  const steps = [
    'keep desired NEWEST',
    'delete duplicate OURS',
    'delete duplicate NEWER',
    'delete duplicate OLDTWIN',
    'delete duplicate TWIN',
    'delete superseded OLDER',
    'delete superseded ELSEWHERE',
  ]
  expect(reconcile(observed, known)).toEqual(steps)
  expect(reconcile(observed.toReversed(), known)).toEqual(steps)
})

test.each<[string, Subscription]>([
  ['in another organization', { ...twin, organization: OTHER_ORGANIZATION }],
  ['at another URL', { ...twin, callbackUrl: 'https://old.example.com/' }],
  ['in group scope', { ...twin, scope: 'group', group: GROUP }],
])('planReconcile takes no subscription %s for a twin', (_what, one) => {
  expect(reconcile([one], [])).toEqual(['create missing'])
})

test('planReconcile takes a twin for one that shares a single event', () => {
  expect(reconcile([{ ...twin, events: ['invitee.created', 'meeting_recap.created'] }], [])).toEqual([
    'create missing',
    'delete duplicate TWIN',
  ])
})

test('planReconcile keeps what it does not understand at the desired place, and only there', () => {
  const unclear = (differing: Partial<Subscription>) => aSubscription('UNCLEAR', { state: 'paused', ...differing })
  expect(reconcile([unclear({})], [])).toEqual(['keep desired UNCLEAR'])
  expect(reconcile([unclear({ callbackUrl: 'https://old.example.com/' })], [])).toEqual(['create missing'])
  expect(reconcile([unclear({}), ours], [knownOf(ours)])).toEqual(['keep desired OURS'])
  expect(reconcile([{ ...elsewhere, state: 'paused' }], [knownOf(elsewhere)])).toEqual(['create missing'])
})

test('planReconcile leaves what others made where it is told to, at the desired place too', () => {
  const planOf = (observed: Subscription[], known: KnownSubscription[]) =>
    story(planReconcile({ ...PLAN_HEAD, userUri: USER, desired: aSpec(), observed, known, leaveOthers: true }).steps)
  expect(planOf([ours, newer, twin], [])).toEqual(['create missing'])
  expect(planOf([ours, newer, twin], [knownOf(ours)])).toEqual(['keep desired OURS'])
  expect(planOf([ours, newer], [knownOf(ours), knownOf(newer, { origin: 'key_added' })])).toEqual([
    'keep desired NEWER',
    'delete duplicate OURS',
  ])
})

test('planCreate keeps the best of several right ones, and never deletes it as left beside itself', () => {
  const input = { ...PLAN_HEAD, spec: aSpec(), known: [ours, newer, newest].map((one) => knownOf(one)) }
  for (const observed of [
    [ours, newest, newer],
    [newest, newer, ours],
  ])
    expect(story(planCreate({ ...input, observed, leftBeside: (uri) => [uri, ours.uri] }).steps)).toEqual([
      'keep desired NEWEST',
      'delete duplicate OURS',
    ])
})

test('planCreate replaces the one with the very text, wherever it is among others', () => {
  const variants = ['https://HOOKS.example.com/calendly', 'https://hooks.example.com:443/calendly'].map((callbackUrl, index) =>
    aSubscription(`VARIANT${index}`, { callbackUrl, createdAt: '2026-11-09T00:00:00.000000Z' }),
  )
  const [a, b] = variants
  if (a === undefined || b === undefined) throw new Error('no variants')
  for (const observed of [
    [ours, a, b],
    [a, ours, b],
    [a, b, ours],
  ])
    expect(story(planCreate({ ...PLAN_HEAD, spec: aSpec(), observed, known: [] }).steps)).toEqual(['replace url_conflict OURS'])
})

test('planRecreate with overlap steps over a URL where a run that died left one', () => {
  const observed = [ours, aSubscription('LEFT', { callbackUrl: `${HOOK_URL}?calreconnect=1` })]
  const { steps } = planRecreate({ ...PLAN_HEAD, current: { ...ours, ...UNDERSTOOD }, overlap: true, observed })
  expect(steps).toEqual([expect.objectContaining({ callbackUrl: `${HOOK_URL}?calreconnect=2` })])
})

test.each<[string, Partial<KnownSubscription>, string[], string[]]>([
  ['is its alone', {}, [], ['delete superseded OURS']],
  ['another connection wants too', { owners: ['acme', 'other'] }, [], []],
  ['another connection wants that leaves as well', { owners: ['acme', 'other'] }, ['other'], ['delete superseded OURS']],
  ['was made for it and nobody wants', { owners: [] }, [], ['delete superseded OURS']],
  ['was made for another that leaves as well', { account: 'other' }, ['other'], []],
  ['was made for another, and nobody wants', { account: 'other', owners: [] }, [], []],
])('planDisconnect judges what %s', (_what, differing, leaving, steps) => {
  expect(story(planDisconnect({ ...PLAN_HEAD, known: [knownOf(ours, differing)], observed: [ours], leaving }).steps)).toEqual(steps)
})

test.each<[string, Subscription, Subscription, boolean, string[]]>([
  ['that was named takes the place of one with other events', fewer, ours, true, ['replace restored OURS']],
  ['that was not named stays away from one with other events', fewer, ours, false, ['keep desired OURS']],
  ['that was named leaves one with the same events', newer, ours, true, ['keep desired OURS']],
  ['in a scope that is not understood is not made', { ...elsewhere, scope: 'team' }, ours, true, []],
  [
    'in a scope that is not understood replaces nothing',
    { ...fewer, scope: 'team' },
    { ...ours, scope: 'team' },
    true,
    ['keep desired OURS'],
  ],
  ['does not replace what is not understood', fewer, { ...ours, state: 'paused' }, true, ['keep desired OURS']],
])('planRestore: a backup %s', (_what, backup, existing, exactly, steps) => {
  expect(story(planRestore({ ...PLAN_HEAD, backups: [backup], observed: [existing], exactly }).steps)).toEqual(steps)
})

test('planRestore compares with the active and newest of those that are there', () => {
  const late = { ...disabled, createdAt: '2026-11-09T00:00:00.000000Z' }
  for (const observed of [
    [ours, newest, late],
    [late, newest, ours],
    [newest, late, ours],
    [newest, ours, late],
  ])
    expect(story(planRestore({ ...PLAN_HEAD, backups: [ours], observed }).steps)).toEqual(['keep desired NEWEST'])
})

test.each([
  ['organization', USER, null, 'neither a user nor a group', '--scope organization'],
  ['organization', null, GROUP, 'neither a user nor a group', '--scope organization'],
  ['user', null, null, 'a user and no group', '--scope user'],
  ['user', USER, GROUP, 'a user and no group', '--scope user'],
  ['group', null, null, 'a group and no user', '--group <URI>'],
] as const)('planCreate tells what %s scope needs (%#)', (scope, user, group, needed, hint) => {
  const planning = () => planCreate({ ...PLAN_HEAD, spec: aSpec({ scope, user, group }), observed: [], known: [] })
  expect(planning).toThrow(expect.objectContaining({ code: 'USAGE', message: `A subscription in ${scope} scope needs ${needed}`, hint }))
})
