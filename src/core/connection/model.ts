// One stored Calendly account, its tokens, and the webhook that it should have.

import type { Scope } from '../calendly/model.ts'
import type { Secret } from '../secrets/secret.ts'

export type AuthKind = 'oauth' | 'personal_access_token'
export type NeedsConnect = 'revoked' | 'lost_response' | 'client_changed'

/** What a connection's own webhook should be. */
export interface DesiredWebhook {
  readonly callbackUrl: string
  readonly events: readonly string[]
  readonly scope: Scope
  readonly group: string | null
}

/** One stored Calendly account. */
export interface Connection {
  readonly name: string
  readonly email: string | null
  readonly userUri: string | null
  readonly organizationUri: string | null
  /** For people. Null: not told yet, or not to be had. */
  readonly organizationName: string | null
  /** `owner`, `admin`, `user`, or one that is not known here. Null: not asked yet. */
  readonly role: string | null
  readonly auth: AuthKind
  /** The client that the tokens were issued to. */
  readonly clientId: string | null
  readonly isActive: boolean
  readonly needsConnect: NeedsConnect | null
  readonly accessToken: Secret | null
  readonly refreshToken: Secret | null
  readonly tokenExpiresAtMs: number | null
  /** Grows by one with every stored token pair: what compare-and-swap compares. */
  readonly tokenGeneration: number
  readonly scopes: readonly string[]
  readonly desired: DesiredWebhook | null
  /** The connection's own subscription at Calendly, if there is one. */
  readonly webhookUri: string | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** What may be written beside tokens. Absent = unchanged. */
export type ConnectionPatch = Partial<
  Pick<
    Connection,
    | 'email'
    | 'userUri'
    | 'organizationUri'
    | 'organizationName'
    | 'role'
    | 'scopes'
    | 'desired'
    | 'webhookUri'
    | 'isActive'
    | 'needsConnect'
  >
>

/** A pair as it is stored: with what it is, and whom it was issued to. */
export interface NewTokens {
  readonly auth: AuthKind
  readonly clientId: string | null
  readonly accessToken: Secret
  readonly refreshToken: Secret | null
  readonly tokenExpiresAtMs: number | null
  readonly scopes: readonly string[]
}

/** What `POST /oauth/token` gave. */
export interface TokenPair {
  readonly accessToken: Secret
  /** Null: the answer had none (RFC 6749 section 6 allows it; the old one is then kept). */
  readonly refreshToken: Secret | null
  /** By our clock, epoch milliseconds. */
  readonly expiresAtMs: number
  readonly scopes: readonly string[]
  readonly owner: string | null
  readonly organization: string | null
  /** What is unusual about the answer, for a warning once the pair is kept. Absent: nothing. */
  readonly oddities?: readonly string[]
}
