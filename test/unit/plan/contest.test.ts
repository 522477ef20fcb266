import { expect, test } from 'vitest'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import { CONTESTED_FROM, lostAt } from '../../../src/core/plan/contest.ts'
import type { KnownSubscription } from '../../../src/core/plan/model.ts'
import { aSpec, aSubscription, knownOf } from '../../support/builders.ts'

const gone = aSubscription('GONE', { callbackUrl: 'https://HOOKS.example.com:443/calendly' })
const there = aSubscription('THERE')
const PLACE = identityOf(aSpec())

test.each<[string, KnownSubscription, boolean]>([
  ['one that was made here and is gone, however its URL is written', knownOf(gone), true],
  ['one that is there', knownOf(there), false],
  ['one that is there now and was found replaced before', knownOf(there, { displaced: true }), true],
  ['one that was deleted here', knownOf(gone, { isActive: false }), false],
  ['one that was found replaced, and is let go since', knownOf(gone, { isActive: false, displaced: true }), true],
  ["somebody else's, of which only the key is known", knownOf(gone, { origin: 'key_added' }), false],
  ['one that is gone elsewhere', knownOf({ ...gone, callbackUrl: 'https://old.example.com/' }), false],
  ['one that was found replaced elsewhere', knownOf({ ...gone, callbackUrl: 'https://old.example.com/' }, { displaced: true }), false],
])('lostAt judges %s', (_what, known, lost) => {
  expect(lostAt(PLACE, [known], [there])).toEqual(lost ? [known] : [])
})

test('lostAt gives all of them, so that it can be said how often it happened', () => {
  const times = [knownOf(gone), knownOf(there), knownOf(gone, { isActive: false, displaced: true })]
  expect(lostAt(PLACE, times, [there])).toEqual([times[0], times[2]])
  expect(CONTESTED_FROM).toBe(2)
})
