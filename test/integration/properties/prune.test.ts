import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { matchesGlob } from '../../../src/core/calendly/glob.ts'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { planPrune } from '../../../src/core/plan/prune.ts'
import type { PruneCriteria } from '../../../src/core/plan/prune.ts'
import { type RemoteState, remoteStates } from '../../support/arbitraries.ts'
import { NOW_MS, OTHER_USER, PLAN_HEAD, USER } from '../../support/builders.ts'

const DAY_MS = 86_400_000
const RUNS = 3_000
const MEMBERS = { all: [USER, OTHER_USER], admins: [USER] }

const mixed: fc.Arbitrary<PruneCriteria> = fc.record({
  duplicates: fc.boolean(),
  disabled: fc.boolean(),
  superseded: fc.boolean(),
  creatorGone: fc.boolean(),
  includeForeign: fc.boolean(),
  allButCurrent: fc.nat({ max: 3 }).map((n) => n === 0),
  urlGlobs: fc.subarray(['https://elsewhere.*', '*/hook', '*?integration=1*']),
  olderThanMs: fc.option(
    fc.nat({ max: 30 }).map((days) => days * DAY_MS),
    { freq: 2 },
  ),
  keep: fc.option(fc.constantFrom(0, 0, 1, 2), { freq: 2 }),
})

/** Age and number alone, which then choose among everything. */
const bare = mixed.map((given): PruneCriteria => ({
  ...given,
  duplicates: false,
  disabled: false,
  superseded: false,
  creatorGone: false,
  allButCurrent: false,
  urlGlobs: [],
}))
const criteria = fc.oneof({ weight: 5, arbitrary: mixed }, { weight: 1, arbitrary: bare })

interface Case extends Pick<RemoteState, 'observed' | 'known' | 'desired'> {
  readonly criteria: PruneCriteria
  readonly current: Subscription | null
}

/** What may go at all, said in other words than the planner's. */
function mayGo(one: Subscription, { known, criteria, current }: Case): boolean {
  const isOurs = known.some(
    ({ uri, isActive, origin, account }) => uri === one.uri && isActive && origin !== 'key_added' && account === 'acme',
  )
  const isNamed = criteria.urlGlobs.some((glob) => matchesGlob(glob, one.callbackUrl))
  const isSpared = !isNamed && one.uri === current?.uri && one.state === 'active'
  const isTooYoung = criteria.olderThanMs !== null && NOW_MS - Date.parse(one.createdAt) <= criteria.olderThanMs
  return (isNamed || criteria.includeForeign || isOurs) && !isSpared && !isTooYoung
}

/** What is asked for whatever else is there. Which of several duplicates goes is the business of other tests. */
function isAskedFor(one: Subscription, { criteria, current }: Case): boolean {
  const isGone =
    one.creator !== null && (!MEMBERS.all.includes(one.creator) || (one.scope === 'organization' && !MEMBERS.admins.includes(one.creator)))
  return (
    (criteria.disabled && one.state === 'disabled') ||
    (criteria.creatorGone && isGone) ||
    (criteria.allButCurrent && one.uri !== current?.uri) ||
    criteria.urlGlobs.some((glob) => matchesGlob(glob, one.callbackUrl))
  )
}

test('planPrune deletes all that is asked for and may go, nothing that may not, and spares the newest as told; every reason is reached', () => {
  const reached = new Map<string, number>()
  const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1)
  fc.assert(
    fc.property(remoteStates(60), criteria, (state, given) => {
      const { observed, known, desired } = state
      const current = observed.find((one) => desired !== null && identityOf(one) === identityOf(desired)) ?? null
      const criteria = { ...given, allButCurrent: given.allButCurrent && current !== null }
      const input = {
        ...PLAN_HEAD,
        observed,
        known,
        current: desired,
        currentUri: current?.uri ?? null,
        nowMs: NOW_MS,
        memberUris: MEMBERS,
      }
      const about: Case = { observed, known, desired, criteria, current }
      const plan = planPrune({ ...input, criteria })
      const unlimited = planPrune({ ...input, criteria: { ...criteria, keep: null } })
      for (const why of new Set(plan.steps.map((step) => step.why))) reach(why)
      if (plan.steps.length > 0) reach('a plan with steps')
      if (criteria.allButCurrent && plan.steps.length > 0) reach('all but current')

      const uris = plan.steps.map(({ uri }) => uri)
      const allowed = new Set(observed.filter((one) => mayGo(one, about)).map(({ uri }) => uri))
      expect(plan.steps.filter(({ action, uri }) => action !== 'delete' || uri === null || !allowed.has(uri))).toEqual([])
      expect(new Set(uris).size).toBe(uris.length)
      expect(planPrune({ ...input, observed: observed.toReversed(), criteria })).toEqual(plan)
      const going = new Set(unlimited.steps.map(({ uri }) => uri))
      expect(observed.filter((one) => allowed.has(one.uri) && isAskedFor(one, about) && !going.has(one.uri))).toEqual([])

      if (criteria.keep === null || !selects(criteria)) return
      if (plan.steps.length < unlimited.steps.length) reach('some are kept')
      for (const identity of new Set(unlimited.steps.map(identityOf))) {
        const selected = unlimited.steps.filter((step) => identityOf(step) === identity).length
        const deleted = plan.steps.filter((step) => identityOf(step) === identity).length
        expect(deleted).toBe(Math.max(0, selected - criteria.keep))
      }
    }),
    { numRuns: RUNS },
  )
  const rare = [...reached].filter(([, times]) => times < RUNS / 100)
  expect({ rare, withSteps: (reached.get('a plan with steps') ?? 0) > RUNS / 2, reached: [...reached.keys()].sort() }).toEqual({
    rare: [],
    withSteps: true,
    reached: [
      'a plan with steps',
      'all but current',
      'creator_gone',
      'disabled',
      'duplicate',
      'matched',
      'older_than',
      'some are kept',
      'superseded',
    ],
  })
})

/** Where nothing selects by itself, `keep` and `olderThanMs` select differently. */
function selects({ duplicates, disabled, superseded, creatorGone, allButCurrent, urlGlobs, olderThanMs }: PruneCriteria): boolean {
  return duplicates || disabled || superseded || creatorGone || allButCurrent || urlGlobs.length > 0 || olderThanMs !== null
}
