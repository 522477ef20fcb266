import { expect, test } from 'vitest'

import { planDeclared } from '../../../src/core/plan/declared.ts'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { refreshPlan, savedPlan } from '../../../src/core/plan/saved-plan.ts'
import type { KnownSubscription } from '../../../src/core/plan/model.ts'
import { createStep } from '../../../src/core/plan/steps.ts'
import { aSpec, aSubscription, knownOf, ORGANIZATION, PLAN_HEAD, USER } from '../../support/builders.ts'

const old = aSubscription('OLD', { callbackUrl: 'https://hooks.example.com/old' })
const wrong = aSubscription('WRONG', { events: ['invitee.created'] })
const kept = aSubscription('KEPT', { callbackUrl: 'https://hooks.example.com/kept' })
const known = [old, wrong, kept].map((one) => knownOf(one))
const created = aSpec({ callbackUrl: 'https://hooks.example.com/new' })
const desired = [created, aSpec(), aSpec({ callbackUrl: kept.callbackUrl })]
const observed = [old, wrong, kept]

/** create /new, keep KEPT, replace WRONG, delete OLD. */
const saved = savedPlan(planDeclared({ ...PLAN_HEAD, userUri: USER, desired, observed, known }), observed)

function refreshed(now: readonly Subscription[], moreKnown: readonly KnownSubscription[] = [], organizationUri = ORGANIZATION) {
  const { plan, stale } = refreshPlan(saved, { organizationUri, observed: now, known: [...known, ...moreKnown] })
  return { steps: plan.steps.map(({ action, uri, callbackUrl }) => `${action} ${uri?.split('/').at(-1) ?? callbackUrl}`).sort(), stale }
}

const WHOLE = ['create https://hooks.example.com/new', 'delete OLD', 'keep KEPT', 'replace WRONG']

test('savedPlan keeps the definition of everything that the plan names', () => {
  expect(saved.before).toEqual(observed)
  expect(savedPlan(saved.plan, [...observed, aSubscription('FOREIGN')]).before).toEqual(observed)
})

test('refreshPlan leaves the plan as it is while nothing has changed, newcomers elsewhere included', () => {
  expect(refreshed(observed)).toEqual({ steps: WHOLE, stale: [] })
  expect(refreshed([...observed, aSubscription('FOREIGN', { callbackUrl: 'https://f.example.com/' })])).toEqual({ steps: WHOLE, stale: [] })
})

test('refreshPlan does without the deletion of what is gone', () => {
  expect(refreshed([wrong, kept])).toEqual({ steps: WHOLE.filter((step) => step !== 'delete OLD'), stale: [] })
})

test('refreshPlan makes a create of a replacement whose old subscription is gone', () => {
  expect(refreshed([old, kept])).toEqual({
    steps: [`create ${wrong.callbackUrl}`, 'create https://hooks.example.com/new', 'delete OLD', 'keep KEPT'],
    stale: [],
  })
})

test('refreshPlan takes what an interrupted run of the plan made for done', () => {
  const made = aSubscription('MADE', { callbackUrl: created.callbackUrl })
  const again = aSubscription('AGAIN')
  expect(refreshed([made, again, kept], [knownOf(made, { origin: 'created' }), knownOf(again, { origin: 'created' })])).toEqual({
    steps: ['keep AGAIN', 'keep KEPT', 'keep MADE'],
    stale: [],
  })
})

test.each([
  ['changed its state', { ...old, state: 'disabled' as const }, `${old.uri} is disabled now, not active`],
  ['changed its events', { ...old, events: ['contact.created'] }, `${old.uri} has other events now: contact.created`],
  ['moved', { ...old, callbackUrl: 'https://m.example.com/' }, `${old.uri} is at https://m.example.com/ in organization scope now`],
])('refreshPlan is stale when what it would delete has %s', (_, changed, why) => {
  expect(refreshed([changed, wrong, kept]).stale).toEqual([why])
})

test('refreshPlan is stale when what it keeps is gone or changed, because deletions rely on it', () => {
  expect(refreshed([old, wrong]).stale).toEqual([`${kept.uri}, which stays, is gone`])
  expect(refreshed([old, wrong, { ...kept, state: 'disabled' }]).stale).toEqual([`${kept.uri} is disabled now, not active`])
})

test("refreshPlan is stale when somebody else's subscription took the place of what it creates", () => {
  const newcomer = aSubscription('NEWCOMER', { callbackUrl: created.callbackUrl })
  expect(refreshed([...observed, newcomer]).stale).toEqual([`${newcomer.uri} is new at ${created.callbackUrl}`])
})

test('refreshPlan is stale when the one that it made has no known key', () => {
  const made = aSubscription('MADE', { callbackUrl: created.callbackUrl })
  expect(refreshed([...observed, made], [knownOf(made, { keyStored: false })]).stale).toEqual([
    `${made.uri} is new at ${created.callbackUrl}`,
  ])
})

test('refreshPlan is stale for a connection that is in another organization now', () => {
  expect(refreshed(observed, [], 'https://api.calendly.com/organizations/ELSE').stale).toEqual([
    'acme is in another organization now: https://api.calendly.com/organizations/ELSE',
  ])
})

test('refreshPlan takes a replacement that an interrupted run made beside the old for done, and lets the old go', () => {
  const again = aSubscription('AGAIN')
  const managed = knownOf(again, { origin: 'created' })
  expect(refreshed([...observed, again], [managed])).toEqual({
    steps: ['create https://hooks.example.com/new', 'delete OLD', 'delete WRONG', 'keep AGAIN', 'keep KEPT'],
    stale: [],
  })
  const fresh = refreshPlan(saved, { organizationUri: ORGANIZATION, observed: [...observed, again], known: [...known, managed] })
  expect(fresh.before).toEqual([...observed, again])
  expect(fresh.plan.steps.find(({ uri }) => uri === wrong.uri)).toMatchObject({ action: 'delete', why: 'duplicate' })
})

test('refreshPlan shows what is there now, and what comes as it was decided', () => {
  const respelled = observed.map((one) => ({
    ...one,
    callbackUrl: one.callbackUrl.replace('hooks.', 'HOOKS.'),
    createdAt: '2026-11-01T09:00:01Z',
  }))
  const { plan, stale } = refreshPlan(saved, { organizationUri: ORGANIZATION, observed: respelled, known })
  expect(stale).toEqual([])
  const shownNow = plan.steps.map(({ action, why, createdAt, callbackUrl }) => `${action} ${why} ${createdAt} ${callbackUrl}`)
  expect(shownNow.toSorted()).toEqual([
    `create missing null ${created.callbackUrl}`,
    'delete superseded 2026-11-01T09:00:01Z https://HOOKS.example.com/old',
    'keep desired 2026-11-01T09:00:01Z https://HOOKS.example.com/kept',
    `replace events_differ 2026-11-01T09:00:01Z ${wrong.callbackUrl}`,
  ])
  expect(plan.steps.find(({ action }) => action === 'replace')).toMatchObject({
    events: aSpec().events,
    overlap: false,
    replacedUrl: 'https://HOOKS.example.com/calendly',
  })
})

test('refreshPlan leaves a create what it is for, and a kept one that is gone in sight', () => {
  const restored = createStep(created, 'restored')
  const asked = { ...saved, plan: { ...saved.plan, steps: [restored, ...saved.plan.steps.filter(({ action }) => action === 'keep')] } }
  const { plan, stale } = refreshPlan(asked, { organizationUri: ORGANIZATION, observed: [], known })
  expect(plan.steps).toEqual(asked.plan.steps)
  expect(stale).toEqual([`${kept.uri}, which stays, is gone`])
})

test('refreshPlan is stale where nothing says what a subscription was when the plan was made', () => {
  const { stale } = refreshPlan({ ...saved, before: [wrong, kept] }, { organizationUri: ORGANIZATION, observed, known })
  expect(stale).toEqual([`${old.uri} was not seen when the plan was made`])
})
