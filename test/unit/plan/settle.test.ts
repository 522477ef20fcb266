import { expect, test } from 'vitest'

import type { Subscription } from '../../../src/core/calendly/model.ts'
import { settleCreates } from '../../../src/core/plan/settle.ts'
import { HOOK_URL, NOW_MS, OTHER_USER, USER, aSubscription, anUnsettledCreate } from '../../support/builders.ts'

const intent = anUnsettledCreate()
const at = (ms: number) => new Date(NOW_MS + ms).toISOString()
const made = aSubscription('MADE', { createdAt: at(300) })

test.each<[string, Subscription, boolean]>([
  ['created after the request left', made, true],
  ['created in the second before, which the Date header cannot tell', { ...made, createdAt: at(-1_500) }, true],
  ['with its events in another order', { ...made, events: made.events.toReversed() }, true],
  ['at the same URL in another spelling', { ...made, callbackUrl: 'https://HOOKS.example.com/calendly' }, true],
  ['created earlier', { ...made, createdAt: at(-2_500) }, false],
  ['with other events', { ...made, events: ['invitee.created'] }, false],
  ['in another scope', { ...made, scope: 'user', user: 'x' }, false],
  ['at another URL', { ...made, callbackUrl: `${HOOK_URL}/` }, false],
])('settleCreates judges one %s', (_what, subscription, matched) => {
  expect(settleCreates([intent], [subscription])).toEqual([{ intent, subscription: matched ? subscription : null }])
})

test('settleCreates does not match what was there before, or is on record already', () => {
  const before = anUnsettledCreate({ seenBefore: [made.uri] })
  expect(settleCreates([before], [made])).toEqual([{ intent: before, subscription: null }])
  expect(settleCreates([intent], [made], new Set([made.uri]))).toEqual([{ intent, subscription: null }])
})

test('settleCreates prefers the very text that was sent, and gives up where two fit', () => {
  const variant = { ...aSubscription('VARIANT', { createdAt: at(200) }), callbackUrl: 'https://HOOKS.example.com/calendly' }
  expect(settleCreates([intent], [variant, made])).toEqual([{ intent, subscription: made }])
  const other = { ...variant, uri: 'other', callbackUrl: `${HOOK_URL}#x` }
  expect(settleCreates([intent], [variant, other])).toEqual([{ intent, subscription: null }])
})

test('settleCreates gives one subscription to neither of two intents that claim it', () => {
  const rival = anUnsettledCreate({ runId: 'run-2' })
  expect(settleCreates([intent, rival], [made])).toEqual([
    { intent, subscription: null },
    { intent: rival, subscription: null },
  ])
})

test('settleCreates never takes for ours what Calendly says somebody else created, and in doubt looks at the rest', () => {
  const byOther = { ...made, creator: OTHER_USER }
  const byNobody = { ...made, creator: null }
  expect(settleCreates([intent], [byOther], new Set(), USER)).toEqual([{ intent, subscription: null }])
  expect(settleCreates([intent], [byNobody], new Set(), USER)).toEqual([{ intent, subscription: byNobody }])
  expect(settleCreates([intent], [byOther, made], new Set(), USER)).toEqual([{ intent, subscription: made }])
})
