// planDeclared on generated remote states: here because the run counts take longer than unit tests may.

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { planDeclared } from '../../../src/core/plan/declared.ts'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import type { SubscriptionSpec } from '../../../src/core/calendly/model.ts'
import { refreshPlan, savedPlan } from '../../../src/core/plan/saved-plan.ts'
import { writesOf } from '../../../src/core/plan/reconcile.ts'
import { remoteStates } from '../../support/arbitraries.ts'
import { GROUP, ORGANIZATION, PLAN_HEAD, USER, aSpec } from '../../support/builders.ts'
import { applyPlan } from '../../support/remote-model.ts'
import type { ModelState } from '../../support/remote-model.ts'

const SMALL_RUNS = 5_000
const LARGE_RUNS = 500

const URLS = [
  'https://hooks.example.com/hook',
  'https://HOOKS.example.com:443/hook',
  'https://hooks.example.com/hook/',
  'https://hooks.example.com/?integration=3',
  'https://elsewhere.example.org/calendly',
]

const spec = fc
  .record({
    callbackUrl: fc.constantFrom(...URLS),
    events: fc.constantFrom(['invitee.created'], ['invitee.created', 'invitee.canceled'], ['event_type.created']),
    owner: fc.constantFrom<Pick<SubscriptionSpec, 'scope' | 'user' | 'group'>>(
      { scope: 'organization', user: null, group: null },
      { scope: 'user', user: USER, group: null },
      { scope: 'group', user: null, group: GROUP },
    ),
  })
  .map(({ callbackUrl, events, owner }) => aSpec({ callbackUrl, events, ...owner }))

const desiredSets = fc.uniqueArray(spec, { selector: identityOf, maxLength: 6 })

function planFor(desired: readonly SubscriptionSpec[], { observed, known }: ModelState) {
  return planDeclared({ ...PLAN_HEAD, userUri: USER, desired, observed, known })
}

/** What the file may touch, said in other words than the planner's. */
function mayTouch(uri: string, desired: readonly SubscriptionSpec[], { observed, known }: ModelState): boolean {
  const one = observed.find((candidate) => candidate.uri === uri)
  const record = known.find((candidate) => candidate.uri === uri && candidate.isActive)
  const declared = one !== undefined && desired.some((wanted) => identityOf(wanted) === identityOf(one))
  return declared || (record?.account === 'acme' && record.origin !== 'key_added')
}

function holds([state, desired]: readonly [ModelState, readonly SubscriptionSpec[]]): void {
  const plan = planFor(desired, state)
  const uris = plan.steps.flatMap(({ uri }) => (uri === null ? [] : [uri]))
  expect(new Set(uris).size).toBe(uris.length)
  expect(writesOf(plan).filter(({ uri }) => uri !== null && !mayTouch(uri, desired, state))).toEqual([])

  const after = applyPlan(plan, state)
  expect(writesOf(planFor(desired, after))).toEqual([])
  const untouched = (list: ModelState['observed']) => list.filter(({ uri }) => !mayTouch(uri, desired, state) && !uri.includes('/NEW'))
  expect(untouched(after.observed)).toEqual(untouched(state.observed))
  for (const wanted of desired) {
    const there = after.observed.filter((one) => identityOf(one) === identityOf(wanted))
    expect(there.map((one) => [one.state, [...one.events].sort()])).toEqual([['active', [...wanted.events].sort()]])
  }
}

const cases = (subscriptionsMax: number) => fc.tuple(remoteStates(subscriptionsMax), desiredSets)

test('planDeclared converges without a 404 or 409, touches nothing foreign, and leaves each declared webhook active exactly once', () => {
  fc.assert(fc.property(cases(25), holds), { numRuns: SMALL_RUNS })
})

test('planDeclared does the same among up to 250 subscriptions', () => {
  fc.assert(fc.property(cases(250), holds), { numRuns: LARGE_RUNS })
})

test('planDeclared plans the same whatever the order of the file, the lists and the records', () => {
  const shuffled = cases(40).chain(([state, desired]) =>
    fc.record({
      state: fc.constant(state),
      desired: fc.constant(desired),
      observed: fc.shuffledSubarray([...state.observed], { minLength: state.observed.length }),
      known: fc.shuffledSubarray([...state.known], { minLength: state.known.length }),
      wanted: fc.shuffledSubarray([...desired], { minLength: desired.length }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ state, desired, observed, known, wanted }) => {
      expect(planFor(wanted, { observed, known })).toEqual(planFor(desired, state))
    }),
    { numRuns: 500 },
  )
})

test('refreshPlan finds a plan that was carried out, wholly or up to any step, not stale, and with nothing left in the end', () => {
  const interrupted = fc.tuple(cases(25), fc.nat({ max: 30 }))
  fc.assert(
    fc.property(interrupted, ([[state, desired], stepsDone]) => {
      const saved = savedPlan(planFor(desired, state), state.observed)
      const begun = applyPlan(saved.plan, state, stepsDone)
      const { plan, stale } = refreshPlan(saved, { organizationUri: ORGANIZATION, ...begun })
      expect(stale).toEqual([])
      expect(writesOf(plan).length).toBeLessThanOrEqual(writesOf(saved.plan).length)
      if (stepsDone >= saved.plan.steps.length) expect(writesOf(plan)).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})
