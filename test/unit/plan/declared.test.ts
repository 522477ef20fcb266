import { expect, test } from 'vitest'

import { planDeclared } from '../../../src/core/plan/declared.ts'
import type { DeclaredPlanInput } from '../../../src/core/plan/declared.ts'
import { aSpec, aSubscription, aUserSubscription, knownOf, OTHER_USER, PLAN_HEAD, USER } from '../../support/builders.ts'

/** `action why id`, or the URL of what is new. */
function planned(input: Partial<DeclaredPlanInput>): string[] {
  const plan = planDeclared({ ...PLAN_HEAD, userUri: USER, desired: [], observed: [], known: [], ...input })
  return plan.steps.map(({ action, why, uri, callbackUrl }) => `${action} ${why} ${uri?.split('/').at(-1) ?? callbackUrl}`)
}

const right = aSubscription('RIGHT')
const elsewhere = aSubscription('ELSEWHERE', { callbackUrl: 'https://hooks.example.com/old' })

test('planDeclared keeps what is right and creates what is missing', () => {
  const missing = aSpec({ callbackUrl: 'https://hooks.example.com/new' })
  expect(planned({ desired: [missing, aSpec()], observed: [right], known: [knownOf(right)] })).toEqual([
    'keep desired RIGHT',
    'create missing https://hooks.example.com/new',
  ])
})

test('planDeclared removes everything of its account that the file does not list, created by command or not', () => {
  const made = aSubscription('MADE', { callbackUrl: 'https://hooks.example.com/made' })
  const known = [knownOf(elsewhere), knownOf(made, { origin: 'created' }), knownOf(right)]
  expect(planned({ desired: [aSpec()], observed: [right, elsewhere, made], known })).toEqual([
    'keep desired RIGHT',
    'delete superseded ELSEWHERE',
    'delete superseded MADE',
  ])
})

test('planDeclared leaves what others made, what another account manages, and what only a key is known of', () => {
  const observed = [elsewhere, aSubscription('FOREIGN', { callbackUrl: 'https://f.example.com/' }), right]
  const known = [knownOf(elsewhere, { account: 'other' }), knownOf(right, { origin: 'key_added' })]
  expect(planned({ observed, known })).toEqual([])
})

test('planDeclared leaves user-scope subscriptions at a declared organization-scope URL alone: the file may want both', () => {
  const twin = aUserSubscription('TWIN')
  const desired = [aSpec(), aSpec({ scope: 'user', user: USER })]
  expect(planned({ desired, observed: [right, twin], known: [knownOf(right), knownOf(twin)] })).toEqual([
    'keep desired RIGHT',
    'keep desired TWIN',
  ])
  expect(planned({ desired: [aSpec()], observed: [right, twin], known: [knownOf(right)] })).toEqual(['keep desired RIGHT'])
})

test('planDeclared replaces a foreign subscription at a declared identity, since its key is not known', () => {
  expect(planned({ desired: [aSpec()], observed: [right] })).toEqual(['replace key_unknown RIGHT'])
})

test('planDeclared does not touch another member at the same URL', () => {
  const theirs = aUserSubscription('THEIRS', { user: OTHER_USER })
  expect(planned({ desired: [aSpec({ scope: 'user', user: USER })], observed: [theirs] })).toEqual([`create missing ${theirs.callbackUrl}`])
})

test('planDeclared deletes nothing before what is declared is in place, not even what may make the POST collide', () => {
  const group = 'https://api.calendly.com/groups/G'
  const inTheWay = aSubscription('GROUPED', { scope: 'group', group })
  expect(planned({ desired: [aSpec()], observed: [elsewhere, inTheWay], known: [knownOf(elsewhere), knownOf(inTheWay)] })).toEqual([
    `create missing ${inTheWay.callbackUrl}`,
    'delete superseded ELSEWHERE',
    'delete superseded GROUPED',
  ])
})

test('planDeclared counts what was made with a token alone as ours only when acting with one', () => {
  const known = [knownOf(elsewhere, { account: null })]
  expect(planned({ observed: [elsewhere], known })).toEqual([])
  expect(planned({ observed: [elsewhere], known, withoutConnection: true })).toEqual(['delete superseded ELSEWHERE'])
})

test('planDeclared refuses to be asked for one identity twice', () => {
  expect(() => planned({ desired: [aSpec(), aSpec({ events: ['invitee.created'] })] })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('planDeclared deletes only after everything declared is in place, and oldest first', () => {
  const surplus = aSubscription('SURPLUS', { createdAt: '2026-10-31T00:00:00.000000Z' })
  const later = aSubscription('LATER', { callbackUrl: 'https://hooks.example.com/later', createdAt: '2026-11-05T00:00:00.000000Z' })
  const missing = aSpec({ callbackUrl: 'https://zzz.example.com/' })
  const known = [right, surplus, elsewhere, later].map((one) => knownOf(one))
  const steps = [
    'keep desired RIGHT',
    'create missing https://zzz.example.com/',
    'delete duplicate SURPLUS',
    'delete superseded ELSEWHERE',
    'delete superseded LATER',
  ]
  const observed = [later, surplus, right, elsewhere]
  expect(planned({ desired: [aSpec(), missing], observed, known })).toEqual(steps)
  expect(planned({ desired: [missing, aSpec()], observed: observed.toReversed(), known })).toEqual(steps)
})
