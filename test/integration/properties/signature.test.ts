import { createHmac, randomBytes } from 'node:crypto'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/secrets/secret.ts'
import { signatureHeader, verifyDelivery } from '../../../src/core/signature/verdict.ts'

const KEY = new Secret('a-key')
const KEYS = [{ key: KEY, source: 'given', account: null, webhookUri: null }] as const
const NOW_MS = 1_700_000_000_000

test('verifyDelivery refuses 100,000 random headers without throwing', () => {
  const rawBody = Buffer.from('{"event":"invitee.created"}')
  const words = fc.constantFrom('t=', 'v1=', 'v0=', ',', '=', ' ', '1700000000', '0'.repeat(64), 'f'.repeat(64), '9'.repeat(400), '\0', 'é')
  const headers = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.array(words, { maxLength: 12 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(headers, (header) => {
      const verdict = verifyDelivery({ rawBody, header, keys: KEYS, nowMs: NOW_MS, toleranceSeconds: 180, diagnose: false })
      return !verdict.valid && JSON.stringify(verdict).includes('reason')
    }),
    { numRuns: 100_000 },
  )
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
