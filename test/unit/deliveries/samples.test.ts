import { expect, test } from 'vitest'
import { EVENTS } from '../../../src/core/calendly/events.ts'
import { meaningOfFailure, meaningOfStatus } from '../../../src/core/calendly/receiver-answer.ts'
import { sampleDelivery } from '../../../src/core/calendly/sample-deliveries.ts'
import { captureLine, maskedEmail, summarizeDelivery, withSignature } from '../../../src/core/signature/capture-line.ts'
import { sortedKeys } from '../../support/deliveries.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12, 34, 56, 789)

test.each(EVENTS)('sampleDelivery() of %s is what Calendly sends: envelope, whole seconds, keys in its order', (event) => {
  const sample = sampleDelivery(event, NOW_MS)
  expect([Object.keys(sample ?? {}), sample?.['event'], sample?.['created_at']]).toEqual([
    ['created_at', 'created_by', 'event', 'payload'],
    event,
    '2026-11-22T12:34:56.000000Z',
  ])
  const payload = sample?.['payload']
  expect(Object.keys(Object(payload))).toEqual(Object.keys(Object(sortedKeys(payload))))
})

test('sampleDelivery() knows no other event', () => {
  expect(sampleDelivery('invitee.cancelled', NOW_MS)).toBe(null)
})

test('meaningOfStatus() and meaningOfFailure() say what Calendly would do', () => {
  const outcomes = [200, 204, 299, 300, 301, 308, 400, 404, 410, 429, 500, 503].map((status) => meaningOfStatus(status).outcome)
  expect([outcomes.join(' '), meaningOfFailure('no answer').outcome]).toEqual([
    'delivered delivered delivered retried retried retried retried retried deleted retried retried retried',
    'failed',
  ])
})

test.each([
  ['zoe@example.org', 'z***@example.org'],
  ['a@b', 'a***@b'],
  ['@b', '***'],
  ['none', '***'],
  ['😀x@b', '😀***@b'],
])('maskedEmail() makes %s to %s', (email, masked) => {
  expect(maskedEmail(email)).toBe(masked)
})

test('captureLine() keeps bytes, joins repeated headers and lowers their names', () => {
  const line = captureLine({
    headers: [
      ['X-A', '1'],
      ['x-a', '2'],
    ],
    rawBody: Buffer.from([0xff, 0]),
    receivedAtMs: 0,
  })
  expect(line).toBe('{"received_at":"1970-01-01T00:00:00.000Z","headers":{"x-a":"1, 2"},"body_base64":"/wA="}')
})

test('withSignature() puts one signature in the place of whatever was there', () => {
  expect(
    withSignature(
      [
        ['calendly-webhook-signature', 'old'],
        ['CALENDLY-WEBHOOK-SIGNATURE', 'older'],
        ['a', 'b'],
      ],
      'new',
    ),
  ).toEqual([
    ['a', 'b'],
    ['Calendly-Webhook-Signature', 'new'],
  ])
})

test.each([
  ['', { event: null, invitee: null }],
  ['[]', { event: null, invitee: null }],
  ['{"event":7,"payload":{"email":{}}}', { event: null, invitee: null }],
  [`{"event":"${'x'.repeat(100)}"}`, { event: 'x'.repeat(64), invitee: null }],
])('summarizeDelivery() of %s says no more than is there', (text, summary) => {
  expect(summarizeDelivery(Buffer.from(text))).toEqual(summary)
})
