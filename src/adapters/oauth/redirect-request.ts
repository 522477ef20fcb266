// Decides what a request at the loopback port is: the redirect that is waited for, or something to refuse. Pure.

import { judgeRedirect } from './redirect-check.ts'

export interface Expected {
  /** With the port that is listened on. */
  readonly redirectUri: URL
  readonly state: string
  /** Null: a present `iss` is not compared. */
  readonly issuer: string | null
}

export interface Received {
  readonly method: string
  /** The request target as it stands. */
  readonly target: string
  readonly hosts: readonly string[]
}

export type RejectKind = 'favicon' | 'host' | 'path' | 'method' | 'state' | 'issuer' | 'parameters' | 'used' | 'malformed'

export type Judgement =
  | { readonly accepted: true; readonly url: URL }
  | { readonly accepted: false; readonly kind: RejectKind; readonly status: number; readonly text: string }

/** Host before path before method before parameters; of the parameters, `state` before anything else. */
export function judgeRequest(received: Received, expected: Expected): Judgement {
  const { redirectUri } = expected
  // A page of another site that had its name pointed at 127.0.0.1 (DNS rebinding) is known by its Host.
  if (received.hosts.length !== 1 || received.hosts[0]?.toLowerCase() !== redirectUri.host) {
    return reject('host', 421, 'A request came for another host than the redirect URI names')
  }
  const url = targetUrl(received.target, redirectUri)
  if (url === null) return reject('malformed', 400, 'A request came whose target is no path')
  if (url.pathname === '/favicon.ico' && redirectUri.pathname !== '/favicon.ico') return reject('favicon', 404, 'There is no icon here')
  if (url.pathname !== redirectUri.pathname) return reject('path', 404, 'A request came for another path than the redirect URI names')
  if (received.method !== 'GET') return reject('method', 405, 'A request came with another method than GET')
  const verdict = judgeRedirect(url, expected.state, expected.issuer)
  switch (verdict) {
    case 'accepted':
      return { accepted: true, url }
    case 'wrong_state':
      return reject('state', 400, 'A redirect came whose state is missing or wrong: it belongs to another authorization, or is forged')
    case 'wrong_issuer':
      return reject('issuer', 400, 'A redirect came from another authorization server: its iss is wrong')
    case 'no_code':
      return reject('parameters', 400, 'A redirect came that holds neither one code nor one error')
    default:
      return verdict satisfies never
  }
}

export function reject(kind: RejectKind, status: number, text: string): Judgement & { accepted: false } {
  return { accepted: false, kind, status, text }
}

/** Only the origin form, `/path?query`: an absolute target or `//host/path` would name another host than was checked. */
function targetUrl(target: string, redirectUri: URL): URL | null {
  if (!target.startsWith('/') || target.startsWith('//') || !URL.canParse(target, redirectUri.origin)) return null
  return new URL(target, redirectUri.origin)
}
