import { expect, test } from 'vitest'
import { nearest } from '../../../src/core/connection/near-names.ts'

test.each([
  ['a letter left out', 'ace', ['acme'], 'acme'],
  ['a letter too many', 'accme', ['acme'], 'acme'],
  ['another letter', 'acne', ['acme'], 'acme'],
  ['two neighbours exchanged at the beginning', 'came', ['acme'], 'acme'],
  ['two neighbours exchanged at the end', 'acem', ['acme'], 'acme'],
  ['another case', 'ACNE', ['Acme'], 'Acme'],
  ['what another differs from by more', 'acne', ['acmea', 'acme'], 'acme'],
  ['the first of two that are as near', 'acre', ['acme', 'acne'], 'acme'],
  ['three letters of ten', 'prxdxctxon', ['production'], 'production'],
])('nearest sees through %s', (_what, typed, names, name) => {
  expect(nearest(typed, names)).toBe(name)
})

test.each([
  ['two changes in four letters', 'xyme', 'acme'],
  ['two exchanges in four letters', 'caem', 'acme'],
  ['an exchange of letters that are no neighbours', 'emca', 'acme'],
  ['an exchange and a change', 'cafe', 'acme'],
  ['four changes in twelve letters', 'production-a', 'bcdeuction-a'],
  ['a text of two letters', 'ac', 'abc'],
  ['nothing', '', 'a'],
])('nearest does not take %s for a slip', (_what, typed, name) => {
  expect(nearest(typed, [name])).toBeNull()
})

test('nearest looks at names of 100 letters, and at none that are longer', () => {
  const [whole, tooLong] = ['a'.repeat(100), 'a'.repeat(101)]
  expect(nearest(`${'a'.repeat(99)}b`, [whole])).toBe(whole)
  expect(nearest(tooLong, [whole])).toBeNull()
  expect(nearest(whole, [tooLong])).toBeNull()
})
