import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { identityOf, normalizeUrl } from '../../../src/core/calendly/identity.ts'
import { planReconcile, writesOf } from '../../../src/core/plan/reconcile.ts'
import { remoteStates } from '../../support/arbitraries.ts'
import type { RemoteState } from '../../support/arbitraries.ts'
import { PLAN_HEAD, USER } from '../../support/builders.ts'
import { applyPlan } from '../../support/remote-model.ts'
import type { ModelState } from '../../support/remote-model.ts'

const SMALL_RUNS = 5_000
const LARGE_RUNS = 1_000

function planFor(desired: RemoteState['desired'], { observed, known }: ModelState) {
  return planReconcile({ ...PLAN_HEAD, userUri: USER, desired, observed, known })
}

/** What reconcile may touch, said in other words than the planner's. */
function mayTouch(uri: string, { observed, known, desired }: RemoteState): boolean {
  const one = observed.find((candidate) => candidate.uri === uri)
  if (one === undefined) return false
  if (desired !== null && identityOf(one) === identityOf(desired)) return true
  const record = known.find((candidate) => candidate.uri === uri && candidate.isActive)
  if (record?.origin === 'connection' && record.account === 'acme') return true
  return (
    desired?.scope === 'organization' &&
    one.scope === 'user' &&
    one.user === USER &&
    normalizeUrl(one.callbackUrl) === normalizeUrl(desired.callbackUrl)
  )
}

function holds(state: RemoteState): void {
  const plan = planFor(state.desired, state)
  const uris = plan.steps.flatMap(({ uri }) => (uri === null ? [] : [uri]))
  expect(new Set(uris).size).toBe(uris.length)
  const written = writesOf(plan).flatMap(({ uri }) => (uri === null ? [] : [uri]))
  expect(written.filter((uri) => !mayTouch(uri, state))).toEqual([])

  const after = applyPlan(plan, state)
  expect(writesOf(planFor(state.desired, after))).toEqual([])
  const untouched = (list: ModelState['observed']) => list.filter(({ uri }) => !mayTouch(uri, state) && !uri.includes('/NEW'))
  expect(untouched(after.observed)).toEqual(untouched(state.observed))
  if (state.desired === null) return
  const identity = identityOf(state.desired)
  const there = after.observed.filter((one) => identityOf(one) === identity)
  expect(there.map(({ state }) => state)).toEqual(['active'])
}

test('planReconcile converges without a 404 or 409, touches nothing foreign, and leaves exactly one active subscription', () => {
  fc.assert(fc.property(remoteStates(25), holds), { numRuns: SMALL_RUNS })
})

test('planReconcile does the same among up to 250 subscriptions', () => {
  fc.assert(fc.property(remoteStates(250), holds), { numRuns: LARGE_RUNS })
})

test('planReconcile plans the same whatever the order in which subscriptions and records come', () => {
  const shuffled = remoteStates(40).chain((state) =>
    fc.record({
      state: fc.constant(state),
      observed: fc.shuffledSubarray([...state.observed], { minLength: state.observed.length }),
      known: fc.shuffledSubarray([...state.known], { minLength: state.known.length }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ state, observed, known }) => {
      expect(planFor(state.desired, { observed, known })).toEqual(planFor(state.desired, state))
    }),
    { numRuns: 1_000 },
  )
})
