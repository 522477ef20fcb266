import { expect, test } from 'vitest'

import { judgeRefreshFailure, needsRefresh, oddPairNote } from '../../../src/core/connection/token.ts'
import type { RefreshFailure } from '../../../src/core/connection/token.ts'
import { NOW_MS, aConnection } from '../../support/builders.ts'

test.each([
  ['an hour left', aConnection('a'), false],
  ['a millisecond more than asked for', aConnection('a', { tokenExpiresAtMs: NOW_MS + 300_001 }), false],
  ['just what was asked for', aConnection('a', { tokenExpiresAtMs: NOW_MS + 300_000 }), true],
  ['expired', aConnection('a', { tokenExpiresAtMs: NOW_MS - 1 }), true],
  ['no known end', aConnection('a', { tokenExpiresAtMs: null }), true],
  ['no access token', aConnection('a', { accessToken: null }), true],
  ['a personal access token', aConnection('a', { auth: 'personal_access_token', tokenExpiresAtMs: null }), false],
])('needsRefresh with %s', (_what, connection, needed) => {
  expect(needsRefresh(connection, NOW_MS, 300_000)).toBe(needed)
})

const SENT: RefreshFailure = { code: 'INVALID_GRANT', requestSent: true, rowChanged: false, earlierInFlight: false }

test.each<[string, Partial<RefreshFailure>, string, string | null, string | null]>([
  ['invalid_grant and the row changed', { rowChanged: true, earlierInFlight: true }, 'lost_race', 'superseded', null],
  ['invalid_grant and an earlier refresh in flight', { earlierInFlight: true }, 'lost_response', 'refused', 'lost_response'],
  ['invalid_grant and nothing else', {}, 'revoked', 'refused', 'revoked'],
  ['invalid_grant from another client', { clientChanged: true, earlierInFlight: true }, 'client_changed', 'refused', 'client_changed'],
  ['invalid_client', { code: 'INVALID_CLIENT', earlierInFlight: true }, 'invalid_client', 'refused', null],
  ['429', { code: 'RATE_LIMITED' }, 'rate_limited', 'refused', null],
  ['unauthorized_client and its like', { code: 'OAUTH_REFUSED' }, 'refused', 'refused', null],
  ['invalid_scope', { code: 'INVALID_SCOPE' }, 'refused', 'refused', null],
  ['access_denied', { code: 'AUTHORIZATION_DENIED' }, 'refused', 'refused', null],
  ['5xx', { code: 'CALENDLY_SERVER_ERROR' }, 'unknown', null, null],
  ['a timeout', { code: 'TIMEOUT' }, 'unknown', null, null],
  ['a connection lost after sending', { code: 'NETWORK' }, 'unknown', null, null],
  ['a connection that never was', { code: 'NETWORK', requestSent: false }, 'unknown', 'not_sent', null],
  ['a certificate refused', { code: 'TLS', requestSent: false }, 'unknown', 'not_sent', null],
  ['a captive portal', { code: 'UNEXPECTED_ANSWER' }, 'unknown', null, null],
])('judgeRefreshFailure of %s', (_what, differing, kind, settle, needsConnect) => {
  expect(judgeRefreshFailure({ ...SENT, ...differing })).toEqual({ kind, keepsTokens: true, settle, needsConnect })
})

test('oddPairNote names what is odd about an answer, and says nothing of one that is not', () => {
  expect(oddPairNote({ oddities: ['no expires_in', 'token_type mac'] })).toBe(
    "Calendly's answer with the new tokens is unusual (no expires_in, token_type mac); the tokens are kept",
  )
  expect([oddPairNote({ oddities: [] }), oddPairNote({})]).toEqual([null, null])
})
