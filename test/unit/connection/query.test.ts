import { expect, test } from 'vitest'

import { namedInFull, resolveConnection } from '../../../src/core/connection/query.ts'
import { OTHER_USER, USER, aConnection } from '../../support/builders.ts'

const acme = aConnection('acme', { email: 'Ann@Acme.test', userUri: USER })
const acmeEu = aConnection('acme-eu', { email: 'ann@eu.test', userUri: OTHER_USER })
const beta = aConnection('beta', { email: 'acme@beta.test', userUri: null })
const all = [acmeEu, acme, beta]

test.each([
  ['acme', acme],
  [' acme ', acme],
  ['acme-', acmeEu],
  ['b', beta],
  ['ann@acme.TEST', acme],
  ['ANN@e', acmeEu],
  ['ACME', acme],
  ['ACME-', acmeEu],
  ['Be', beta],
  [USER.toUpperCase(), acme],
  [USER, acme],
  ['USER000000000002', acmeEu],
  [OTHER_USER.slice(0, -1) + '2', acmeEu],
])('resolveConnection finds "%s"', (query, found) => {
  expect(resolveConnection(all, query, 'beta')).toBe(found)
})

test.each([
  ['ac', 'ACCOUNT_AMBIGUOUS', 'ac fits acme-eu, acme, beta'],
  ['USER0', 'ACCOUNT_AMBIGUOUS', 'USER0 fits acme-eu, acme'],
  ['gamma', 'ACCOUNT_UNKNOWN', 'No connected account is called gamma'],
  ['amce', 'ACCOUNT_UNKNOWN', 'No connected account is called amce; did you mean acme?'],
  ['BETTA', 'ACCOUNT_UNKNOWN', 'No connected account is called BETTA; did you mean beta?'],
  ['ann@acme.tset', 'ACCOUNT_UNKNOWN', 'No connected account is called ann@acme.tset; did you mean Ann@Acme.test?'],
])('resolveConnection refuses "%s" with %s', (query, code, message) => {
  expect(() => resolveConnection(all, query, null)).toThrow(expect.objectContaining({ code, message }))
})

test('resolveConnection without a query takes the one in use, else the only active one, else the only one', () => {
  const asleep = { ...beta, isActive: false }
  expect(resolveConnection(all, null, 'beta')).toBe(beta)
  expect(resolveConnection([acme, asleep], '', 'gone')).toBe(acme)
  expect(resolveConnection([{ ...acmeEu, isActive: false }, acme], null, null)).toBe(acme)
  expect(resolveConnection([asleep], null, null)).toBe(asleep)
})

test('resolveConnection without a query refuses several, and none', () => {
  expect(() => resolveConnection(all, null, null)).toThrow(
    expect.objectContaining({
      code: 'ACCOUNT_AMBIGUOUS',
      message: '3 accounts are connected and none was named',
      hint: 'Name one with --account, or choose it for good: calreconnect accounts use acme-eu',
    }),
  )
  expect(() => resolveConnection([], 'acme', null)).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }))
})

test('resolveConnection() does not count a connection whose user is not known yet', () => {
  const unfinished = aConnection('~unfinished', { userUri: null, email: null })
  const acme = aConnection('acme')
  expect(resolveConnection([unfinished, acme], null, null)).toBe(acme)
  expect(resolveConnection([unfinished], null, null)).toBe(unfinished)
})

test.each([
  ['composed, asked for decomposed', 'Büro', 'Bu\u0308ro'],
  ['decomposed, asked for in capitals', 'Bu\u0308ro', 'BÜRO'],
  ['with a sharp s', 'Straße', 'STRASSE'],
  ['full width', 'sales', 'ｓａｌｅｓ'],
])('resolveConnection finds a name whatever its case and Unicode form: %s', (_, name, query) => {
  const found = aConnection(name, { email: null, userUri: null })
  expect(resolveConnection([acmeEu, found, beta], query, null)).toBe(found)
})

test('resolveConnection prefers the exact name to one that differs in case, and a name to a handle', () => {
  const [upper, lower] = [aConnection('ACME'), aConnection('acme')]
  expect(resolveConnection([upper, lower], 'acme', null)).toBe(lower)
  expect(() => resolveConnection([upper, lower], 'Acme', null)).toThrow(expect.objectContaining({ code: 'ACCOUNT_AMBIGUOUS' }))
  const named = aConnection('ann@acme.test', { email: null, userUri: null })
  expect(resolveConnection([acme, named], 'ann@acme.test', null)).toBe(named)
})

test('namedInFull takes names, e-mails and URIs, and no prefix', () => {
  expect([namedInFull(all, 'ACME'), namedInFull(all, 'ann@eu.test'), namedInFull(all, USER)]).toEqual([acme, acmeEu, acme])
  expect([namedInFull(all, 'acm'), namedInFull(all, 'b'), namedInFull([], 'acme')]).toEqual([null, null, null])
})

test('resolveConnection prefers a whole handle to the beginning of another, in any case', () => {
  const short = aConnection('one', { email: 'ann@acme.co', userUri: null })
  const long = aConnection('two', { email: 'ann@acme.com', userUri: null })
  for (const stored of [
    [short, long],
    [long, short],
  ]) {
    expect(resolveConnection(stored, 'ann@acme.co', null)).toBe(short)
    expect(resolveConnection(stored, 'ANN@ACME.CO', null)).toBe(short)
    expect(namedInFull(stored, 'Ann@Acme.co')).toBe(short)
    expect(namedInFull(stored, ' ann@acme.co ')).toBe(short)
  }
})

test('resolveConnection prefers the handle as it was written to one that differs in case', () => {
  const [upper, lower] = ['Ann@acme.co', 'ann@acme.co'].map((email, index) => aConnection(`a${index}`, { email, userUri: null }))
  expect(
    resolveConnection(
      [upper, lower].flatMap((one) => one ?? []),
      'ann@acme.co',
      null,
    ),
  ).toBe(lower)
})

test('namedInFull takes none of two that are called so', () => {
  const stored = ['one', 'two'].map((name) => aConnection(name, { email: 'ann@acme.co' }))
  expect(namedInFull(stored, 'ann@acme.co')).toBeNull()
})

test('resolveConnection suggests the name of one that has no e-mail', () => {
  const stored = [aConnection('other', { email: null }), aConnection('acme', { email: null })]
  expect(() => resolveConnection(stored, 'acne', null)).toThrow(
    expect.objectContaining({ message: 'No connected account is called acne; did you mean acme?' }),
  )
})
