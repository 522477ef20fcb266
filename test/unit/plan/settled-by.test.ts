import { expect, test } from 'vitest'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { settledBy } from '../../../src/core/plan/settled-by.ts'
import { createStep } from '../../../src/core/plan/steps.ts'
import { aSpec, aSubscription, ORGANIZATION } from '../../support/builders.ts'

const A = 'https://a.example.com/hook'
const B = 'https://b.example.com/hook'
const create = (callbackUrl: string) => createStep(aSpec({ callbackUrl }), 'missing')
const deletes = (...ids: string[]) =>
  planDelete({
    account: 'me',
    organizationUri: ORGANIZATION,
    madeAt: '2026-11-22T12:00:00.000Z',
    targets: ids.map((id) => aSubscription(id, { callbackUrl: `https://${id}.example.com/` })),
  }).steps

test('settledBy names the run that saw to the last place that was left', () => {
  const left = [create(A), create(B)]
  const later = [
    { id: 'one', steps: [create(A)] },
    { id: 'two', steps: [create(B)] },
    { id: 'three', steps: [create(A), create(B)] },
  ]
  expect(settledBy(left, later)).toBe('two')
  expect(settledBy(left, later.slice(2))).toBe('three')
})

test('settledBy knows a place however its URL is written, and a subscription by its URI alone', () => {
  expect(settledBy([create(A)], [{ id: 'one', steps: [create('https://A.example.com:443/hook')] }])).toBe('one')
  const [step] = deletes('x')
  if (step === undefined) throw new Error('planDelete made no step')
  const moved = { ...step, callbackUrl: 'https://elsewhere.example.com/' }
  expect(settledBy([step], [{ id: 'one', steps: [moved] }])).toBe('one')
})

test('settledBy is null while anything is left, and where nothing was', () => {
  expect(settledBy([create(A), create(B)], [{ id: 'one', steps: [create(A)] }])).toBeNull()
  expect(settledBy(deletes('x', 'y'), [{ id: 'one', steps: deletes('x') }])).toBeNull()
  expect(settledBy([create(A)], [])).toBeNull()
  expect(settledBy([], [{ id: 'one', steps: [create(A)] }])).toBeNull()
})
