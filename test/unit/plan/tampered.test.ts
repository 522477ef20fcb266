import { describe, expect, test } from 'vitest'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { planDeclared } from '../../../src/core/plan/declared.ts'
import type { Step } from '../../../src/core/plan/model.ts'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { savedPlan } from '../../../src/core/plan/saved-plan.ts'
import { createStep } from '../../../src/core/plan/steps.ts'
import { contradictionsOf } from '../../../src/core/plan/tampered.ts'
import type { Witness } from '../../../src/core/plan/tampered.ts'
import {
  aSpec,
  aSubscription,
  GROUP,
  knownOf,
  ORGANIZATION,
  OTHER_ORGANIZATION,
  OTHER_USER,
  PLAN_HEAD,
  USER,
} from '../../support/builders.ts'

const old = aSubscription('OLD', { callbackUrl: 'https://hooks.example.com/old' })
const wrong = aSubscription('WRONG', { events: ['invitee.created'] })
const kept = aSubscription('KEPT', { callbackUrl: 'https://hooks.example.com/kept' })
const foreign = aSubscription('FOREIGN', { callbackUrl: 'https://foreign.example.com/' })
const observed = [old, wrong, kept]
const known = observed.map((one) => knownOf(one))
const created = aSpec({ callbackUrl: 'https://hooks.example.com/new' })
const desired = [created, aSpec(), aSpec({ callbackUrl: kept.callbackUrl })]
const WITNESS: Witness = { organizationUri: ORGANIZATION, userUri: USER, observed, known, withoutConnection: false }

/** Replaces WRONG, keeps KEPT, creates /new, deletes OLD. */
const honest = savedPlan(planDeclared({ ...PLAN_HEAD, userUri: USER, desired, observed, known }), observed)

/** What contradicts when in a plan the steps that `action` names are others. */
function altered(action: Step['action'], differing: object, witness: Partial<Witness> = {}, before = honest.before): readonly string[] {
  const steps = honest.plan.steps.map((step) => (step.action === action ? { ...step, ...differing } : step))
  return contradictionsOf({ plan: { ...honest.plan, steps }, before }, { ...WITNESS, ...witness })
}

/** What contradicts when exactly `target` is to be deleted, which is there, unless told otherwise. */
function deletion(target: Subscription, witness: Partial<Witness> = {}): readonly string[] {
  const plan = planDelete({ ...PLAN_HEAD, targets: [target] })
  return contradictionsOf({ plan, before: [target] }, { ...WITNESS, observed: [target], known: [], ...witness })
}

test('contradictionsOf finds nothing in an honest plan, and nothing once it was carried out', () => {
  expect(honest.plan.steps.map(({ action }) => action)).toEqual(['replace', 'keep', 'create', 'delete'])
  expect(contradictionsOf(honest, WITNESS)).toEqual([])
  expect(contradictionsOf(honest, { ...WITNESS, observed: [], known: [] })).toEqual([])
})

test('contradictionsOf finds what is named without a word on what it was', () => {
  expect(altered('delete', { uri: 'https://x.test/1' })).toEqual(['https://x.test/1 is named, and nothing says what it was'])
  expect(altered('keep', {}, {}, [old, wrong])).toEqual([`${kept.uri} is named, and nothing says what it was`])
  expect(altered('replace', {}, {}, [old, kept])).toEqual([`${wrong.uri} is named, and nothing says what it was`])
})

test.each<[string, object]>([
  ['callback URL', { callbackUrl: 'https://harmless.example.com/' }],
  ['scope', { scope: 'user' }],
  ['organization', { organization: OTHER_ORGANIZATION }],
  ['user', { user: OTHER_USER }],
  ['group', { group: GROUP }],
  ['state', { state: 'disabled' }],
  ['time', { createdAt: '2026-11-02T09:00:00.000000Z' }],
  ['events', { events: ['contact.created'] }],
])('contradictionsOf finds what is shown with another %s than it had', (_what, differing) => {
  const shown = Object.hasOwn(differing, 'callbackUrl') ? 'https://harmless.example.com/' : old.callbackUrl
  expect(altered('delete', differing)).toEqual([`${old.uri} is shown as ${shown}, and was ${old.callbackUrl}`])
  expect(altered('keep', differing)).toHaveLength(1)
})

test('contradictionsOf takes events in another order for the same', () => {
  expect(altered('delete', { events: old.events.toReversed() })).toEqual([])
})

test('contradictionsOf finds what is replaced under the name of another', () => {
  expect(altered('replace', { replacedUrl: 'https://harmless.example.com/' })).toEqual([
    `${wrong.uri} is shown as https://harmless.example.com/, and was ${wrong.callbackUrl}`,
  ])
  expect(altered('replace', { state: 'disabled' })).toHaveLength(1)
})

test('contradictionsOf finds what is replaced by something at another place', () => {
  expect(altered('replace', { callbackUrl: 'https://evil.example.com/' })).toEqual([
    `${wrong.uri} is no place of https://evil.example.com/`,
  ])
})

test('contradictionsOf finds that a URI stands for another subscription by now', () => {
  const recreated = { ...old, createdAt: '2026-11-05T09:00:00.000000Z' }
  expect(altered('delete', {}, { observed: [recreated, wrong, kept] })).toEqual([`${old.uri} was not made at ${old.createdAt}`])
})

describe('contradictionsOf judges what would be made', () => {
  const STRAY = ['https://hooks.example.com/new would be made for somebody else']

  test.each<[string, object, readonly string[]]>([
    ['in user scope for this user', { scope: 'user', user: USER }, []],
    ['in user scope for another', { scope: 'user', user: OTHER_USER }, STRAY],
    ['in user scope for nobody', { scope: 'user' }, STRAY],
    ['in group scope', { scope: 'group', group: GROUP }, []],
    ['in group scope for a user', { scope: 'group', group: GROUP, user: USER }, STRAY],
    ['in organization scope for a user', { user: USER }, STRAY],
    ['in another organization', { organization: OTHER_ORGANIZATION }, STRAY],
    ['in user scope of another organization', { organization: OTHER_ORGANIZATION, scope: 'user', user: USER }, STRAY],
  ])('%s', (_what, differing, found) => {
    expect(altered('create', differing)).toEqual(found)
  })

  test('in the place of what is another organization’s', () => {
    const before = honest.before.map((one) => (one.uri === wrong.uri ? { ...one, organization: OTHER_ORGANIZATION } : one))
    expect(altered('replace', { organization: OTHER_ORGANIZATION }, {}, before)).toEqual([
      `${wrong.callbackUrl} would be made for somebody else`,
    ])
  })
})

describe('contradictionsOf judges the deletion', () => {
  const NOT_OURS = [`${foreign.callbackUrl} (${foreign.uri}) is not of this account's making`]

  test.each<[string, Partial<Witness>, readonly string[]]>([
    ["of somebody else's", {}, NOT_OURS],
    ["of somebody else's that is gone", { observed: [] }, []],
    ['of what this account manages', { known: [knownOf(foreign)] }, []],
    ['of what this account manages no more', { known: [knownOf(foreign, { isActive: false })] }, NOT_OURS],
    ['of what only a key is known of', { known: [knownOf(foreign, { origin: 'key_added' })] }, NOT_OURS],
    ['of what another account manages', { known: [knownOf(foreign, { account: 'other' })] }, NOT_OURS],
    [
      'of what another account manages, with a token alone',
      { known: [knownOf(foreign, { account: 'other' })], withoutConnection: true },
      NOT_OURS,
    ],
    ['of what a token alone made', { known: [knownOf(foreign, { account: null })] }, NOT_OURS],
    ['of what a token alone made, with a token alone', { known: [knownOf(foreign, { account: null })], withoutConnection: true }, []],
  ])('%s', (_what, witness, found) => {
    expect(deletion(foreign, witness)).toEqual(found)
  })

  test("of somebody else's duplicate at a place that the plan is about, and of it once it has moved", () => {
    const plan = {
      ...honest.plan,
      steps: [
        createStep(aSpec({ callbackUrl: foreign.callbackUrl }), 'missing'),
        ...planDelete({ ...PLAN_HEAD, targets: [foreign] }).steps,
      ],
    }
    const found = (now: Subscription) => contradictionsOf({ plan, before: [foreign] }, { ...WITNESS, observed: [now], known: [] })
    expect(found(foreign)).toEqual([])
    const moved = { ...foreign, callbackUrl: 'https://moved.example.com/' }
    expect(found(moved)).toEqual([`https://moved.example.com/ (${foreign.uri}) is not of this account's making`])
  })
})

test('contradictionsOf does not take a kept one that has moved since for tampering: it is stale', () => {
  const moved = { ...kept, callbackUrl: 'https://moved.example.com/' }
  expect(
    contradictionsOf(honest, { ...WITNESS, observed: [old, wrong, moved], known: known.filter(({ uri }) => uri !== kept.uri) }),
  ).toEqual([])
})
