// What operations need of the outside world, in our words. Adapters implement these; tests bring their own.
// The store's ports are in store-ports.ts.

import type { Group, Membership, Organization, Scope, Subscription, SubscriptionSpec, User } from '../calendly/model.ts'
import type { Secret } from '../secrets/secret.ts'

// ---------------------------------------------------------------- time, chance, people

export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number
  /** Resolves after `ms`; rejects with INTERRUPTED when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(length: number): Uint8Array
  /** A UUIDv4. */
  uuid(): string
}

/** Long work reports here; what becomes of it (spinner, bar, nothing) is the caller's business. */
export interface Progress {
  /** A new piece of work. With `total`, `advance` counts towards it. */
  start(label: string, total?: number): void
  advance(by?: number): void
  /** One line that stays: a wait, a warning. */
  note(text: string): void
  stop(): void
}

export interface Browser {
  /** Shows `url` to the person. False when there is no browser to open (the URL is then printed). */
  open(url: string): Promise<boolean>
}

// ---------------------------------------------------------------- Calendly

export interface ListQuery {
  readonly organization: string
  readonly scope: Scope
  readonly user?: string
  readonly group?: string
}

/** Calendly's API as one caller sees it: one access token, renewed on a 401 once where it can be. */
export interface CalendlyApi {
  /** `GET /users/me` */
  me(): Promise<User>
  /** `GET /organizations/{id}` */
  organization(uri: string): Promise<Organization>
  /** All pages of `GET /organization_memberships`. */
  memberships(query: { readonly user?: string; readonly organization?: string }): Promise<readonly Membership[]>
  /** All pages of `GET /groups`. @throws CALENDLY_FORBIDDEN for members, CALENDLY_INSUFFICIENT_SCOPE without groups:read */
  groups(organization: string): Promise<readonly Group[]>
  /** All pages of `GET /webhook_subscriptions` for one scope and owner, oldest first; each URI once. */
  subscriptions(query: ListQuery, onPage?: (rows: number) => void): Promise<readonly Subscription[]>
  /** `GET /webhook_subscriptions/{id}`. @throws CALENDLY_NOT_FOUND */
  subscription(uri: string): Promise<Subscription>
  /** `POST /webhook_subscriptions`: sent once, never retried. @throws CALENDLY_CONFLICT on 409 */
  createSubscription(spec: SubscriptionSpec, signingKey: Secret): Promise<Subscription>
  /** `DELETE /webhook_subscriptions/{id}`; a 404 is `already_gone`. */
  deleteSubscription(uri: string): Promise<'deleted' | 'already_gone'>
  /** `GET /sample_webhook_data`: a delivery's body as Calendly would send it, without a `resource` around it. */
  sample(query: ListQuery & { readonly event: string }): Promise<unknown>
  /** Calendly's clock: ours plus the offset seen in the last answer's Date header. Epoch milliseconds. */
  remoteNowMs(): number
}

export interface TokenPair {
  readonly accessToken: Secret
  /** Null: the answer had none (RFC 6749 section 6 allows it; the old one is then kept). */
  readonly refreshToken: Secret | null
  /** By our clock, epoch milliseconds. */
  readonly expiresAtMs: number
  readonly scopes: readonly string[]
  readonly owner: string | null
  readonly organization: string | null
}

export interface AuthorizeRequest {
  readonly redirectUri: string
  readonly state: string
  readonly codeVerifier: Secret
  /** Null: send no scope parameter at all (apps from before scopes). */
  readonly scopes: readonly string[] | null
}

/** The OAuth app (client) that this environment names. */
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

/** Where the API client gets its bearer token. */
export interface AccessTokens {
  /** One that stays valid for some minutes yet; refreshed first where needed. @throws NEEDS_CONNECT … */
  get(): Promise<Secret>
  /** After a 401 for `rejected`: another one, or null when there is none to be had. */
  renew(rejected: Secret): Promise<Secret | null>
  /** What to do when Calendly accepts none; absent: connect again. */
  readonly refusedHint?: string
}

/** Questions to the person; only asked where a terminal is there. */
export interface Prompts {
  confirm(question: string, byDefault: boolean): Promise<boolean>
  /** A checkbox list; resolves with the chosen values. */
  checkbox<T>(
    question: string,
    choices: readonly { readonly name: string; readonly value: T; readonly checked: boolean }[],
  ): Promise<readonly T[]>
  /** Hidden input. */
  secret(question: string): Promise<Secret>
  /** A line of text; aborted without a trace when `signal` fires. */
  line(question: string, signal?: AbortSignal): Promise<string>
}
