import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { isIntact, sealOf } from '../../../src/core/plan/seal.ts'

const KEY = new Uint8Array(32).fill(7)
const TEXT = '{"version":1,"plans":[]}\n'
const MAC = sealOf(TEXT, KEY)

test('sealOf is what it was when the plan files of today were written', () => {
  expect(MAC).toBe('64cfe2d56cc4992c0bf676c14fc0347cdbf9942c49456636fbb6df408b06ea17')
})

test('sealOf uses a key of its own, not the one that encrypts the store', () => {
  expect(MAC).not.toBe(createHmac('sha256', KEY).update(TEXT).digest('hex'))
})

test.each<[string, string, Uint8Array, string, boolean]>([
  ['the very text', TEXT, KEY, MAC, true],
  ['a MAC in capitals', TEXT, KEY, MAC.toUpperCase(), true],
  ['a text with one letter more', `${TEXT} `, KEY, MAC, false],
  ['another key', TEXT, new Uint8Array(32).fill(8), MAC, false],
  ['a MAC with another digit', TEXT, KEY, MAC.replace(/.$/, (last) => (last === '0' ? '1' : '0')), false],
  ['a MAC that is cut short', TEXT, KEY, MAC.slice(2), false],
  ['a MAC with more behind it', TEXT, KEY, `${MAC}00`, false],
  ['no MAC', TEXT, KEY, '', false],
  ['a MAC that is no number', TEXT, KEY, 'intact', false],
])('isIntact judges %s', (_what, text, key, mac, intact) => {
  expect(isIntact(text, key, mac)).toBe(intact)
})
