// What makes two subscriptions the same one: callback URL (normalised), scope and owner. Events are not part of it.
// Must not know how Calendly compares callback URLs (exactly, as far as anybody saw): that is the executor's business.

import { CalreconnectError } from '../errors/errors.ts'
import { fleetingHost } from './callback-host.ts'
import type { Definition } from './model.ts'

/**
 * The URL as WHATWG writes it: lower-case scheme and host, no default port, `/` for an empty path. The query stays as it is.
 * The fragment goes, because no HTTP request carries it. Text that is no URL is its own normal form.
 * @see https://url.spec.whatwg.org/#concept-url-serializer
 */
export function normalizeUrl(url: string): string {
  if (!URL.canParse(url)) return url
  const parsed = new URL(url)
  // Setting it serialises anew, which audits of thousands of URLs would notice.
  if (url.includes('#')) parsed.hash = ''
  return parsed.href
}

/** Equal for two subscriptions exactly when they are at the same URL, in the same scope, for the same owner. */
export function identityOf(of: Definition): string {
  return `${of.scope} ${of.organization} ${ownerOf(of)} ${normalizeUrl(of.callbackUrl)}`
}

/** The last path segment of a resource URI. */
export function idOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1)
}

/** Whether two lists name the same events, in whatever order and however often. */
export function sameEvents(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a)
  const right = new Set(b)
  return left.size === right.size && [...left].every((event) => right.has(event))
}

/** What somebody insists on. */
export interface CallbackUrlOptions {
  readonly allowHttp: boolean
  readonly allowEphemeralHost: boolean
}

/** What stands for a token where a URL was shown (secrets/visible.ts). */
const MASK = '=[secret]'

const FLEETING = {
  tunnel: 'is a tunnel or a request bin, which does not live long',
  loopback: 'is this machine, which Calendly does not reach',
  private: 'is in a private network, which Calendly does not reach',
} as const

/**
 * The callback URL as it was given, once it is fit to be registered.
 * @throws INVALID_URL when it is not an absolute http(s) URL, or carries a user name or a fragment
 * @throws INSECURE_URL when it is plain http and that was not allowed
 * @throws EPHEMERAL_HOST when it is a tunnel, this machine or a private network and that was not allowed
 */
export function checkCallbackUrl(text: string, options: CallbackUrlOptions): string {
  if (!URL.canParse(text)) throw invalidUrl(text, 'is not an absolute URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalidUrl(text, 'is neither https nor http')
  if (url.username !== '' || url.password !== '') throw invalidUrl(redacted(url), 'carries a user name or password')
  if (url.hash !== '') throw invalidUrl(text, 'has a fragment, which no delivery would carry')
  if (text.includes(MASK)) throw invalidUrl(text, 'is masked: a token that belongs into it was not shown (--show-secrets shows it)')
  if (url.protocol === 'http:' && !options.allowHttp) {
    throw new CalreconnectError('INSECURE_URL', `Callback URL ${text} is plain http`)
  }
  const fleeting = options.allowEphemeralHost ? null : fleetingHost(text)
  if (fleeting !== null) {
    throw new CalreconnectError('EPHEMERAL_HOST', `Callback URL ${text} ${FLEETING[fleeting]}`)
  }
  return text
}

function ownerOf(of: Definition): string {
  switch (of.scope) {
    case 'organization':
      return of.organization
    case 'user':
      return String(of.user)
    case 'group':
      return String(of.group)
    default:
      // Whose an unknown scope is, nobody knows: everything that it may go by.
      return `${of.user ?? ''} ${of.group ?? ''}`
  }
}

function invalidUrl(text: string, what: string): CalreconnectError {
  return new CalreconnectError('INVALID_URL', `Callback URL ${text} ${what}`, {
    hint: 'Use an absolute URL such as https://example.com/calendly',
  })
}

function redacted(url: URL): string {
  const copy = new URL(url)
  copy.username = ''
  copy.password = ''
  return copy.href
}
