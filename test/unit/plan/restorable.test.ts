import { expect, test } from 'vitest'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { Plan, Step } from '../../../src/core/plan/model.ts'
import { withRestorable } from '../../../src/core/plan/restorable.ts'
import type { Restorer } from '../../../src/core/plan/restorable.ts'
import { createStep, deleteStep, keepStep, planOf, replaceStep } from '../../../src/core/plan/steps.ts'
import { aSpec, aSubscription, aUserSubscription, GROUP, knownOf, OTHER_USER, PLAN_HEAD, USER } from '../../support/builders.ts'

const organizational = aSubscription('ORG')
const personal = aUserSubscription('MINE')
const theirs = aUserSubscription('THEIRS', { user: OTHER_USER })
const grouped = aSubscription('GROUPED', { scope: 'group', group: GROUP })
const observed = [organizational, personal, theirs, grouped]
const known = observed.map((one) => knownOf(one))
const OWNER: Restorer = { userUri: USER, role: 'owner', grantedScopes: null, observed, known }

function judged(steps: readonly Step[], restorer: Restorer): readonly Step[] {
  return withRestorable(planOf(PLAN_HEAD, steps), restorer).steps
}

test.each<[string, Subscription, Partial<Restorer>, string]>([
  ['can, for an owner, in organization scope', organizational, {}, 'yes'],
  ['can, for an admin, in organization scope', organizational, { role: 'admin' }, 'yes'],
  ['cannot, for a mere user, in organization scope', organizational, { role: 'user' }, 'role_insufficient'],
  ['can, for a mere user, in their own scope', personal, { role: 'user' }, 'yes'],
  ['can, for a mere user, in group scope as far as is known here', grouped, { role: 'user' }, 'yes'],
  ["cannot, for an owner, what is another user's", theirs, {}, 'of_another_user'],
  ['cannot without the OAuth scope of its events', organizational, { grantedScopes: ['webhooks:write'] }, 'scope_missing'],
  ['can with no more than that', organizational, { grantedScopes: ['webhooks:write', 'scheduled_events:read'] }, 'yes'],
  [
    'cannot as it was when its key is not stored',
    organizational,
    { known: [knownOf(organizational, { keyStored: false })] },
    'key_unknown',
  ],
  ['cannot as it was when nothing is on record', organizational, { known: [] }, 'key_unknown'],
  ['cannot when it is not there to be looked at', organizational, { observed: [personal] }, 'key_unknown'],
  ['names the user before the key', theirs, { known: [] }, 'of_another_user'],
  ['names the role before the OAuth scope', organizational, { role: 'user', grantedScopes: [] }, 'role_insufficient'],
  ['names the OAuth scope before the key', organizational, { grantedScopes: [], known: [] }, 'scope_missing'],
])('withRestorable says that restore %s', (_what, old, differing, verdict) => {
  const [deleted, replaced] = [deleteStep(old, 'superseded'), replaceStep(old, aSpec(), 'events_differ')]
  const restorable = verdict === 'yes' ? { restorable: true } : { restorable: false, whyNot: verdict }
  expect(judged([deleted, replaced], { ...OWNER, ...differing })).toEqual([
    { ...deleted, ...restorable },
    { ...replaced, ...restorable },
  ])
})

test('withRestorable leaves alone what deletes nothing', () => {
  const steps = [keepStep(organizational, 'desired'), createStep(aSpec(), 'missing')]
  const plan: Plan = planOf(PLAN_HEAD, steps)
  expect(withRestorable(plan, { ...OWNER, known: [], observed: [] })).toEqual(plan)
})

test('withRestorable judges anew what a file says', () => {
  const step = deleteStep(organizational, 'superseded')
  expect(judged([{ ...step, restorable: false, whyNot: 'key_unknown' }], OWNER)).toEqual([{ ...step, restorable: true }])
  expect(judged([{ ...step, restorable: true }], { ...OWNER, known: [] })).toEqual([{ ...step, restorable: false, whyNot: 'key_unknown' }])
})
