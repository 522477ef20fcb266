// Decisions about tokens: whether one must be refreshed, and what a failed refresh means for the stored pair.
// Whatever happens, credentials are never deleted here.

import type { ErrorCode } from '../errors/errors.ts'
import type { Connection, NeedsConnect, TokenPair } from './model.ts'

/** What an access token must be good for yet when work begins with it: longer than any one request waits. */
export const MIN_VALIDITY_MS = 5 * 60_000

/** Whether the access token must be refreshed before it is used for the next `minValidityMs`. Personal access tokens never are. */
export function needsRefresh(
  connection: Pick<Connection, 'auth' | 'accessToken' | 'tokenExpiresAtMs'>,
  nowMs: number,
  minValidityMs: number,
): boolean {
  if (connection.auth === 'personal_access_token') return false
  if (connection.accessToken === null || connection.tokenExpiresAtMs === null) return true
  return connection.tokenExpiresAtMs - nowMs <= minValidityMs
}

export interface RefreshFailure {
  /** What the OAuth client threw. */
  readonly code: ErrorCode
  /** False only when it is certain that no byte of the request left. */
  readonly requestSent: boolean
  /** The stored pair is another one than the one that was sent: somebody else refreshed meanwhile. */
  readonly rowChanged: boolean
  /** An earlier refresh of this same pair left and its answer was never recorded. */
  readonly earlierInFlight: boolean
  /** The tokens were issued to another OAuth client than the one that asked. */
  readonly clientChanged?: boolean
}

export interface RefreshJudgement {
  readonly kind: 'lost_race' | 'lost_response' | 'revoked' | 'client_changed' | 'invalid_client' | 'refused' | 'rate_limited' | 'unknown'
  readonly keepsTokens: true
  /** How the in-flight row ends; null: it stays open, because the token may have been spent. */
  readonly settle: 'refused' | 'superseded' | 'not_sent' | null
  /** What the connection is marked with; null: nothing. */
  readonly needsConnect: NeedsConnect | null
}

/** Answers which leave no doubt that the refresh token was not spent. */
const REFUSALS: Partial<Record<ErrorCode, RefreshJudgement['kind']>> = {
  INVALID_CLIENT: 'invalid_client',
  RATE_LIMITED: 'rate_limited',
  OAUTH_REFUSED: 'refused',
  INVALID_SCOPE: 'refused',
  AUTHORIZATION_DENIED: 'refused',
}

/**
 * What a failed refresh means.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 for the error codes
 */
export function judgeRefreshFailure(failure: RefreshFailure): RefreshJudgement {
  if (failure.code === 'INVALID_GRANT') return judgeInvalidGrant(failure)
  const kind = REFUSALS[failure.code]
  if (kind !== undefined) return judgement(kind, 'refused')
  // 5xx, timeout, a dropped connection, a captive portal: the server may have rotated before the answer was lost.
  return judgement('unknown', failure.requestSent ? null : 'not_sent')
}

function judgeInvalidGrant({ rowChanged, earlierInFlight, clientChanged }: RefreshFailure): RefreshJudgement {
  if (rowChanged) return judgement('lost_race', 'superseded')
  if (clientChanged === true) return judgement('client_changed', 'refused', 'client_changed')
  if (earlierInFlight) return judgement('lost_response', 'refused', 'lost_response')
  return judgement('revoked', 'refused', 'revoked')
}

function judgement(
  kind: RefreshJudgement['kind'],
  settle: RefreshJudgement['settle'],
  needsConnect: NeedsConnect | null = null,
): RefreshJudgement {
  return { kind, keepsTokens: true, settle, needsConnect }
}

/** What to tell about a pair that is kept although its answer was odd; null: nothing is. */
export function oddPairNote({ oddities = [] }: Pick<TokenPair, 'oddities'>): string | null {
  return oddities.length === 0 ? null : `Calendly's answer with the new tokens is unusual (${oddities.join(', ')}); the tokens are kept`
}
