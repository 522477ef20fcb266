// Turns an error answer of Calendly's API into our error: by status and shape, never by text.

import { next, type Hint } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { ErrorCode, RemoteAnswer } from '../../core/errors/errors.ts'
import { redactBody } from '../../core/secrets/redact.ts'
import { rateLimitDelayMs } from '../../core/calendly/retry.ts'
import type { SecretRegistry } from '../../core/secrets/registry.ts'
import { oneLine } from '../../core/secrets/visible.ts'
import type { ErrorBody } from '../http/error-body.ts'
import type { HttpAnswer } from '../http/http.ts'

const RAW_BODY_CHARACTERS_MAX = 8_192

/** What every command needs; a hint that named the missing scopes alone would make a token that can do nothing else. */
const USUAL_SCOPES = ['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read']

/** What was asked, in words for the message: `list webhook subscriptions`. */
export type Asked = string

/** The error for Calendly's own refusal `said`. The whole answer stays on it, redacted. */
export function refusal(
  answer: HttpAnswer,
  said: ErrorBody,
  asked: Asked,
  { secrets, refusedHint }: { readonly secrets: SecretRegistry; readonly refusedHint?: string | undefined },
): CalreconnectError {
  const kept = keptAnswer(answer, said, secrets)
  const words = oneLine(secrets.redact(wordsOf(answer, said)))
  const { code, message, hint = code === 'CALENDLY_UNAUTHENTICATED' ? refusedHint : undefined } = judge(answer, said, asked, words)
  return new CalreconnectError(code, message, { ...kept, ...(hint === undefined ? {} : { hint }) })
}

/** The error for a 429 that would have to be waited for too long. */
export function rateLimited(answer: HttpAnswer, asked: Asked, limits: { nowMs: number; maxWaitMs: number }): CalreconnectError {
  const seconds = Math.ceil(rateLimitDelayMs(answer.headers, limits.nowMs) / 1000)
  return new CalreconnectError(
    'RATE_LIMITED',
    `Calendly limits requests: cannot ${asked} for another ${seconds} s, and --max-wait allows ${limits.maxWaitMs / 1000} s`,
    {
      status: 429,
      retryAfterSeconds: seconds,
      hint: `Run again in ${seconds} s, or pass --max-wait ${Math.max(seconds, 60)}`,
      ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    },
  )
}

interface Judgement {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: Hint
}

function judge(answer: HttpAnswer, said: ErrorBody, asked: Asked, words: string): Judgement {
  const because = `: ${words}`
  switch (answer.status) {
    case 400:
      return { code: 'CALENDLY_BAD_REQUEST', message: `Calendly found the request to ${asked} invalid${because}` }
    case 401:
      return { code: 'CALENDLY_UNAUTHENTICATED', message: `Calendly did not accept the access token${because}` }
    case 403:
      return forbidden(said, asked, because)
    case 404:
    case 410:
      return { code: 'CALENDLY_NOT_FOUND', message: `Calendly has nothing there, asked to ${asked}${because}` }
    case 409:
      return { code: 'CALENDLY_CONFLICT', message: `Calendly refused to ${asked}, since there is one already${because}` }
    case 429:
      return { code: 'RATE_LIMITED', message: `Calendly limits requests: cannot ${asked}${because}` }
    default:
      return answer.status >= 500
        ? { code: 'CALENDLY_SERVER_ERROR', message: `Calendly failed with ${answer.status}, asked to ${asked}${because}` }
        : { code: 'CALENDLY_REFUSED', message: `Calendly refused to ${asked}${because}` }
  }
}

function forbidden(said: ErrorBody, asked: Asked, because: string): Judgement {
  const scopes = said.requiredScopes ?? []
  if (scopes.length === 0) return { code: 'CALENDLY_FORBIDDEN', message: `Calendly refused to ${asked}${because}` }
  return {
    code: 'CALENDLY_INSUFFICIENT_SCOPE',
    message: `The access token may not ${asked}: it lacks the scope${scopes.length > 1 ? 's' : ''} ${scopes.join(', ')}`,
    hint: next('connect', '--force', '--oauth-scope', [...new Set([...USUAL_SCOPES, ...scopes])].join(' ')),
  }
}

/** Calendly's own words with its details. */
function wordsOf(answer: HttpAnswer, said: ErrorBody): string {
  const title = said.message ?? said.title ?? `status ${answer.status} without a text`
  const details = (said.details ?? []).map((detail) =>
    detail.parameter === undefined ? detail.message : `${detail.parameter} ${detail.message}`,
  )
  return [title.replace(/\.$/, ''), ...(details.length > 0 ? [details.join(', ')] : [])].join(': ')
}

function keptAnswer(answer: HttpAnswer, said: ErrorBody, secrets: SecretRegistry): RemoteAnswer {
  return {
    status: answer.status,
    ...(said.title === undefined ? {} : { title: secrets.redact(said.title) }),
    ...(said.details === undefined
      ? {}
      : { details: said.details.map((detail) => ({ ...detail, message: secrets.redact(detail.message) })) }),
    ...(said.requiredScopes === undefined ? {} : { requiredScopes: said.requiredScopes }),
    ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    // Redacted before it is cut: a cut could leave half a secret unrecognised.
    rawBody: redactBody(answer.body, answer.headers['content-type'] ?? null, secrets).slice(0, RAW_BODY_CHARACTERS_MAX),
  }
}
