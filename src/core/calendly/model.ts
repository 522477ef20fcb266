// The words of the domain as types: what Calendly has, in our spelling (camelCase; times as Calendly writes them).
// Knows nothing of the wire, the store or the command line.

/** Whose events a webhook subscription receives. @see https://developer.calendly.com/api-docs create-webhook-subscription */
export type Scope = 'organization' | 'user' | 'group'
export const SCOPES: readonly Scope[] = ['organization', 'user', 'group']

/** A member's role in an organization. */
export type Role = 'owner' | 'admin' | 'user'

/** Calendly disables a subscription after about 24 hours of failed deliveries; nothing enables it again. */
export type SubscriptionState = 'active' | 'disabled'

/** One webhook subscription with all twelve fields of Calendly's. URIs are identifiers; times ISO 8601 UTC. */
export interface Subscription {
  readonly uri: string
  readonly callbackUrl: string
  readonly createdAt: string
  readonly updatedAt: string
  /** Set while deliveries fail and are retried. */
  readonly retryStartedAt: string | null
  readonly state: SubscriptionState
  readonly events: readonly string[]
  readonly scope: Scope
  readonly organization: string
  readonly user: string | null
  readonly group: string | null
  readonly creator: string | null
}

/** What a subscription should be: everything that is asked for at creation but the signing key. */
export interface SubscriptionSpec {
  readonly callbackUrl: string
  readonly events: readonly string[]
  readonly scope: Scope
  readonly organization: string
  /** Set exactly when scope is `user`. */
  readonly user: string | null
  /** Set exactly when scope is `group`. */
  readonly group: string | null
}

export interface User {
  readonly uri: string
  readonly email: string
  readonly name: string
  readonly currentOrganization: string
}

export interface Membership {
  readonly uri: string
  readonly organization: string
  readonly role: Role
  readonly userUri: string
  readonly userEmail: string
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
