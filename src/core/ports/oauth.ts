// Calendly's OAuth server, and the redirect that comes back from it, as operations need them.

import type { AppWanted } from '../connection/app.ts'
import type { TokenPair } from '../connection/model.ts'
import type { Secret } from '../secrets/secret.ts'

export interface AuthorizeRequest {
  readonly redirectUri: string
  readonly state: string
  readonly codeVerifier: Secret
  /** Null: send no scope parameter at all (apps from before scopes). */
  readonly scopes: readonly string[] | null
}

/** Opens the OAuth app that is meant. @throws SETTING_MISSING when none is known, or its secret is not */
export type OpenOAuth = (wanted?: AppWanted) => Promise<OAuth>

/** An OAuth app (client) as it is talked to. */
export interface OAuth {
  readonly clientId: string
  /** The issuer that an `iss` response parameter must equal (RFC 9207). */
  readonly issuer: string
  /** A fresh PKCE verifier and state. */
  newFlow(): { readonly state: string; readonly codeVerifier: Secret }
  authorizeUrl(request: AuthorizeRequest): Promise<URL>
  /**
   * Checks the redirect's parameters (state, iss, error) and exchanges its code. @throws AUTHORIZATION_DENIED,
   * INVALID_GRANT, INVALID_CLIENT, INVALID_SCOPE, OAUTH_REFUSED, RATE_LIMITED, UNEXPECTED_ANSWER, NETWORK …
   */
  exchange(redirected: URL, request: AuthorizeRequest): Promise<TokenPair>
  /** One `POST /oauth/token` with grant_type=refresh_token: never retried, never aborted once sent. @throws as `exchange` */
  refresh(refreshToken: Secret): Promise<TokenPair>
  /** RFC 7009. 200 for an unknown token too. @throws OAUTH_REFUSED when the client may not revoke */
  revoke(token: Secret): Promise<void>
  /** RFC 7662. @throws INVALID_CLIENT where a native client may not ask */
  introspect(token: Secret): Promise<{ readonly active: boolean; readonly scopes: readonly string[]; readonly expiresAtMs: number | null }>
}

/** The page at the redirect URI: open only while somebody is expected. */
export interface RedirectListener {
  /**
   * Resolves with the redirected URL whose state matched. The browser is kept waiting until `answer` is called.
   * @throws AUTHORIZATION_TIMEOUT, INTERRUPTED
   */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<Redirected>
  /** Closes the port at once, idle connections included. */
  close(): Promise<void>
}

export interface Redirected {
  readonly url: URL
  /** What the browser shows: success, or the reason for failure. */
  answer(result: { readonly ok: true; readonly account: string } | { readonly ok: false; readonly reason: string }): Promise<void>
}
