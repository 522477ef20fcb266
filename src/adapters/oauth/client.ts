// Calendly's OAuth app as the port OAuth has it. The protocol is oauth4webapi's; the requests are our Http's. Stores nothing.

import * as oauth from 'oauth4webapi'
import * as v from 'valibot'

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { TokenPair } from '../../core/connection/model.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Http, HttpAnswer } from '../http/http.ts'
import { isLoopbackHost } from '../http/loopback.ts'
import { checkRedirect } from './redirect-check.ts'
import { oauthRefusal } from './refusals.ts'

export interface OAuthOptions {
  /** `CALENDLY_AUTH_URL`. Nothing is discovered: classic OAuth at Calendly publishes no metadata. */
  readonly authUrl: URL
  readonly clientId: string
  /** Null: a native client, which sends its id in the body and has PKCE only. */
  readonly clientSecret: Secret | null
  readonly http: Http
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Two hours, as documented; used where an answer does not say. */
const EXPIRES_IN_SECONDS_DEFAULT = 7_200

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
  const ask = (asked: string, send: (wire: Wire) => Promise<Response>): Promise<Response> => askServer(options, asked, send)

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
      const response = await ask(asked, (wire) => {
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
      return readTokens(asked, requestedAtMs, () => oauth.processAuthorizationCodeResponse(server, client, response))
    },

    async refresh(refreshToken) {
      const asked = 'refresh the access token'
      const requestedAtMs = options.clock.nowMs()
      const response = await ask(asked, (wire) =>
        oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken.reveal(), wire),
      )
      return readTokens(asked, requestedAtMs, () => oauth.processRefreshTokenResponse(server, client, response))
    },

    async revoke(token) {
      // Any 200 is success, also for a token that is unknown: RFC 7009 section 2.2.
      await ask('revoke the token', (wire) => oauth.revocationRequest(server, client, authentication, token.reveal(), wire))
    },

    async introspect(token) {
      const asked = 'introspect the token'
      const response = await ask(asked, (wire) => oauth.introspectionRequest(server, client, authentication, token.reveal(), wire))
      const answer = await translated(asked, () => oauth.processIntrospectionResponse(server, client, response))
      return {
        active: answer.active,
        scopes: scopesOf(answer.scope),
        expiresAtMs: answer.exp === undefined ? null : answer.exp * 1000,
      }
    },
  }
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

/** Sends through our Http, once. Only a 200 comes back. @throws the code that fits any other answer, or none */
async function askServer(options: OAuthOptions, asked: string, send: (wire: Wire) => Promise<Response>): Promise<Response> {
  let failure: unknown = null
  const customFetch = async (
    url: string,
    init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: unknown },
  ) => {
    try {
      // Without the caller's signal: a token request that has left is never given up, only bounded by Http's limits.
      const answer = await options.http.request({ method: 'POST', url: new URL(url), headers: init.headers, body: String(init.body) })
      if (answer.status !== 200) {
        throw oauthRefusal(answer, { asked, host: options.authUrl.host, secrets: options.http.secrets, nowMs: options.clock.nowMs() })
      }
      return responseOf(answer)
    } catch (error) {
      failure = error
      throw error
    }
  }
  try {
    return await send({ [oauth.customFetch]: customFetch, [oauth.allowInsecureRequests]: isLoopbackHost(options.authUrl.hostname) })
  } catch (error) {
    throw failure ?? unexpected(asked, error)
  }
}

/**
 * As a Response for oauth4webapi. Fields that are null count as absent, and a JSON object counts as JSON whatever its content type:
 * by now a refresh token is spent, so that to refuse the new pair for its wrapping would lose the connection.
 */
function responseOf(answer: HttpAnswer): Response {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), answer.body)
  if (!parsed.success)
    return new Response(answer.body, { status: answer.status, headers: { 'content-type': answer.headers['content-type'] ?? '' } })
  const given = Object.fromEntries(
    Object.entries(parsed.output).filter(([name, value]) => value !== null && !(name === 'refresh_token' && value === '')),
  )
  return new Response(JSON.stringify(given), { status: answer.status, headers: { 'content-type': 'application/json' } })
}

/** What Calendly adds to RFC 6749's token answer. */
const Additions = v.object({
  owner: v.optional(v.nullable(v.string()), null),
  organization: v.optional(v.nullable(v.string()), null),
})

async function readTokens(asked: string, requestedAtMs: number, process: () => Promise<oauth.TokenEndpointResponse>): Promise<TokenPair> {
  const answer = await translated(asked, process)
  const additions = v.safeParse(Additions, answer)
  return {
    accessToken: new Secret(answer.access_token),
    refreshToken: answer.refresh_token === undefined ? null : new Secret(answer.refresh_token),
    // From before the request left, by our clock: never later than the truth, and `created_at` is of another clock.
    expiresAtMs: requestedAtMs + (answer.expires_in ?? EXPIRES_IN_SECONDS_DEFAULT) * 1000,
    scopes: scopesOf(answer.scope),
    owner: additions.success ? additions.output.owner : null,
    organization: additions.success ? additions.output.organization : null,
  }
}

function scopesOf(scope: string | undefined): string[] {
  return (scope ?? '').split(/\s+/).filter((name) => name !== '')
}

async function translated<T>(asked: string, process: () => Promise<T>): Promise<T> {
  try {
    return await process()
  } catch (error) {
    throw unexpected(asked, error)
  }
}

/** A 200 that is not what was asked for: a captive portal, half a JSON, a token answer without a token. */
function unexpected(asked: string, cause: unknown): CalreconnectError {
  if (cause instanceof CalreconnectError) return cause
  // The library's error carries the answer, tokens included: its code is kept, itself it is not.
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return new CalreconnectError('UNEXPECTED_ANSWER', `Asked to ${asked}, the authorization server gave an answer that is none${reason}`, {
    status: 200,
    hint: 'A proxy or a captive portal may answer in its place: check CALENDLY_AUTH_URL and the network',
  })
}
