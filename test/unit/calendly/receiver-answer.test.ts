import { expect, test } from 'vitest'
import { meaningOfFailure, meaningOfStatus } from '../../../src/core/calendly/receiver-answer.ts'

const RETRIES = 'Calendly would try again for 24 hours and then disable the subscription'

test.each([
  [199, 'retried', `199: ${RETRIES}`],
  [200, 'delivered', '200: Calendly would call it delivered'],
  [299, 'delivered', '299: Calendly would call it delivered'],
  [300, 'retried', `300: redirects are not followed; ${RETRIES}. Register the final URL`],
  [399, 'retried', `399: redirects are not followed; ${RETRIES}. Register the final URL`],
  [400, 'retried', `400: ${RETRIES}`],
  [410, 'deleted', '410: Calendly would DELETE the subscription at once, without trying again. A receiver must not answer 410'],
  [500, 'retried', `500: ${RETRIES}`],
])('meaningOfStatus of %i is %s', (status, outcome, message) => {
  expect(meaningOfStatus(status)).toEqual({ outcome, message })
})

test('meaningOfFailure says what kept the answer from coming', () => {
  expect(meaningOfFailure('no answer within 15 s')).toEqual({ outcome: 'failed', message: `no answer within 15 s: ${RETRIES}` })
})
