// What `POST /oauth/token` gave, for whatever it may be wrapped in. By the time it is read the old refresh token is spent, so a usable
// answer is never refused: both tokens are taken first, and what is odd about the rest is told once they are kept.

import type { TokenPair } from '../../core/connection/model.ts'
import { Secret } from '../../core/secrets/secret.ts'
import { isJsonObject } from '../http/json-text.ts'

/** Two hours, as documented; used where an answer does not say. */
const EXPIRES_IN_SECONDS_DEFAULT = 7_200
/** No access token of Calendly's lives that long, and a date can still be written for it. */
const EXPIRES_IN_SECONDS_MAX = 30 * 86_400
const SCOPES_MAX = 200

/**
 * Whether the JSON of a 2xx can be used: both tokens, whatever is said about them. An access token alone must at least not be of
 * another type (RFC 6749 section 7.1): nothing is lost without it.
 */
export function isTokenAnswer(json: unknown): json is Record<string, unknown> {
  if (!isJsonObject(json) || textOf(json['access_token']) === null) return false
  return textOf(json['refresh_token']) !== null || isBearer(json['token_type'] ?? 'bearer')
}

/** The pair in a token answer. @param requestedAtMs by our clock, from before the request left */
export function readTokenPair(
  json: Record<string, unknown>,
  { status, requestedAtMs }: { status: number; requestedAtMs: number },
): TokenPair {
  const odd = oddities(json, status)
  const refreshToken = textOf(json['refresh_token'])
  return {
    accessToken: new Secret(textOf(json['access_token']) ?? ''),
    refreshToken: refreshToken === null ? null : new Secret(refreshToken),
    // By our clock and from before the request left: never later than the truth, and `created_at` is of another clock.
    expiresAtMs: requestedAtMs + (lifetimeSeconds(json['expires_in']) ?? EXPIRES_IN_SECONDS_DEFAULT) * 1000,
    scopes: scopesOf(json['scope']),
    owner: textOf(json['owner']),
    organization: textOf(json['organization']),
    ...(odd.length > 0 ? { oddities: odd } : {}),
  }
}

/** Scope names from a text or a list; RFC 6749 has a text with spaces between them. */
export function scopesOf(scope: unknown): string[] {
  const names = Array.isArray(scope) ? scope.filter((name) => typeof name === 'string') : [typeof scope === 'string' ? scope : '']
  return [...new Set(names.flatMap((name) => name.split(/[\s,]+/)))].filter((name) => name !== '').slice(0, SCOPES_MAX)
}

/** Whole seconds; null for what is no lifetime. A token that would be over at once is none: it would be refreshed for ever. */
function lifetimeSeconds(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number) || number < 1) return null
  return Math.floor(Math.min(number, EXPIRES_IN_SECONDS_MAX))
}

function isBearer(type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'bearer'
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** Names of fields and numbers only: any value may be a secret, or a person's. */
function oddities(json: Record<string, unknown>, status: number): string[] {
  const { expires_in: expiresIn, scope, token_type: type } = json
  const lifetime = lifetimeSeconds(expiresIn)
  const isWhole = typeof expiresIn === 'number' && expiresIn === lifetime
  return [
    ...(status === 200 ? [] : [`status ${status}`]),
    ...(json['id_token'] === undefined ? [] : ['an id_token']),
    ...(scope === undefined || scope === null || typeof scope === 'string' ? [] : ['a scope that is no text']),
    ...(isBearer(type) ? [] : ['no token_type that is known']),
    ...(isWhole ? [] : [lifetime === null ? 'no usable expires_in' : 'an odd expires_in']),
  ]
}
