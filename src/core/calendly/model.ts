// The words of the domain as types: what Calendly has, in our spelling (camelCase; times as Calendly writes them).
// Knows nothing of the wire, the store or the command line. What is read is open: Calendly has new values before it documents them, and
// an unknown one is kept as text, shown, and never acted upon (understood.ts). What is written is strict.

/** Whose events a webhook subscription receives. @see https://developer.calendly.com/api-docs create-webhook-subscription */
export type Scope = 'organization' | 'user' | 'group'
export const SCOPES: readonly Scope[] = ['organization', 'user', 'group']

/** A member's role in an organization. */
export type Role = 'owner' | 'admin' | 'user'
export const ROLES: readonly Role[] = ['owner', 'admin', 'user']

/** Calendly disables a subscription after about 24 hours of failed deliveries; nothing enables it again. */
export type SubscriptionState = 'active' | 'disabled'
export const STATES: readonly SubscriptionState[] = ['active', 'disabled']

/** What a subscription is for: everything that is asked for at creation but the signing key. */
export interface Definition {
  readonly callbackUrl: string
  readonly events: readonly string[]
  /** One of SCOPES, or one that is not known here. */
  readonly scope: string
  readonly organization: string
  /** Set exactly when scope is `user`. */
  readonly user: string | null
  /** Set exactly when scope is `group`. */
  readonly group: string | null
}

/** One webhook subscription with all twelve fields of Calendly's. URIs are identifiers; times ISO 8601 UTC. */
export interface Subscription extends Definition {
  readonly uri: string
  readonly createdAt: string
  readonly updatedAt: string | null
  /** Set while deliveries fail and are retried. */
  readonly retryStartedAt: string | null
  /** One of STATES, or one that is not known here. */
  readonly state: string
  readonly creator: string | null
}

/** What a subscription should be: a definition that can be asked for. */
export interface SubscriptionSpec extends Definition {
  readonly scope: Scope
}

export interface User {
  readonly uri: string
  readonly email: string | null
  readonly name: string | null
  readonly currentOrganization: string
}

export interface Membership {
  readonly uri: string
  readonly organization: string
  /** One of ROLES, or one that is not known here. */
  readonly role: string
  readonly userUri: string
  readonly userEmail: string | null
}

export interface Organization {
  readonly uri: string
  readonly name: string
  readonly plan: string
  readonly stage: string
}

/** A group of an organization's members. */
export interface Group {
  readonly uri: string
  readonly name: string
}
