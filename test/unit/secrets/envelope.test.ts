import { expect, test } from 'vitest'
import { keyIdOf, seal, sealedWith, unseal } from '../../../src/core/secrets/envelope.ts'

const KEY = new Uint8Array(32).fill(1)
const NONCE = new Uint8Array(12).fill(2)
const PLACE = { table: 'connections', row: 'r1', column: 'token' }

test('unseal gives back what seal took, of any length and any characters', () => {
  for (const text of ['', 'a', 'ünïcödé \u0000 🔑', 'x'.repeat(10_000)])
    expect(unseal(seal(text, KEY, NONCE, PLACE), KEY, PLACE)).toEqual({ ok: true, text })
})

test('seal writes version, key id, nonce, ciphertext and tag in this order', () => {
  const envelope = Buffer.from(seal('token', KEY, NONCE, PLACE))
  expect(envelope.subarray(0, 21).toString('hex')).toBe(`01${keyIdOf(KEY)}${'02'.repeat(12)}`)
  expect(envelope.length).toBe(21 + 'token'.length + 16)
})

test('seal is AES-256-GCM: the answer of another implementation (Python cryptography)', () => {
  expect(
    Buffer.from(seal('token', KEY, NONCE, PLACE))
      .subarray(21)
      .toString('hex'),
  ).toBe('73b9a22c2426713380f35e505def32c6c278b4e2fb')
})

test('seal refuses a nonce of another length than 12 bytes', () => {
  expect(() => seal('token', KEY, new Uint8Array(11), PLACE)).toThrow(RangeError)
})

test('keyIdOf is the beginning of the SHA-256 of the key', () => {
  expect(keyIdOf(new Uint8Array(32))).toBe('66687aadf862bd77')
})

test('sealedWith names the key without having it', () => {
  expect(sealedWith(seal('token', KEY, NONCE, PLACE))).toBe(keyIdOf(KEY))
  expect(sealedWith(new Uint8Array(80))).toBe(null)
  expect(sealedWith(new Uint8Array())).toBe(null)
})

test('unseal tells a wrong key from a damaged envelope', () => {
  const envelope = seal('token', KEY, NONCE, PLACE)
  expect(unseal(envelope, new Uint8Array(32).fill(9), PLACE)).toEqual({ ok: false, reason: 'wrong_key' })
})

test('unseal refuses an envelope of any other place', () => {
  const envelope = seal('token', KEY, NONCE, PLACE)
  for (const other of [{ table: 'subscriptions' }, { row: 'r2' }, { column: 'refresh' }])
    expect(unseal(envelope, KEY, { ...PLACE, ...other })).toEqual({ ok: false, reason: 'altered' })
})

test('unseal tells places apart whose parts joined look alike', () => {
  const envelope = seal('token', KEY, NONCE, { table: 'a', row: 'b|c', column: 'd' })
  expect(unseal(envelope, KEY, { table: 'a', row: 'b', column: 'd' })).toEqual({ ok: false, reason: 'altered' })
})

test('unseal refuses every truncation', () => {
  const envelope = seal('token', KEY, NONCE, PLACE)
  for (let length = 0; length < envelope.length; length++) {
    const reason = length < 37 ? 'truncated' : 'altered'
    expect(unseal(envelope.subarray(0, length), KEY, PLACE)).toEqual({ ok: false, reason })
  }
})

test('unseal refuses every flipped bit', () => {
  const envelope = seal('token', KEY, NONCE, PLACE)
  for (let bit = 0; bit < envelope.length * 8; bit++) {
    const flipped = Uint8Array.from(envelope)
    const byte = Math.floor(bit / 8)
    flipped[byte] = (flipped[byte] ?? 0) ^ (1 << (bit % 8))
    const reason = byte === 0 ? 'unknown_version' : byte < 9 ? 'wrong_key' : 'altered'
    expect(unseal(flipped, KEY, PLACE)).toEqual({ ok: false, reason })
  }
})
