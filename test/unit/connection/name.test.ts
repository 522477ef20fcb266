import { expect, test } from 'vitest'
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check'
import { checkFreeName, checkName, emailFromOutside, fold, nameFromOutside } from '../../../src/core/connection/name.ts'
import { nearest } from '../../../src/core/connection/near-names.ts'
import { aConnection } from '../../support/builders.ts'

test.each([
  ['', 'must not be empty'],
  [' a', 'must not be empty or begin or end with a space'],
  ['-h', 'must not begin with - or ~'],
  ['~unfinished', 'must not begin with - or ~'],
  ['a\u0000b', 'must not have control characters'],
  ['a\u202Eb', 'must not have control characters'],
  ['a\u{FDD0}b', 'must not have control characters'],
  ['a\uD800', 'must not have control characters'],
  ['a'.repeat(100_000), 'has more than 100 characters'],
  ['__proto__', 'is a word that programs keep for themselves'],
  ['Constructor', 'is a word that programs keep for themselves'],
  ['prototype', 'is a word that programs keep for themselves'],
])('checkName refuses %j', (name, reason) => {
  const refused = expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(reason) })
  expect(() => checkName(name)).toThrow(refused)
})

test('checkName says little of a name that is too long', () => {
  expect(() => checkName('a'.repeat(100_000))).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/.{300}/) }))
})

const stored = [
  aConnection('sales', { email: 'Ann@Acme.test', userUri: 'https://api.calendly.com/users/UUUU' }),
  aConnection('Büro', { email: null, userUri: null }),
]

test.each([
  ['sales', 'ACCOUNT_EXISTS'],
  ['SALES', 'ACCOUNT_EXISTS'],
  ['BU\u0308RO', 'ACCOUNT_EXISTS'],
  ['ann@acme.test', 'USAGE'],
  ['https://api.calendly.com/users/UUUU', 'USAGE'],
  ['uuuu', 'USAGE'],
  ['-h', 'USAGE'],
])('checkFreeName refuses %j beside what is stored', (name, code) => {
  expect(() => checkFreeName(name, stored, null)).toThrow(expect.objectContaining({ code }))
})

test('checkFreeName lets a connection have its own e-mail, URI, or its name in another case', () => {
  for (const name of ['Sales', 'ann@acme.test', 'UUUU', 'other']) {
    expect(() => checkFreeName(name, stored, { name: 'sales' })).not.toThrow()
  }
})

test.each([
  ['jane@example.com', 'jane@example.com'],
  ['-h', 'h'],
  ['--help', 'help'],
  ['~unfinished', 'unfinished'],
  ['jane\u0000@example.com', 'jane@example.com'],
  ['\u202Ejane', 'jane'],
  ['  ', 'account'],
  ['', 'account'],
  [null, 'account'],
  ['__proto__', 'account'],
  ['constructor', 'account'],
  ['~-', 'account'],
  ['a'.repeat(100_000), 'a'.repeat(100)],
])('nameFromOutside makes a name of %j', (text, name) => {
  expect(nameFromOutside(text)).toBe(name)
})

test('nameFromOutside gives a name that checkName takes, whatever comes from outside', () => {
  // One code point each: fast-check's strings of any would take seconds.
  const character = integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
  const hostile = array(oneof(character, constantFrom('~', '-', ' ', '\u0000', '\u202E', '\uD83D\uDE00', '\uD800')))
  assert(
    property(
      hostile.map((parts) => parts.join('')),
      (text) => {
        checkName(nameFromOutside(text))
      },
    ),
    { numRuns: 300 },
  )
})

test('emailFromOutside keeps what mail can be', () => {
  expect(emailFromOutside('jane@example.com')).toBe('jane@example.com')
  expect(emailFromOutside(`a\u0000b\u001B[31m${'c'.repeat(100_000)}`)).toMatch(/^ab\[31mc{1,316}$/)
})

test('fold of a folded name is itself', () => {
  assert(
    property(string({ unit: 'grapheme' }), (name) => fold(fold(name)) === fold(name)),
    { numRuns: 300 },
  )
})

test.each([
  ['amce', ['acme', 'beta'], 'acme'],
  ['acm', ['acme', 'beta'], 'acme'],
  ['acmee', ['acme'], 'acme'],
  ['xcme', ['acme'], 'acme'],
  ['ab', ['acme'], null],
  ['completely different', ['acme'], null],
  ['acme', [], null],
  ['a'.repeat(100_000), ['a'.repeat(100_001)], null],
])('nearest to %j among %j', (typed, names, found) => {
  expect(nearest(typed, names)).toBe(found)
})
