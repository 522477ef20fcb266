import { createHmac } from 'node:crypto'

import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/secrets/secret.ts'
import { judgeDelivery, signatureHeader, verifyDelivery } from '../../../src/core/signature/verdict.ts'
import type { CandidateKey, Delivery } from '../../../src/core/signature/verdict.ts'

const KEY_TEXT = '5mEzn9C-I28UtwOjZJtFoob0sAAFZ95GbZkqj4y3i0I'
const T = 1_700_000_000
const BODY = '{"event":"invitee.created","payload":{"name":"Zoë <zoe@x.test>","n":1}}'
const given: CandidateKey = { key: new Secret(KEY_TEXT), source: 'given', account: null, webhookUri: null }
const stored: CandidateKey = {
  key: new Secret('another'),
  source: 'store',
  account: 'acme',
  webhookUri: 'https://api.calendly.com/webhook_subscriptions/A',
}

function digest(body: string | Buffer = BODY, key: string | Buffer = KEY_TEXT, t: string = String(T)): string {
  return createHmac('sha256', key).update(`${t}.`).update(body).digest('hex')
}

function verify(differing: Partial<Delivery>) {
  const usual: Delivery = {
    rawBody: Buffer.from(BODY),
    header: `t=${T},v1=${digest()}`,
    keys: [stored, given],
    nowMs: T * 1000,
    toleranceSeconds: null,
  }
  return verifyDelivery({ ...usual, ...differing })
}

test('verifyDelivery says which key signed a delivery, and when', () => {
  expect(verify({ nowMs: (T + 10) * 1000 + 999 })).toEqual({
    valid: true,
    reason: 'ok',
    timestamp: '2023-11-14T22:13:20.000Z',
    ageSeconds: 10,
    key: { source: 'given', account: null, webhookUri: null },
    hint: null,
  })
})

test('signatureHeader writes t and v1 as Calendly does', () => {
  expect(signatureHeader(Buffer.from(BODY), given.key, T)).toBe(`t=${T},v1=${digest()}`)
})

test.each([
  ['two v1, the second right', `t=${T},v1=${'0'.repeat(64)},v1=${digest()}`],
  ['v1 before t', `v1=${digest()},t=${T}`],
  ['an unknown scheme', `t=${T},v0=abc,v1=${digest()}`],
  ['white space between the parts', ` t=${T}, v1=${digest()} `],
])('verifyDelivery accepts %s', (_what, header) => {
  expect(verify({ header })).toEqual(expect.objectContaining({ valid: true, reason: 'ok' }))
})

test.each([
  ['no t', `v1=${digest()}`],
  ['no v1', `t=${T}`],
  ['t twice', `t=${T},t=${T},v1=${digest()}`],
  ['t that is no number', `t=1e9,v1=${digest()}`],
  ['a negative t', `t=-5,v1=${digest()}`],
  ['an empty t', `t=,v1=${digest()}`],
  ['t beyond every integer', `t=${'9'.repeat(400)},v1=${digest()}`],
  ['v1 too short', `t=${T},v1=${digest().slice(1)}`],
  ['v1 in capitals', `t=${T},v1=${digest().toUpperCase()}`],
  ['v1 not hex', `t=${T},v1=${'g'.repeat(64)}`],
  ['a wide character in v1', `t=${T},v1=${'é'.repeat(64)}`],
  ['one right v1 and one malformed', `t=${T},v1=${digest()},v1=x`],
  ['an empty part', `t=${T},,v1=${digest()}`],
  ['no equals sign', 'hello'],
  ['more than 8 KiB', `t=${T},v1=${digest()},${'x=y,'.repeat(3_000)}z=z`],
])('verifyDelivery calls a header with %s malformed', (_what, header) => {
  expect(verify({ header })).toEqual({
    valid: false,
    reason: 'malformed_header',
    timestamp: null,
    ageSeconds: null,
    key: null,
    hint: expect.any(String),
  })
})

test.each([
  ['missing_header', { header: null }],
  ['missing_header', { header: '  ' }],
  ['no_key', { keys: [] }],
  ['wrong_key', { keys: [stored] }],
  ['wrong_key', { rawBody: Buffer.from('{"event":"invitee.canceled"}') }],
  ['wrong_key', { header: `t=${T + 1},v1=${digest()}` }],
  ['wrong_key', { rawBody: Buffer.alloc(0) }],
] as const)('verifyDelivery says %s (%#)', (reason, differing) => {
  expect(verify(differing)).toEqual(expect.objectContaining({ valid: false, reason, key: null, hint: expect.any(String) }))
})

test.each([
  [180, 'ok'],
  [181, 'too_old'],
  [-180, 'ok'],
  [-181, 'in_future'],
])('verifyDelivery with a tolerance of 180 s calls an age of %s s %s', (ageSeconds, reason) => {
  const verdict = verify({ nowMs: (T + ageSeconds) * 1000, toleranceSeconds: 180 })
  expect(verdict).toEqual(
    expect.objectContaining({ valid: reason === 'ok', reason, ageSeconds, key: expect.objectContaining({ source: 'given' }) }),
  )
})

test('verifyDelivery takes a tolerance of 0 at its word', () => {
  expect([0, 1].map((age) => verify({ nowMs: (T + age) * 1000, toleranceSeconds: 0 }).reason)).toEqual(['ok', 'too_old'])
})

test('verifyDelivery names no date for a t beyond all dates', () => {
  const t = '9007199254740991'
  const verdict = verify({ header: `t=${t},v1=${digest(BODY, KEY_TEXT, t)}`, toleranceSeconds: 180 })
  expect(verdict).toEqual(expect.objectContaining({ reason: 'in_future', timestamp: null, ageSeconds: T - Number(t) }))
})

const bom = Buffer.from([0xef, 0xbb, 0xbf])
const parsed: unknown = JSON.parse(BODY)

test.each<[string, string | Buffer, string | Buffer]>([
  ['A trailing newline was added', `${BODY}\n`, BODY],
  ['A trailing newline was added', `${BODY}\r\n`, BODY],
  ['A trailing newline was lost', BODY, `${BODY}\n`],
  ['Line ends were turned into CRLF', '{\r\n"a": 1\r\n}', '{\n"a": 1\n}'],
  ['CRLF line ends were turned into LF', '{\n"a": 1\n}', '{\r\n"a": 1\r\n}'],
  ['A BOM was added', Buffer.concat([bom, Buffer.from(BODY)]), BODY],
  ['The BOM was lost', BODY, Buffer.concat([bom, Buffer.from(BODY)])],
  ['compact JSON', JSON.stringify(parsed, null, 2), BODY],
  ['compact JSON with non-ASCII', BODY, BODY.replace('ë', String.raw`\u00eb`)],
  ['compact JSON with <', BODY, BODY.replace('<', String.raw`\u003c`).replace('>', String.raw`\u003e`)],
  ['2 spaces', BODY, JSON.stringify(parsed, null, 2)],
  ['4 spaces', BODY, JSON.stringify(parsed, null, 4)],
  ['tabs', BODY, JSON.stringify(parsed, null, '\t')],
  ['2 spaces, with a trailing newline', BODY, `${JSON.stringify(parsed, null, 2)}\n`],
])('verifyDelivery recognises a re-serialized body: %s (%#)', (hint, received, signed) => {
  expect(verify({ rawBody: Buffer.from(received), header: `t=${T},v1=${digest(signed)}` })).toEqual(
    expect.objectContaining({
      valid: false,
      reason: 're_serialized_body',
      key: { source: 'given', account: null, webhookUri: null },
      hint: expect.stringContaining(hint),
    }),
  )
})

test.each<[string, string, string | Buffer]>([
  ['white space', `${KEY_TEXT}\n`, KEY_TEXT],
  ['hex', 'c0ffee00', Buffer.from('c0ffee00', 'hex')],
  ['base64', 'wP/uAA==', Buffer.from('c0ffee00', 'hex')],
  ['base64', KEY_TEXT, Buffer.from(KEY_TEXT, 'base64url')],
])('verifyDelivery recognises a key that needs its %s undone', (hint, key, signedWith) => {
  const keys = [{ ...given, key: new Secret(key) }]
  expect(verify({ keys, header: `t=${T},v1=${digest(BODY, signedWith)}` })).toEqual(
    expect.objectContaining({ valid: false, reason: 'key_encoding', hint: expect.stringContaining(hint) }),
  )
})

test('verifyDelivery looks for no cause when told not to', () => {
  expect(verify({ rawBody: Buffer.from(`${BODY}\n`), diagnosis: 'none' }).reason).toBe('wrong_key')
})

test('verifyDelivery works on bytes that are no UTF-8, in a view of a larger buffer, and on none', () => {
  const bytes = Buffer.from([1, 2, 0xff, 0xfe, 0x80, 9]).subarray(2, 5)
  expect([bytes, Buffer.alloc(0)].map((rawBody) => verify({ rawBody, header: `t=${T},v1=${digest(rawBody)}` }).reason)).toEqual([
    'ok',
    'ok',
  ])
  expect(verify({ rawBody: bytes }).reason).toBe('wrong_key')
})

test.each([200, 10_000])('verifyDelivery survives JSON nested %s deep', (depth) => {
  expect(verify({ rawBody: Buffer.from('['.repeat(depth) + ']'.repeat(depth)) }).reason).toBe('wrong_key')
})

test('verifyDelivery never mixes up two bodies under the same keys', () => {
  const bodies = ['{"a":1}', '{"a":2}', '{"a":1}']
  const headers = bodies.map((body) => signatureHeader(Buffer.from(body), given.key, T))
  const valid = bodies.flatMap((body) => headers.map((header) => verify({ rawBody: Buffer.from(body), header }).valid))
  expect(valid).toEqual([true, false, true, false, true, false, true, false, true])
})

test.each<[string, Partial<Delivery>, string]>([
  [
    'too old',
    { nowMs: (T + 200) * 1000, toleranceSeconds: 180 },
    'Authentic, but signed 200 s ago where 180 s are allowed: a replay or a late retry; for a captured one give --at, or leave --tolerance out',
  ],
  [
    'in the future',
    { nowMs: (T - 200) * 1000, toleranceSeconds: 180 },
    "Authentic, but signed 200 s in the future where 180 s are allowed: check this machine's clock, or --at",
  ],
  [
    'without a header',
    { header: null },
    'Pass the Calendly-Webhook-Signature header with --signature or --headers; without one in the request, the subscription has no signing key',
  ],
  [
    'without a key',
    { keys: [] },
    'Pass --signing-key-file or --signing-key-stdin, or set CALENDLY_WEBHOOK_SIGNING_KEY: without a key nobody can tell',
  ],
  ['of another key', { keys: [stored] }, 'Signed with another key, or the body was changed: check which subscription delivered it'],
  [
    'whose key is a header, among others',
    { keys: [stored, { ...given, key: new Secret(`t=${T},v1=${digest()}`) }], rawBody: Buffer.alloc(0) },
    'What was given as the key is the signature itself: the signing key belongs to the subscription or the OAuth app',
  ],
  [
    'read as UTF-16, and too old besides',
    { keys: [{ ...given, readAs: 'UTF-16' }], nowMs: (T + 200) * 1000, toleranceSeconds: 180 },
    'The key matches once it is decoded from UTF-16',
  ],
])('verifyDelivery hints at what to do with a delivery %s', (_what, differing, hint) => {
  expect(verify(differing).hint).toBe(hint)
})

test('verifyDelivery keeps the times of a delivery that it refuses', () => {
  expect(verify({ keys: [stored], nowMs: (T + 5) * 1000 })).toEqual({
    valid: false,
    reason: 'wrong_key',
    timestamp: '2023-11-14T22:13:20.000Z',
    ageSeconds: 5,
    key: null,
    hint: expect.any(String),
  })
})

test('verifyDelivery looks neither at the body nor for a new cause when only the likely ones are asked for', () => {
  const rawBody = Buffer.from(`${BODY}\n`)
  const thorough = judgeDelivery({ rawBody, header: `t=${T},v1=${digest()}`, keys: [given], nowMs: T * 1000, toleranceSeconds: null })
  expect([thorough.verdict.reason, thorough.recipe === null]).toEqual(['re_serialized_body', false])
  const likely = thorough.recipe === null ? [] : [thorough.recipe]
  const usual = { rawBody, diagnosis: 'likely' } as const
  expect([verify({ ...usual, likely }).reason, verify(usual).reason]).toEqual(['re_serialized_body', 'wrong_key'])
  expect([verify({ ...usual, rawBody: Buffer.alloc(0) }).hint, verify({ rawBody: Buffer.alloc(0) }).hint]).toEqual([
    'Signed with another key, or the body was changed: check which subscription delivered it',
    'The body is empty: it was read before it was kept, or not at all',
  ])
})

test.each([
  ['8640000000000', '+275760-09-13T00:00:00.000Z'],
  ['8640000000001', null],
])('verifyDelivery of t=%s names the date %s', (t, timestamp) => {
  expect(verify({ header: `t=${t},v1=${digest(BODY, KEY_TEXT, t)}` })).toEqual(expect.objectContaining({ valid: true, timestamp }))
})
