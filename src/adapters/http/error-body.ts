// What an error answer's body says: Calendly's shape, OAuth's shape, or neither. Without valibot, since the log reads every error with it
// and nothing here is acted upon.

import type { ErrorDetail } from '../../core/errors/errors.ts'
import { isJsonObject, parseJsonText } from './json-text.ts'

const DETAILS_MAX = 50
const TEXT_CHARACTERS_MAX = 2_000

/** The parts that are there, each of the right type. @see RFC 6749 section 5.2 for `error` */
export interface ErrorBody {
  title?: string
  message?: string
  details?: readonly ErrorDetail[]
  requiredScopes?: readonly string[]
  /** OAuth's `error` code. */
  oauthError?: string
}

/** Reads `body`; {} where it is HTML, empty or cut off. */
export function readErrorBody(body: string): Omit<ErrorBody, 'oauthError'> {
  const { oauthError: _oauthError, ...rest } = readAnyErrorBody(body)
  return rest
}

/** Like `readErrorBody`, with OAuth's code. */
export function readAnyErrorBody(body: string): ErrorBody {
  const parsed = parseJsonText(body)
  if (!isJsonObject(parsed)) return {}
  const oauthError = text(parsed['error'])
  const title = text(parsed['title']) ?? oauthError
  const message = text(parsed['message']) ?? text(parsed['error_description'])
  const scopes = parsed['required_scopes']
  const details = parsed['details']
  return {
    ...(title === undefined ? {} : { title }),
    ...(message === undefined ? {} : { message }),
    ...(oauthError === undefined ? {} : { oauthError }),
    ...(Array.isArray(details) ? { details: details.slice(0, DETAILS_MAX).flatMap(detailOf) } : {}),
    ...(Array.isArray(scopes) ? { requiredScopes: scopes.filter((scope) => typeof scope === 'string').slice(0, DETAILS_MAX) } : {}),
  }
}

function detailOf(item: unknown): ErrorDetail[] {
  if (!isJsonObject(item)) return []
  const [parameter, message, code] = [text(item['parameter']), text(item['message']), text(item['code'])]
  if (message === undefined) return []
  return [{ ...(parameter === undefined ? {} : { parameter }), message, ...(code === undefined ? {} : { code }) }]
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, TEXT_CHARACTERS_MAX) : undefined
}
