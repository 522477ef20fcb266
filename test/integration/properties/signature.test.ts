import { createHmac, randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/secrets/secret.ts'
import { signatureHeader, verifyDelivery } from '../../../src/core/signature/verdict.ts'
import { GIVEN_KEY, HEADER, RAW_BODY } from '../../support/deliveries.ts'
import { fuzzHeaders } from '../../support/fuzzed-headers.ts'

const KEY = new Secret('a-key')
const KEYS = [{ key: KEY, source: 'given', account: null, webhookUri: null }] as const
const NOW_MS = 1_700_000_000_000

test('verifyDelivery judges 100,000 fuzzed headers as an oracle does, and every check of it is reached', () => {
  const { wrong, reasons } = fuzzHeaders(100_000, 7)
  const reached = Object.fromEntries(Object.entries(reasons).map(([reason, times]) => [reason, times >= 1000]))
  expect({ wrong, reached }).toEqual({
    wrong: [],
    reached: {
      ok: true,
      malformed_header: true,
      missing_header: true,
      wrong_key: true,
      too_old: true,
      in_future: true,
      // Of key and body, not of the header: the other tests are for them.
      no_key: false,
      re_serialized_body: false,
      key_encoding: false,
      body_encoding: false,
    },
  })
})

test('verifyDelivery refuses a delivery in which any one bit of body, header or key was turned', () => {
  const rawBody = Buffer.from('{"event":"invitee.created","payload":{"name":"Ada"}}')
  const header = Buffer.from(signatureHeader(rawBody, KEY, NOW_MS / 1000))
  const verdictOf = (body: Buffer, headerBytes: Buffer, key: Buffer) =>
    verifyDelivery({
      rawBody: body,
      header: headerBytes.toString('latin1'),
      keys: [{ ...KEYS[0], key: new Secret(key.toString('latin1')) }],
      nowMs: NOW_MS,
      toleranceSeconds: null,
    }).valid
  const key = Buffer.from(KEY.reveal())
  expect(verdictOf(rawBody, header, key)).toBe(true)
  const passed: string[] = []
  for (const [name, bytes] of Object.entries({ rawBody, header, key })) {
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (verdictOf(rawBody, header, key)) passed.push(`${name} bit ${bit}`)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    }
  }
  expect(passed).toEqual([])
})

test('verifyDelivery refuses a whole delivery in which any one bit of body or header was turned', () => {
  const header = Buffer.from(HEADER)
  const body = Buffer.from(RAW_BODY)
  const isValid = (): boolean =>
    verifyDelivery({
      rawBody: body,
      header: header.toString('latin1'),
      keys: [GIVEN_KEY],
      nowMs: 0,
      toleranceSeconds: null,
      diagnosis: 'none',
    }).valid
  expect(isValid()).toBe(true)
  let passed = 0
  for (const bytes of [body, header]) {
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (isValid()) passed += 1
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    }
  }
  expect(passed).toBe(0)
})

test('signatureHeader agrees with node:crypto for bodies and keys of every size, across the one-shot limit', () => {
  for (const bodyBytes of [0, 1, 63, 64, 1000, 65_524, 65_525, 65_526, 65_536, 10_000_000]) {
    for (const keyBytes of [1, 31, 32, 33, 100]) {
      const body = randomBytes(bodyBytes)
      const key = randomBytes(keyBytes).toString('hex')
      const expected = createHmac('sha256', key).update('1700000000.').update(body).digest('hex')
      expect(signatureHeader(body, new Secret(key), 1_700_000_000)).toBe(`t=1700000000,v1=${expected}`)
    }
  }
})
