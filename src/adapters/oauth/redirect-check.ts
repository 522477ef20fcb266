// Judges the parameters of a redirect before its code is used: state first, then iss, then error. Knows no HTTP.

import { next } from '../../core/errors/advice.ts'
import { createHash, timingSafeEqual } from 'node:crypto'

import { CalreconnectError } from '../../core/errors/errors.ts'
import { redirectRefusal } from './refusals.ts'

export type RedirectVerdict = 'accepted' | 'wrong_state' | 'wrong_issuer' | 'no_code'

/**
 * Whether this redirect answers our request. An error of the authorization server is `accepted` too: it is an answer.
 * @param issuer what a present `iss` must equal as a plain string; null: not checked. Calendly sends none, so its absence is no failure.
 * @see RFC 9207 section 2.4
 */
export function judgeRedirect(redirected: URL, state: string, issuer: string | null): RedirectVerdict {
  const parameters = redirected.searchParams
  const states = parameters.getAll('state')
  // Twice the same parameter is an attack or an accident, never an answer: RFC 6749 section 3.1.
  if (states.length !== 1 || !equalInConstantTime(states[0] ?? '', state)) return 'wrong_state'
  const issuers = parameters.getAll('iss')
  if (issuer !== null && issuers.some((iss) => iss !== issuer)) return 'wrong_issuer'
  if (issuers.length > 1) return 'wrong_issuer'
  const codes = parameters.getAll('code')
  const errors = parameters.getAll('error')
  if (errors.length === 1 && errors[0] !== '' && codes.length === 0) return 'accepted'
  return errors.length === 0 && codes.length === 1 && codes[0] !== '' ? 'accepted' : 'no_code'
}

/** The checked parameters. @throws AUTHORIZATION_DENIED, INVALID_SCOPE, OAUTH_REFUSED for `error=`, USAGE for a redirect of another flow */
export function checkRedirect(redirected: URL, state: string, issuer: string): URLSearchParams {
  const verdict = judgeRedirect(redirected, state, issuer)
  switch (verdict) {
    case 'wrong_state':
      throw new CalreconnectError('USAGE', 'The redirect URL belongs to another authorization: its state differs', {
        hint: next('connect'),
      })
    case 'wrong_issuer':
      throw new CalreconnectError('OAUTH_REFUSED', 'The redirect comes from another authorization server: its iss differs', {
        hint: next('connect'),
      })
    case 'no_code':
      throw new CalreconnectError('USAGE', 'The redirect URL holds neither one code nor one error', {
        hint: 'Paste the whole URL that the browser ended at',
      })
    case 'accepted':
      if (redirected.searchParams.has('error')) throw redirectRefusal(redirected.searchParams)
      return redirected.searchParams
    default:
      throw new CalreconnectError('BUG', `Unknown verdict ${String(verdict satisfies never)}`)
  }
}

/** Hashed first, so that neither content nor length shows in the time, and lengths never differ for timingSafeEqual. */
function equalInConstantTime(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
