import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { matchesGlob } from '../../../src/core/calendly/glob.ts'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import { planPrune } from '../../../src/core/plan/prune.ts'
import type { PruneCriteria } from '../../../src/core/plan/prune.ts'
import { remoteStates } from '../../support/arbitraries.ts'
import { NOW_MS, PLAN_HEAD, USER } from '../../support/builders.ts'

const DAY_MS = 86_400_000

const criteria: fc.Arbitrary<PruneCriteria> = fc.record({
  duplicates: fc.boolean(),
  disabled: fc.boolean(),
  superseded: fc.boolean(),
  creatorGone: fc.boolean(),
  includeForeign: fc.boolean(),
  allButCurrent: fc.constant(false),
  urlGlobs: fc.subarray(['https://elsewhere.*', '*/hook', '*?integration=1*']),
  olderThanMs: fc.option(fc.nat({ max: 60 }).map((days) => days * DAY_MS)),
  keep: fc.option(fc.nat({ max: 3 })),
})

test('planPrune deletes only what is managed or allowed, old enough, not the healthy current one, and spares the newest as told', () => {
  fc.assert(
    fc.property(remoteStates(60), criteria, (state, criteria) => {
      const { observed, known, desired } = state
      const current = observed.find((one) => desired !== null && identityOf(one) === identityOf(desired)) ?? null
      const input = { ...PLAN_HEAD, observed, known, current: desired, currentUri: current?.uri ?? null, nowMs: NOW_MS }
      const plan = planPrune({ ...input, criteria, memberUris: { all: [USER], admins: [USER] } })

      const ours = new Set(
        known.filter((one) => one.isActive && one.origin !== 'key_added' && one.account === 'acme').map(({ uri }) => uri),
      )
      const wrong = plan.steps.filter((step) => {
        const named = criteria.urlGlobs.some((glob) => matchesGlob(glob, step.callbackUrl))
        const allowed = named || criteria.includeForeign || ours.has(String(step.uri))
        const sparedCurrent = !named && step.uri === current?.uri && step.state === 'active'
        const ageMs = NOW_MS - Date.parse(String(step.createdAt))
        const tooYoung = criteria.olderThanMs !== null && ageMs <= criteria.olderThanMs
        return step.action !== 'delete' || !allowed || sparedCurrent || tooYoung
      })
      expect(wrong).toEqual([])
      const uris = plan.steps.map(({ uri }) => uri)
      expect(new Set(uris).size).toBe(uris.length)
      expect(planPrune({ ...input, observed: observed.toReversed(), criteria, memberUris: { all: [USER], admins: [USER] } })).toEqual(plan)

      if (criteria.keep === null) return
      const unlimited = planPrune({ ...input, criteria: { ...criteria, keep: null }, memberUris: { all: [USER], admins: [USER] } })
      const onlyKeep = criteria.olderThanMs === null && criteria.urlGlobs.length === 0 && !selectsByFlag(criteria)
      if (onlyKeep) return
      for (const identity of new Set(unlimited.steps.map(identityOf))) {
        const selected = unlimited.steps.filter((step) => identityOf(step) === identity).length
        const deleted = plan.steps.filter((step) => identityOf(step) === identity).length
        expect(deleted).toBe(Math.max(0, selected - criteria.keep))
      }
    }),
    { numRuns: 5_000 },
  )
})

function selectsByFlag({ duplicates, disabled, superseded, creatorGone }: PruneCriteria): boolean {
  return duplicates || disabled || superseded || creatorGone
}
