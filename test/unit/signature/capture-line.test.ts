import { expect, test } from 'vitest'

import { batchOf } from '../../../src/core/signature/capture.ts'
import {
  captureLine,
  headersToSendOn,
  maskedEmail,
  signatureIn,
  summarizeDelivery,
  withSignature,
} from '../../../src/core/signature/capture-line.ts'

test('signatureIn() finds the header in whatever case, joins several as HTTP does, and tells none from an empty one', () => {
  expect(
    signatureIn([
      ['a', 'b'],
      ['Calendly-Webhook-Signature', 't=1'],
      ['CALENDLY-WEBHOOK-SIGNATURE', 't=2'],
    ]),
  ).toBe('t=1, t=2')
  expect([signatureIn([]), signatureIn([['a', 'b']]), signatureIn([['calendly-webhook-signature', '']])]).toEqual([null, null, ''])
})

test('headersToSendOn() leaves out what belongs to the connection, in whatever case, and the names of HTTP/2', () => {
  const own = ['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'TE', ':path', ':authority'] as const
  const kept = [
    ['Content-Type', 'application/json'],
    ['X-Host', 'h'],
    ['x:y', 'z'],
  ] as const
  expect(headersToSendOn([...own.map((name) => [name, 'x'] as const), ...kept])).toEqual(kept)
})

test.each<[string, ReturnType<typeof summarizeDelivery>]>([
  ['{"event":"invitee.created","payload":{"email":"zoe@example.org"}}', { event: 'invitee.created', invitee: 'z***@example.org' }],
  ['{"event":"invitee.created"}', { event: 'invitee.created', invitee: null }],
  ['{"event":"invitee.created","payload":null}', { event: 'invitee.created', invitee: null }],
  ['{"event":"invitee.created","payload":["email"]}', { event: 'invitee.created', invitee: null }],
  ['{"payload":{"email":"zoe@example.org"}}', { event: null, invitee: 'z***@example.org' }],
  ['null', { event: null, invitee: null }],
  ['"event"', { event: null, invitee: null }],
  ['{', { event: null, invitee: null }],
])('summarizeDelivery() of %s', (text, summary) => {
  expect(summarizeDelivery(Buffer.from(text))).toEqual(summary)
})

test('summarizeDelivery() parses a body of 1 MiB and none that is longer', () => {
  const body = (length: number) => Buffer.from('{"event":"e"}'.padEnd(length))
  expect([summarizeDelivery(body(1_048_576)).event, summarizeDelivery(body(1_048_577)).event]).toEqual(['e', null])
})

test('maskedEmail() shows the last domain of an address only, and no more than a line holds', () => {
  expect([maskedEmail('a@b@c'), maskedEmail(`a@${'x'.repeat(100)}`), maskedEmail('')]).toEqual(['a***@c', `a***@${'x'.repeat(63)}`, '***'])
})

test('batchOf() numbers the deliveries from 0', () => {
  const captures = ['a', 'b'].map((text) => ({ rawBody: Buffer.from(text), header: text }))
  const unreadable = [{ line: 3, why: 'is empty' }]
  expect(batchOf(captures, unreadable)).toEqual({
    total: 2,
    captures: [
      { ...captures[0], at: 0 },
      { ...captures[1], at: 1 },
    ],
    unreadable,
  })
  expect(batchOf([])).toEqual({ total: 0, captures: [], unreadable: [] })
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
