// Which of several failures a diagnosis ends with.

import { expect, test } from 'vitest'
import { about, type Check, failed, found, worstOf } from '../../../src/core/doctor/check.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'

const failure = (code: 'STORE_DAMAGED' | 'NETWORK' | 'NEEDS_CONNECT' | 'PORT_TAKEN') =>
  failed(about(code), new CalreconnectError(code, code))

test('worstOf prefers what stands in the way of the most, whatever the order', () => {
  const all = [failure('PORT_TAKEN'), failure('NEEDS_CONNECT'), failure('STORE_DAMAGED'), failure('NETWORK')]
  expect(worstOf(all)).toMatchObject({ code: 'STORE_DAMAGED', message: 'STORE_DAMAGED, and 3 more checks failed' })
  expect(worstOf(all.slice(0, 2).toReversed())).toMatchObject({ code: 'NEEDS_CONNECT', message: 'NEEDS_CONNECT, and 1 more check failed' })
})

test('worstOf takes no warning for a failure', () => {
  expect(worstOf([found(about('clock'), 'warning', 'behind'), found(about('node'), 'ok', '20')])).toBeNull()
})

test('worstOf counts failures only, and says what mends the worst as it stands there', () => {
  const ok = found(about('node'), 'ok', '20')
  const worst = worstOf([ok, failed(about('network'), new CalreconnectError('NETWORK', 'No way out', { hint: 'Look at the proxy' })), ok])
  expect(worst).toMatchObject({ code: 'NETWORK', message: 'No way out', hint: 'Look at the proxy' })
  expect(worstOf([failure('PORT_TAKEN'), ok])).toMatchObject({ code: 'PORT_TAKEN', message: 'PORT_TAKEN' })
})

test('worstOf knows the exit codes in the order in which they keep people from working', () => {
  const all: Check[] = [failure('STORE_DAMAGED'), failure('NETWORK'), failure('NEEDS_CONNECT'), failure('PORT_TAKEN')]
  for (let left = all; left.length > 0; left = left.slice(1)) {
    expect(worstOf(left.toReversed())?.code).toBe(left[0]?.code)
  }
})

test('worstOf prefers a failure that has an exit code to one that has none', () => {
  const without: Check = { ...failure('NETWORK'), exit: null }
  expect(worstOf([without, failure('PORT_TAKEN')])?.code).toBe('PORT_TAKEN')
  expect(worstOf([{ ...without, code: null }])).toBeNull()
})
