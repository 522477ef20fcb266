import { expect, test } from 'vitest'
import {
  connectCommand,
  connectNeeded,
  differentUser,
  needsConnect,
  UNFINISHED,
  unreadableTokens,
} from '../../../src/core/connection/usable.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { aConnection } from '../../support/builders.ts'

const works = aConnection('robin', { accessToken: new Secret('t'), needsConnect: null, isActive: true, clientId: 'C1' })

test.each([
  ['one that works', {}, false],
  ['one that was revoked', { needsConnect: 'revoked' }, true],
  ['one that is disconnected', { isActive: false }, true],
  ['one without tokens', { accessToken: null }, true],
] as const)('needsConnect of %s: %s', (_what, more, needs) => {
  expect(needsConnect({ ...works, ...more })).toBe(needs)
})

test.each([
  [
    'lost_response',
    'The answer to an earlier token refresh of robin was lost, and Calendly accepts a refresh token only once',
    'calreconnect connect --name robin',
  ],
  ['revoked', 'Calendly refused the refresh token of robin: the authorization was revoked', 'calreconnect connect --name robin'],
  [
    'client_changed',
    'The tokens of robin were issued to another OAuth app (C1) than CALENDLY_CLIENT_ID names',
    'Set CALENDLY_CLIENT_ID=C1 again, or run calreconnect connect --name robin',
  ],
  [null, 'The connection robin is disconnected: it has no tokens', 'calreconnect connect --name robin'],
] as const)('connectNeeded for %s says why, and what mends it', (reason, message, hint) => {
  expect(connectNeeded({ ...works, needsConnect: reason })).toMatchObject({ code: 'NEEDS_CONNECT', message, hint })
})

test('connectNeeded keeps its cause, and knows nothing of an app that was never told', () => {
  const cause = new Error('x')
  expect(connectNeeded(works, cause).cause).toBe(cause)
  expect(connectNeeded(works).cause).toBe(undefined)
  const error = connectNeeded({ ...works, needsConnect: 'client_changed', clientId: null })
  expect([error.message, error.hint]).toEqual([
    'The tokens of robin were issued to another OAuth app (unknown) than CALENDLY_CLIENT_ID names',
    'calreconnect connect --name robin',
  ])
})

test('connectCommand of one that was never finished names nobody', () => {
  expect([String(connectCommand(UNFINISHED)), String(connectCommand('a b'))]).toEqual([
    'calreconnect connect',
    "calreconnect connect --name 'a b'",
  ])
})

test.each([
  [aConnection('robin', { email: 'r@a.example' }), 'x@a.example', 'The connection robin belongs to r@a.example, and x@a.example signed in'],
  [aConnection('robin', { email: null, userUri: 'U' }), null, 'The connection robin belongs to U, and somebody else signed in'],
  [aConnection('robin', { email: null, userUri: null }), null, 'The connection robin belongs to another user, and somebody else signed in'],
])('differentUser names both', (stored, newcomer, message) => {
  expect(differentUser(stored, newcomer)).toMatchObject({ code: 'ACCOUNT_DIFFERS', message })
})

test('unreadableTokens tells of the token that cannot be read, whichever it is', () => {
  const [first, second] = [new Error('first'), new Error('second')]
  const bad = (error: Error) => Secret.unreadable(error)
  expect([
    unreadableTokens(works),
    unreadableTokens({ ...works, accessToken: null, refreshToken: null }),
    unreadableTokens({ ...works, accessToken: bad(first), refreshToken: bad(second) }),
    unreadableTokens({ ...works, accessToken: new Secret('t'), refreshToken: bad(second) }),
  ]).toEqual([null, null, first, second])
})

test('connectNeeded has no cause where there was none, and differentUser knows of a connection that is not stored', () => {
  expect(Object.hasOwn(connectNeeded(works), 'cause')).toBe(false)
  expect(differentUser(null, 'x@a.example').message).toBe('The connection  belongs to another user, and x@a.example signed in')
})
