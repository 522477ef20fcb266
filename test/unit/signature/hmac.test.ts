import { createHmac } from 'node:crypto'

import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/secrets/secret.ts'
import { HmacSlate, SignedBody } from '../../../src/core/signature/hmac.ts'

const expected = (key: string | Buffer, timestamp: string, body: Buffer) =>
  createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex')

const KEYS = ['k', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), 'ключ'.repeat(40)]
const LENGTHS = [0, 1, 55, 64, 65_523, 65_524, 65_525, 65_526, 70_000]

test.each(KEYS)('SignedBody and HmacSlate make the HMAC of RFC 2104 under "%s", whatever the length of the body', (text) => {
  const key = new Secret(text)
  const slate = new HmacSlate(key)
  for (const length of LENGTHS) {
    const body = Buffer.alloc(length, 'é')
    const signed = new SignedBody('1700000000', body)
    expect([length, signed.byteLength]).toEqual([length, 11 + length])
    expect([length, signed.hmac(key).toString('hex')]).toEqual([length, expected(text, '1700000000', body)])
    expect(signed.hmacOfBytes(Buffer.from(text, 'utf8')).toString('hex')).toBe(expected(text, '1700000000', body))
    if (length > 65_000) continue
    const source = Buffer.from('{"t":1700000000}')
    slate.begin(source, 5, 15)
    body.copy(slate.bytes, slate.bodyAt)
    expect([length, slate.digest(length).toString('hex')]).toEqual([length, expected(text, '1700000000', body)])
  }
})

test('SignedBody lays a body out anew after another one, under whichever key', () => {
  const [one, two] = ['a', 'longer'].map((text) => new SignedBody('1', Buffer.from(text)))
  const [first, second] = [new Secret('first'), new Secret('second')]
  const digests = [one, two, one, one].flatMap((signed, index) => {
    const digest = signed?.hmac(index < 2 ? first : second)
    return digest === undefined ? [] : [digest.toString('hex')]
  })
  expect(digests).toEqual([
    expected('first', '1', Buffer.from('a')),
    expected('first', '1', Buffer.from('longer')),
    expected('second', '1', Buffer.from('a')),
    expected('second', '1', Buffer.from('a')),
  ])
})
