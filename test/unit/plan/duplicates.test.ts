import { array, assert, constantFrom, property, record, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { duplicateSets } from '../../../src/core/plan/duplicates.ts'
import { aSubscription } from '../../support/builders.ts'

const byUri = (a: Subscription, b: Subscription): number => (a.uri < b.uri ? -1 : 1)

/** As the rule reads, each compared with every kept one before it. */
function asItReads(subscriptions: readonly Subscription[]): string[][] {
  const sets: Subscription[][] = []
  for (const one of subscriptions.toSorted(byUri)) {
    const set = sets.find(([kept]) => kept !== undefined && twice(kept, one))
    if (set === undefined) sets.push([one])
    else set.push(one)
  }
  return sets.filter(({ length }) => length > 1).map((set) => set.map(({ uri }) => uri))
}

function twice(a: Subscription, b: Subscription): boolean {
  const sharesOwner = a.scope === 'organization' || b.scope === 'organization' || identityOf(a) === identityOf(b)
  return sharesOwner && a.events.some((event) => b.events.includes(event))
}

describe('duplicateSets', () => {
  test('duplicateSets of subscriptions at one URL are what comparing each with each finds', () => {
    const EVENTS = ['invitee.created', 'invitee.canceled', 'routing_form_submission.created'] as const
    const one = record({ owner: constantFrom(null, 'U1', 'U2', 'U3'), events: uniqueArray(constantFrom(...EVENTS), { minLength: 1 }) })
    assert(
      property(array(one, { maxLength: 12 }), (drawn) => {
        const subscriptions = drawn.map(({ owner, events }, index) =>
          aSubscription(String.fromCharCode(65 + index), {
            scope: owner === null ? 'organization' : 'user',
            user: owner === null ? null : `https://api.calendly.com/users/${owner}`,
            events,
          }),
        )
        const found = duplicateSets(subscriptions, byUri).map(({ kept, surplus }) => [kept.uri, ...surplus.map(({ uri }) => uri)])
        expect(found).toEqual(asItReads(subscriptions))
      }),
      { numRuns: 200 },
    )
  })
})
