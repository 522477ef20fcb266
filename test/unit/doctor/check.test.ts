// Which of several failures a diagnosis ends with.

import { expect, test } from 'vitest'
import { about, failed, found, worstOf } from '../../../src/core/doctor/check.ts'
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
