// Calendly's OAuth app as the port OAuth has it. The protocol is oauth4webapi's; the requests are our Http's. Stores nothing.

import * as oauth from 'oauth4webapi'

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import { Secret } from '../../core/secrets/secret.ts'
import { judgeAnswer, strangerError } from '../http/authenticity.ts'
import type { Http } from '../http/http.ts'
import { isJsonObject } from '../http/json-text.ts'
import { isLoopbackHost } from '../http/loopback.ts'
import { checkRedirect } from './redirect-check.ts'
import { oauthRefusal } from './refusals.ts'
import { isTokenAnswer, readTokenPair, scopesOf } from './token-answer.ts'

export interface OAuthOptions {
  /** `CALENDLY_AUTH_URL`. Nothing is discovered: classic OAuth at Calendly publishes no metadata. */
  readonly authUrl: URL
  readonly clientId: string
  /** Null: a native client, which sends its id in the body and has PKCE only. */
  readonly clientSecret: Secret | null
  readonly http: Http
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Calendly's answer to a revocation has no member, and to be believed it must be just that. @see CALENDLY post-oauth-revoke */
const isRevoked = (json: unknown): json is Record<string, never> => isJsonObject(json) && Object.keys(json).length === 0
const isIntrospection = (json: unknown): json is Record<string, unknown> => isJsonObject(json) && typeof json['active'] === 'boolean'

export function openOAuth(options: OAuthOptions): OAuth {
  const issuer = options.authUrl.href.replace(/\/$/, '')
  const server: oauth.AuthorizationServer = {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
  }
  const client: oauth.Client = { client_id: options.clientId }
  const authentication = options.clientSecret === null ? oauth.None() : plainBasic(options.clientSecret)
  const ask = <T>(asked: string, isDone: (json: unknown) => json is T, send: (wire: Wire) => Promise<unknown>): Promise<Given<T>> =>
    askServer(options, { asked, isDone }, send)

  return {
    clientId: options.clientId,
    issuer,

    newFlow: () => ({ state: oauth.generateRandomState(), codeVerifier: new Secret(oauth.generateRandomCodeVerifier()) }),

    async authorizeUrl(request) {
      const url = new URL(`${issuer}/oauth/authorize`)
      url.searchParams.set('client_id', options.clientId)
      url.searchParams.set('response_type', 'code')
      url.searchParams.set('redirect_uri', request.redirectUri)
      url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(request.codeVerifier.reveal()))
      url.searchParams.set('code_challenge_method', 'S256')
      url.searchParams.set('state', request.state)
      if (request.scopes !== null) url.searchParams.set('scope', request.scopes.join(' '))
      // Calendly documents spaces as %20; some servers take `+` literally.
      url.search = url.search.replaceAll('+', '%20')
      return url
    },

    async exchange(redirected, request) {
      const parameters = checkRedirect(redirected, request.state, issuer)
      const asked = 'exchange the authorization code'
      const requestedAtMs = options.clock.nowMs()
      options.http.secrets.add(parameters.get('code') ?? '', request.codeVerifier.reveal())
      const { json, status } = await ask(asked, isTokenAnswer, (wire) => {
        const checked = oauth.validateAuthResponse(server, client, parameters, request.state)
        return oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          checked,
          request.redirectUri,
          request.codeVerifier.reveal(),
          wire,
        )
      })
      return readTokenPair(json, { status, requestedAtMs })
    },

    async refresh(refreshToken) {
      const asked = 'refresh the access token'
      const requestedAtMs = options.clock.nowMs()
      const { json, status } = await ask(asked, isTokenAnswer, (wire) =>
        oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken.reveal(), wire),
      )
      return readTokenPair(json, { status, requestedAtMs })
    },

    async revoke(token) {
      // Done also for a token that is unknown: RFC 7009 section 2.2.
      await ask('revoke the token', isRevoked, (wire) => oauth.revocationRequest(server, client, authentication, token.reveal(), wire))
    },

    async introspect(token) {
      const { json } = await ask('introspect the token', isIntrospection, (wire) =>
        oauth.introspectionRequest(server, client, authentication, token.reveal(), wire),
      )
      const { active, exp, scope } = json
      return { active: active === true, scopes: scopesOf(scope), expiresAtMs: momentMs(exp) }
    },
  }
}

/** Of Unix seconds; null for what is no moment that a date can be written for. */
function momentMs(seconds: unknown): number | null {
  return typeof seconds === 'number' && Math.abs(seconds) < 1e11 ? Math.floor(seconds) * 1000 : null
}

type Wire = Pick<oauth.TokenEndpointRequestOptions, typeof oauth.customFetch | typeof oauth.allowInsecureRequests>

/**
 * Basic authentication as Calendly documents it: base64 of `client_id:client_secret`. oauth4webapi's own form-encodes both
 * first (RFC 6749 section 2.3.1), which a server that does not decode them refuses as soon as one holds `-` or `_`.
 */
function plainBasic(clientSecret: Secret): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${client.client_id}:${clientSecret.reveal()}`).toString('base64')}`)
  }
}

interface Given<T> {
  readonly json: T
  readonly status: number
}

/** Sends through our Http, once. Only what is done comes back. @throws the code that fits any other answer, or none */
async function askServer<T>(
  options: OAuthOptions,
  { asked, isDone }: { readonly asked: string; readonly isDone: (json: unknown) => json is T },
  send: (wire: Wire) => Promise<unknown>,
): Promise<Given<T>> {
  const { http, authUrl, clock } = options
  let given: Given<T> | null = null
  let failure: unknown = null
  const ask = async (url: string, init: Sent): Promise<Given<T>> => {
    // Without the caller's signal: a token request that has left is never given up, only bounded by Http's limits.
    const answer = await http.request({ method: 'POST', url: new URL(url), headers: init.headers, body: String(init.body) })
    const judged = judgeAnswer(answer, { done: isDone, errors: 'oauth' })
    if (judged.kind === 'done' && isDone(judged.json)) return { json: judged.json, status: answer.status }
    if (judged.kind !== 'refused') throw strangerError(answer, asked, { secrets: http.secrets, setting: 'CALENDLY_AUTH_URL' })
    throw oauthRefusal(answer, judged.said, { asked, host: authUrl.host, secrets: http.secrets, nowMs: clock.nowMs() })
  }
  const customFetch = async (url: string, init: Sent): Promise<Response> => {
    try {
      given = await ask(url, init)
      // The library only sends: it would refuse a good pair for what is odd around it.
      return new Response(null)
    } catch (error) {
      failure = error
      throw error
    }
  }
  const wire = { [oauth.customFetch]: customFetch, [oauth.allowInsecureRequests]: isLoopbackHost(authUrl.hostname) }
  await send(wire).catch((error: unknown) => {
    throw failure ?? notSent(asked, error)
  })
  if (given === null) throw new CalreconnectError('BUG', `Nothing was asked, to ${asked}`)
  return given
}

interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

/** The library found fault with what it was to send. */
function notSent(asked: string, cause: unknown): CalreconnectError {
  if (cause instanceof CalreconnectError) return cause
  // The library's error may carry secrets: its code is kept, itself it is not.
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return new CalreconnectError('UNEXPECTED_ANSWER', `Cannot ${asked}: the request could not be made${reason}`, { requestSent: false })
}
