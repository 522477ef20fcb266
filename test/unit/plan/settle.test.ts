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
  ['created at the very edge of that', { ...made, createdAt: at(-2_000) }, true],
  ['created earlier', { ...made, createdAt: at(-2_500) }, false],
  ['with other events', { ...made, events: ['invitee.created'] }, false],
  ['in another scope', { ...made, scope: 'user', user: 'x' }, false],
  ['at another URL', { ...made, callbackUrl: `${HOOK_URL}/` }, false],
])('settleCreates judges one %s', (_what, subscription, matched) => {
  expect(settleCreates([intent], [subscription])).toEqual([{ intent, subscription: matched ? subscription : null, rivals: [] }])
})

test('settleCreates does not match what was there before, or is on record already', () => {
  const before = anUnsettledCreate({ seenBefore: [made.uri] })
  expect(settleCreates([before], [made])).toEqual([{ intent: before, subscription: null, rivals: [] }])
  expect(settleCreates([intent], [made], new Set([made.uri]))).toEqual([{ intent, subscription: null, rivals: [] }])
})

test('settleCreates prefers the very text that was sent, and gives up where two fit', () => {
  const variant = { ...aSubscription('VARIANT', { createdAt: at(200) }), callbackUrl: 'https://HOOKS.example.com/calendly' }
  expect(settleCreates([intent], [variant, made])).toEqual([{ intent, subscription: made, rivals: [] }])
  const other = { ...variant, uri: 'other', callbackUrl: `${HOOK_URL}#x` }
  expect(settleCreates([intent], [variant, other])).toEqual([{ intent, subscription: null, rivals: [] }])
})

test('settleCreates gives the one that two intents may have made to the later, naming the other, since ours it is for certain', () => {
  const rival = anUnsettledCreate({ runId: 'run-2', startedAtMs: NOW_MS - 60_000 })
  expect(settleCreates([intent, rival], [made])).toEqual([
    { intent, subscription: made, rivals: [rival] },
    { intent: rival, subscription: null, rivals: [] },
  ])
  expect(settleCreates([rival, intent], [made])).toEqual([
    { intent: rival, subscription: null, rivals: [] },
    { intent, subscription: made, rivals: [rival] },
  ])
})

test('settleCreates does not mix up two creates at two places, whichever was sent and made first', () => {
  const elsewhere = anUnsettledCreate({ runId: 'run-2', callbackUrl: `${HOOK_URL}/b`, startedAtMs: NOW_MS - 60_000 })
  const madeThere = aSubscription('THERE', { callbackUrl: `${HOOK_URL}/b`, createdAt: at(400) })
  expect(settleCreates([intent, elsewhere], [made, madeThere])).toEqual([
    { intent, subscription: made, rivals: [] },
    { intent: elsewhere, subscription: madeThere, rivals: [] },
  ])
})

test('settleCreates looks at two intents together when one may have made what the other may have made as well', () => {
  const earlier = anUnsettledCreate({ runId: 'run-2', startedAtMs: NOW_MS - 60_000 })
  const first = aSubscription('FIRST', { createdAt: at(-30_000) })
  expect(settleCreates([earlier, intent], [first, made])).toEqual([
    { intent: earlier, subscription: first, rivals: [intent] },
    { intent, subscription: made, rivals: [earlier] },
  ])
})

test('settleCreates gives two to the two intents that may have made either, and none of three', () => {
  const rival = anUnsettledCreate({ runId: 'run-2', startedAtMs: NOW_MS - 60_000 })
  const [second, third] = [aSubscription('SECOND', { createdAt: at(400) }), aSubscription('THIRD', { createdAt: at(500) })]
  expect(settleCreates([rival, intent], [made, second])).toEqual([
    { intent: rival, subscription: made, rivals: [intent] },
    { intent, subscription: second, rivals: [rival] },
  ])
  expect(settleCreates([rival, intent], [made, second, third]).map(({ subscription }) => subscription)).toEqual([null, null])
})

test('settleCreates tells intents for different places and events from each other', () => {
  const elsewhere = anUnsettledCreate({ runId: 'run-2', callbackUrl: `${HOOK_URL}?calreconnect=1` })
  const otherEvents = anUnsettledCreate({ runId: 'run-3', events: ['invitee.created'] })
  expect(settleCreates([intent, elsewhere, otherEvents], [made])).toEqual([
    { intent, subscription: made, rivals: [] },
    { intent: elsewhere, subscription: null, rivals: [] },
    { intent: otherEvents, subscription: null, rivals: [] },
  ])
})

test('settleCreates never takes for ours what Calendly says somebody else created, and in doubt looks at the rest', () => {
  const byOther = { ...made, creator: OTHER_USER }
  const byNobody = { ...made, creator: null }
  expect(settleCreates([intent], [byOther], new Set(), USER)).toEqual([{ intent, subscription: null, rivals: [] }])
  expect(settleCreates([intent], [byNobody], new Set(), USER)).toEqual([{ intent, subscription: byNobody, rivals: [] }])
  expect(settleCreates([intent], [byOther, made], new Set(), USER)).toEqual([{ intent, subscription: made, rivals: [] }])
})
