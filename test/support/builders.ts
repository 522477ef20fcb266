// Domain values for tests: complete, plausible, and different only in what the test says.

import type { Membership, Subscription, SubscriptionSpec } from '../../src/core/calendly/model.ts'
import type { KnownSubscription, UnsettledCreate } from '../../src/core/plan/model.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import type { Connection } from '../../src/core/connection/model.ts'

export const ORGANIZATION = 'https://api.calendly.com/organizations/ORG0000000000001'
/** Of another organization, whose subscriptions, groups and users are nobody's business here. */
export const OTHER_ORGANIZATION = 'https://api.calendly.com/organizations/ORG0000000000002'
export const USER = 'https://api.calendly.com/users/USER000000000001'
export const OTHER_USER = 'https://api.calendly.com/users/USER000000000002'
/** No member of the organization any more. */
export const LEFT_USER = 'https://api.calendly.com/users/USER000000000009'
export const GROUP = 'https://api.calendly.com/groups/GROUP00000000001'
export const OTHER_GROUP = 'https://api.calendly.com/groups/GROUP00000000002'
export const HOOK_URL = 'https://hooks.example.com/calendly'
/** 2026-11-22T12:00:00Z, epoch milliseconds. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12)
export const MADE_AT = new Date(NOW_MS).toISOString()
export const PLAN_HEAD = { account: 'acme', organizationUri: ORGANIZATION, madeAt: MADE_AT }

/** `https://api.calendly.com/webhook_subscriptions/<id>` */
export function subscriptionUri(id: string): string {
  return `https://api.calendly.com/webhook_subscriptions/${id}`
}

/** In organization scope at HOOK_URL, active, invitee.created and .canceled, unless told otherwise. */
export function aSubscription(id: string, differing: Partial<Subscription> = {}): Subscription {
  return {
    uri: subscriptionUri(id),
    callbackUrl: HOOK_URL,
    createdAt: '2026-11-01T09:00:00.000000Z',
    updatedAt: '2026-11-01T09:00:00.000000Z',
    retryStartedAt: null,
    state: 'active',
    events: ['invitee.created', 'invitee.canceled'],
    scope: 'organization',
    organization: ORGANIZATION,
    user: null,
    group: null,
    creator: USER,
    ...differing,
  }
}

/** The same in user scope of USER. */
export function aUserSubscription(id: string, differing: Partial<Subscription> = {}): Subscription {
  return aSubscription(id, { scope: 'user', user: USER, ...differing })
}

/** What the store knows of `subscription`: made for the connection `acme`, key stored. */
export function knownOf(subscription: Subscription, differing: Partial<KnownSubscription> = {}): KnownSubscription {
  const { uri, callbackUrl, events, scope, organization, user, group } = subscription
  return {
    uri,
    callbackUrl,
    events,
    scope,
    organization,
    user,
    group,
    account: 'acme',
    owners: [differing.account === undefined ? 'acme' : differing.account].filter((owner) => owner !== null),
    origin: 'connection',
    keyStored: true,
    adopted: false,
    displaced: false,
    isActive: true,
    ...differing,
  }
}

/** Organization scope at HOOK_URL. */
export function aSpec(differing: Partial<SubscriptionSpec> = {}): SubscriptionSpec {
  return {
    callbackUrl: HOOK_URL,
    events: ['invitee.created', 'invitee.canceled'],
    scope: 'organization',
    organization: ORGANIZATION,
    user: null,
    group: null,
    ...differing,
  }
}

/** A create of `aSpec()` that was sent at NOW_MS and never answered. */
export function anUnsettledCreate(differing: Partial<UnsettledCreate> = {}): UnsettledCreate {
  return {
    ...aSpec(),
    runId: 'run-1',
    stepIndex: 0,
    account: 'acme',
    origin: 'connection',
    startedAtMs: NOW_MS,
    seenBefore: [],
    ...differing,
  }
}

export function aMembership(userUri: string, role: Membership['role']): Membership {
  return {
    uri: `https://api.calendly.com/organization_memberships/${userUri.slice(-16)}`,
    organization: ORGANIZATION,
    role,
    userUri,
    userEmail: 'person@example.com',
  }
}

/** A working OAuth connection whose access token has an hour left at NOW_MS. */
export function aConnection(name: string, differing: Partial<Connection> = {}): Connection {
  return {
    name,
    email: `${name}@example.com`,
    userUri: USER,
    organizationUri: ORGANIZATION,
    organizationName: null,
    role: 'owner',
    auth: 'oauth',
    clientId: 'client-1',
    isActive: true,
    needsConnect: null,
    accessToken: new Secret('access'),
    refreshToken: new Secret('refresh'),
    tokenExpiresAtMs: NOW_MS + 3_600_000,
    tokenGeneration: 1,
    scopes: ['default'],
    desired: null,
    webhookUri: null,
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    ...differing,
  }
}
