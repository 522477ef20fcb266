import { expect, test } from 'vitest'

import { CalreconnectError, reportError } from '../../../src/core/errors/errors.ts'

test('CalreconnectError has the hint that it is given, else the usual one of its code, else none', () => {
  const own = new CalreconnectError('NOT_CONNECTED', 'Nothing is connected', { hint: 'Do this' })
  const usual = new CalreconnectError('NOT_CONNECTED', 'Nothing is connected')
  const none = new CalreconnectError('PARTIAL', 'Some steps failed')
  expect([own, usual, none].map(({ hint }) => hint)).toEqual(['Do this', 'calreconnect connect', null])
  expect([own.name, own.code, own.exit, own.message, none.exit]).toEqual([
    'CalreconnectError',
    'NOT_CONNECTED',
    'auth',
    'Nothing is connected',
    'partial',
  ])
})

test('CalreconnectError has a cause only where there is one', () => {
  const cause = new Error('why')
  expect(new CalreconnectError('NETWORK', 'No way', { cause }).cause).toBe(cause)
  expect('cause' in new CalreconnectError('NETWORK', 'No way')).toBe(false)
})

test('reportError tells everything of an error but its body, its cause and whether it was sent', () => {
  const answer = {
    status: 403,
    title: 'Permission Denied',
    details: [{ message: 'no' }],
    requiredScopes: ['webhooks:write'],
    requestId: 'r',
    retryAfterSeconds: 7,
  }
  const error = new CalreconnectError('CALENDLY_FORBIDDEN', 'Not allowed', {
    ...answer,
    hint: 'Ask',
    cause: new Error('why'),
    rawBody: 'secret',
    requestSent: true,
  })
  expect(reportError(error)).toEqual({ code: 'CALENDLY_FORBIDDEN', exit: 'refused', message: 'Not allowed', hint: 'Ask', ...answer })
})

test.each([
  [new TypeError('x is undefined'), 'x is undefined'],
  ['thrown text', 'thrown text'],
  [undefined, 'undefined'],
])('reportError calls %j a bug', (thrown, message) => {
  const { hint, ...report } = reportError(thrown)
  expect({ ...report, hint: String(hint) }).toEqual({
    code: 'BUG',
    exit: 'bug',
    message,
    hint: 'Run the same command with --debug and report what it prints',
  })
})
