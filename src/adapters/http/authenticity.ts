// The judge at the door: whether an answer is Calendly's at all. A load balancer, a proxy, a captive portal or an edge answers in its
// place with any status, and a status alone proves nothing: only the shape of the answer does. Knows no resource and sends nothing.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { redactBody } from '../../core/secrets/redact.ts'
import type { SecretRegistry } from '../../core/secrets/registry.ts'
import { oneLine } from '../../core/secrets/visible.ts'
import { type ErrorBody, readAnyErrorBody } from './error-body.ts'
import type { HttpAnswer } from './http.ts'
import { isJsonObject, parseJsonText } from './json-text.ts'

/** How an authentic answer to one request looks. */
export interface Shape {
  /** Of the JSON of a 2xx, or `nothing`: a 204 without a body; `anything`: either of them. */
  readonly done: 'nothing' | 'anything' | ((json: unknown) => boolean)
  /** Whose errors: the API's have a `title`, those of OAuth an `error` code. */
  readonly errors: 'api' | 'oauth'
}

export type Judged =
  | { readonly kind: 'done'; readonly json: unknown }
  | { readonly kind: 'refused'; readonly said: ErrorBody }
  /** Somebody else's. It says nothing of what is so at Calendly. */
  | { readonly kind: 'stranger' }

/** Whose answer it is, and what it says. The only place that looks. */
export function judgeAnswer(answer: HttpAnswer, shape: Shape): Judged {
  if (answer.status >= 200 && answer.status < 300) {
    const isNothing = answer.status === 204 && answer.body === ''
    if (shape.done === 'nothing' || (shape.done === 'anything' && isNothing)) {
      return isNothing ? { kind: 'done', json: null } : { kind: 'stranger' }
    }
    const json = parseJsonText(answer.body)
    const isOfKind = shape.done === 'anything' ? isJsonObject : shape.done
    return json !== undefined && isOfKind(json) ? { kind: 'done', json } : { kind: 'stranger' }
  }
  return isRefusal(answer, shape) ? { kind: 'refused', said: readAnyErrorBody(answer.body) } : { kind: 'stranger' }
}

/** Statuses that only what stands between can have: a proxy's (RFC 9110 section 15.5.8), a captive portal's (RFC 6585 section 6). */
const NEVER_CALENDLYS = new Set([407, 511])

function isRefusal(answer: HttpAnswer, { errors }: Shape): boolean {
  if (answer.status < 400 || NEVER_CALENDLYS.has(answer.status)) return false
  const json = parseJsonText(answer.body)
  const isApiError = isJsonObject(json) && hasApiShape(json)
  const isOAuthError = isJsonObject(json) && hasOAuthShape(json)
  // What body Calendly's 429 has is not known, and the edge's own (with Retry-After) turned the request away before anybody acted on it.
  if (answer.status === 429) return isApiError || isOAuthError || answer.body.trim() === '' || hasRateHeaders(answer)
  if (errors === 'api') return isApiError
  return isOAuthError || (answer.status >= 500 && isApiError)
}

/**
 * `title` with `message`. A problem document (RFC 9457), which gateways answer with, has a title too: its other members tell it apart.
 * @see https://developer.calendly.com/api-docs (errors), and the recorded answers of 2026-05-12
 */
function hasApiShape(json: Record<string, unknown>): boolean {
  const { title, message } = json
  if (typeof title !== 'string' || title === '') return false
  if (typeof message === 'string') return true
  return message === undefined && !['type', 'status', 'detail', 'instance'].some((member) => member in json)
}

/** `error` is a code. Web frameworks put a phrase there: `{"status":404,"error":"Not Found"}`. @see RFC 6749 section 5.2 */
function hasOAuthShape({ error }: Record<string, unknown>): boolean {
  return typeof error === 'string' && /^[a-z][a-z0-9_.-]{0,99}$/.test(error)
}

function hasRateHeaders({ headers }: HttpAnswer): boolean {
  return Object.keys(headers).some((name) => name === 'retry-after' || /^(?:x-)?ratelimit(?:-|$)/.test(name))
}

const RAW_BODY_CHARACTERS_MAX = 8_192
const TITLE_CHARACTERS_MAX = 120
const HEADER_CHARACTERS_MAX = 80

/** The error for a stranger's answer: it names what can be told of who gave it. @param asked an infinitive */
export function strangerError(
  answer: HttpAnswer,
  asked: string,
  { secrets, setting }: { readonly secrets: SecretRegistry; readonly setting: 'CALENDLY_API_URL' | 'CALENDLY_AUTH_URL' },
): CalreconnectError {
  const whole = redactBody(answer.body, answer.headers['content-type'] ?? null, secrets)
  return new CalreconnectError('UNEXPECTED_ANSWER', `Cannot ${asked}: the answer is not Calendly's (${describe(answer, secrets)})`, {
    status: answer.status,
    ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    // Redacted before it is cut: a cut could leave half a secret unrecognised.
    rawBody: whole.slice(0, RAW_BODY_CHARACTERS_MAX),
    hint: `A proxy, a load balancer or a captive portal may answer in its place: check ${setting}, HTTPS_PROXY and the network, then run again`,
  })
}

/** `404, text/html, page "Not Found", server nginx, via 1.1 proxy`: what is there of it. */
function describe(answer: HttpAnswer, secrets: SecretRegistry): string {
  const { headers, status, body } = answer
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';')
  const page = /<title[^<>]*>([^<]{1,1000})/i.exec(body)?.[1]
  const named = (label: string, text: string | undefined, charactersMax: number): string[] => {
    const clean = brief(secrets.redact(text ?? ''), charactersMax)
    return clean === '' ? [] : [label === 'page' ? `page "${clean}"` : `${label} ${clean}`.trim()]
  }
  return [
    `status ${status}`,
    ...named('redirecting to', hostOf(headers['location']), HEADER_CHARACTERS_MAX),
    ...(body.trim() === '' ? ['no body'] : named('', mediaType === '' ? 'no content type' : mediaType, HEADER_CHARACTERS_MAX)),
    ...named('page', page, TITLE_CHARACTERS_MAX),
    ...named('server', headers['server'], HEADER_CHARACTERS_MAX),
    ...named('via', headers['via'], HEADER_CHARACTERS_MAX),
  ].join(', ')
}

/** Where a redirect leads: its path and query may hold anything. */
function hostOf(location: string | undefined): string | undefined {
  if (location === undefined) return undefined
  return URL.canParse(location) ? new URL(location).host : 'a place at the same host'
}

/** On one line, of bounded length. */
function brief(text: string, charactersMax: number): string {
  const line = oneLine(text)
  return line.length > charactersMax ? `${line.slice(0, charactersMax)}…` : line
}
