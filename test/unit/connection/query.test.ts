import { expect, test } from 'vitest'

import { resolveConnection } from '../../../src/core/connection/query.ts'
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
  ['ACME-', 'ACCOUNT_UNKNOWN', 'No connected account is called ACME-'],
])('resolveConnection refuses "%s" with %s', (query, code, message) => {
  expect(() => resolveConnection(all, query, null)).toThrow(expect.objectContaining({ code, message }))
})

test('resolveConnection without a query takes the one in use, else the only active one, else the only one', () => {
  const asleep = { ...beta, isActive: false }
  expect(resolveConnection(all, null, 'beta')).toBe(beta)
  expect(resolveConnection([acme, asleep], '', 'gone')).toBe(acme)
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
