// Calendly's API as operations need it, in our words. The adapter implements it; tests bring their own.

import type { Group, Membership, Organization, Scope, Subscription, SubscriptionSpec, User } from '../calendly/model.ts'
import type { Secret } from '../secrets/secret.ts'

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

/** Where the API client gets its bearer token. */
export interface AccessTokens {
  /** One that stays valid for some minutes yet; refreshed first where needed. @throws NEEDS_CONNECT … */
  get(): Promise<Secret>
  /** After a 401 for `rejected`: another one, or null when there is none to be had. */
  renew(rejected: Secret): Promise<Secret | null>
  /** What to do when Calendly accepts none; absent: connect again. */
  readonly refusedHint?: string
}

/** A request that a person asks for in its own words. */
export interface AnyRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From `pathOf`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string | null
}

export interface AnyAnswer {
  readonly status: number
  /** Lower-case names, secrets masked. */
  readonly headers: Readonly<Record<string, string>>
  /** Null: nothing was in it. */
  readonly json: unknown
}

/** Calendly's API as it is, with the token, retries and limits of every request. */
export interface AnyRequests {
  /** @throws the code that fits Calendly's refusal */
  send(request: AnyRequest): Promise<AnyAnswer>
  /** Every page of a list; its rows as they come, each URI once. @throws USAGE for what is no list */
  pages(list: Pick<AnyRequest, 'path' | 'query'>, onRows: (rows: readonly unknown[]) => void): Promise<void>
  /** Of a path or one of Calendly's URIs. @throws INVALID_URL for another origin */
  pathOf(text: string): Pick<AnyRequest, 'path' | 'query'>
}
