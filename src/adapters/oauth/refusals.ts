// Turns error answers of the authorization server into our errors: by OAuth error code and status, never by text.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { ErrorCode } from '../../core/errors/errors.ts'
import { redactBody } from '../../core/secrets/redact.ts'
import { rateLimitDelayMs } from '../../core/calendly/retry.ts'
import type { SecretRegistry } from '../../core/secrets/registry.ts'
import { oneLine } from '../../core/secrets/visible.ts'
import type { ErrorBody } from '../http/error-body.ts'
import type { HttpAnswer } from '../http/http.ts'

const RAW_BODY_CHARACTERS_MAX = 8_192
const PARAMETER_CHARACTERS_MAX = 500

/** RFC 6749 sections 4.1.2.1 and 5.2; every other code is OAUTH_REFUSED. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  access_denied: 'AUTHORIZATION_DENIED',
  invalid_grant: 'INVALID_GRANT',
  invalid_client: 'INVALID_CLIENT',
  invalid_scope: 'INVALID_SCOPE',
  server_error: 'CALENDLY_SERVER_ERROR',
  temporarily_unavailable: 'CALENDLY_SERVER_ERROR',
}

export interface Refused {
  /** What was asked, an infinitive: `refresh the access token`. */
  readonly asked: string
  readonly host: string
  readonly secrets: SecretRegistry
  readonly nowMs: number
}

/** The error for the authorization server's own refusal `said`. */
export function oauthRefusal(answer: HttpAnswer, said: ErrorBody, refused: Refused): CalreconnectError {
  const { asked, host, secrets } = refused
  const kept = {
    status: answer.status,
    ...(said.title === undefined ? {} : { title: secrets.redact(said.title) }),
    ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    rawBody: redactBody(answer.body, answer.headers['content-type'] ?? null, secrets).slice(0, RAW_BODY_CHARACTERS_MAX),
  }
  if (answer.status === 429) {
    const retryAfterSeconds = Math.ceil(rateLimitDelayMs(answer.headers, refused.nowMs) / 1000)
    const message = `Calendly limits token requests: cannot ${asked} for another ${retryAfterSeconds} s`
    return new CalreconnectError('RATE_LIMITED', message, { ...kept, retryAfterSeconds, hint: `Run again in ${retryAfterSeconds} s` })
  }
  if (answer.status >= 500)
    return new CalreconnectError('CALENDLY_SERVER_ERROR', `${host} failed with ${answer.status}, asked to ${asked}`, kept)
  const code = said.oauthError ?? ''
  const because = oneLine(
    secrets.redact(said.message === undefined || said.message === code ? code : `${code}: ${said.message.replace(/\.$/, '')}`),
  )
  // A client that authenticates with a code Calendly does not name is refused with 401.
  const fits = CODES[code] ?? (answer.status === 401 ? 'INVALID_CLIENT' : 'OAUTH_REFUSED')
  return new CalreconnectError(fits, `Calendly refused to ${asked} (${because})`, kept)
}

/** The error for `error=` in a redirect whose state has been checked. @see RFC 6749 section 4.1.2.1 */
export function redirectRefusal(parameters: URLSearchParams): CalreconnectError {
  const code = brief(parameters.get('error') ?? '')
  const description = brief(parameters.get('error_description') ?? '').replace(/\.$/, '')
  const fits = CODES[code] ?? 'OAUTH_REFUSED'
  const because = description === '' ? code : `${code}: ${description}`
  const message =
    fits === 'AUTHORIZATION_DENIED' ? `The authorization was denied (${because})` : `Calendly refused the authorization (${because})`
  return new CalreconnectError(fits, message, { title: code })
}

/** It comes from a URL that anybody may have written. */
function brief(text: string): string {
  return oneLine(text.slice(0, PARAMETER_CHARACTERS_MAX))
}
