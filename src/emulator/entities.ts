// What exists at the emulated Calendly. Plain JSON values, so that the state file is just these. References are full URIs.
// Knows nothing of the wire's spelling.
import type { Role, Scope, SubscriptionState } from '../core/calendly/model.ts'
import type { Feature } from './events.ts'

/** Times named `…At` are Calendly's strings (six decimals), times named `…AtMs` are compared by the emulator's clock. */
export interface Organization {
  uri: string
  id: number
  name: string
  kind: 'single' | 'multiple'
  plan: 'basic' | 'essentials' | 'standard' | 'professional' | 'teams' | 'enterprise'
  stage: 'trial' | 'free' | 'paid'
  createdAt: string
  updatedAt: string
  /** `webhooks` false = an organization from before 2026-11-03, whose plan has none. */
  features: Record<Feature | 'webhooks', boolean>
}

export interface User {
  uri: string
  name: string
  email: string
  slug: string
  locale: string
  timezone: string
  timeNotation: '12h' | '24h'
  avatarUrl: string | null
  currentOrganization: string
  createdAt: string
  updatedAt: string
}

export interface Membership {
  uri: string
  user: string
  organization: string
  role: Role
  createdAt: string
  updatedAt: string
}

export interface Group {
  uri: string
  name: string
  organization: string
  members: string[]
  createdAt: string
  updatedAt: string
}

export interface App {
  clientId: string
  clientSecret: string
  name: string
  kind: 'web' | 'native'
  environment: 'sandbox' | 'production'
  redirectUris: string[]
  scopes: string[]
  /** Made before scopes existed (2026-03): full access, granular scopes refused. */
  legacy: boolean
  signingKey: string
}

/** One login's tokens; like a row of Doorkeeper's table, an access and a refresh token share it. */
export interface Grant {
  id: string
  family: string
  clientId: string
  user: string
  scope: string
  accessToken: string
  refreshToken: string
  issuedAtMs: number
  expiresAtMs: number
  accessRevoked: boolean
  refreshRevoked: boolean
}

export interface PersonalAccessToken {
  token: string
  user: string
  scope: string
  revoked: boolean
}

export interface AuthorizationCode {
  code: string
  clientId: string
  user: string
  scope: string
  redirectUri: string
  challenge: string | null
  expiresAtMs: number
  used: boolean
}

export interface Subscription {
  uri: string
  /** Order of creation; parts rows that were made in the same microsecond. */
  sequence: number
  callbackUrl: string
  createdAt: string
  updatedAt: string
  retryStartedAt: string | null
  state: SubscriptionState
  events: string[]
  scope: Scope
  organization: string
  user: string | null
  group: string | null
  creator: string | null
  /** Null: made with a personal access token. */
  clientId: string | null
  signingKey: string | null
  lastDeliveredAtMs: number | null
  /** Left out of lists until then, or for so many more lists: how a list can be behind a create. */
  hiddenUntilMs: number
  hiddenLists: number
}

export interface Meeting {
  uri: string
  inviteeUri: string
  organization: string
  host: string
  eventType: string
  name: string
  inviteeName: string
  inviteeEmail: string
  /** On whole minutes, both. */
  startMs: number
  endMs: number
  createdAt: string
  updatedAt: string
  canceled: { at: string; reason: string; by: string; byType: 'host' | 'invitee' } | null
  rescheduled: boolean
  oldInvitee: string | null
  newInvitee: string | null
}

export interface DeliveryAttempt {
  at: string
  headers: Record<string, string>
  status: number | null
  error: string | null
}

export interface Delivery {
  id: string
  subscription: string
  event: string
  callbackUrl: string
  body: string
  /** `recorded`: signed and kept, but not sent, because of the `deliveries` switch. `gone`: answered with 410, the subscription was deleted. */
  state: 'pending' | 'delivered' | 'abandoned' | 'recorded' | 'gone'
  attempts: DeliveryAttempt[]
  nextAttemptAtMs: number
  firstFailedAtMs: number | null
}

/** What can be booked with a user. */
export interface EventType {
  uri: string
  owner: string
  organization: string
  name: string
  slug: string
  durationMinutes: number
  active: boolean
  secret: boolean
  createdAt: string
  updatedAt: string
  deletedAt: string | null
}

export interface RoutingForm {
  uri: string
  organization: string
  name: string
  status: 'draft' | 'published'
  questions: { uuid: string; name: string; type: string; required: boolean; answerChoices: string[] | null }[]
  createdAt: string
  updatedAt: string
}

export interface RoutingFormSubmission {
  uri: string
  routingForm: string
  answers: { questionUuid: string; question: string; answer: string | null }[]
  result: { type: 'event_type' | 'external_url' | 'custom_message'; value: string }
  /** The invitee who came of it. */
  submitter: string | null
  createdAt: string
  updatedAt: string
}

export interface Invitation {
  uri: string
  organization: string
  email: string
  status: 'pending' | 'accepted' | 'declined'
  /** Once accepted. */
  user: string | null
  createdAt: string
  updatedAt: string
  lastSentAt: string | null
}

export interface NoShow {
  uri: string
  invitee: string
  createdAt: string
}

/** An entry of an organization's activity log. */
export interface Activity {
  uri: string
  organization: string
  occurredAt: string
  namespace: string
  action: string
  actor: string | null
  details: Record<string, string>
}
