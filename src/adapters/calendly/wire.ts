// Calendly's wire format: what identifies and addresses things is checked, everything else is let through. Knows no HTTP.
// Reading is open: Calendly has new states, scopes, roles and events before it documents them, and one unknown value of anybody in the
// organization must not keep everybody from everything. It stays text; core/calendly/understood.ts says what is acted upon.

import * as v from 'valibot'

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Membership, Organization, Subscription, SubscriptionSpec, User } from '../../core/calendly/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { isJsonObject } from '../http/json-text.ts'

const Uri = v.pipe(v.string(), v.url())
/** Absent in older answers, or null: not told. */
const Told = v.optional(v.nullable(v.string()), null)

const SubscriptionWire = v.object({
  uri: Uri,
  callback_url: v.string(),
  created_at: v.string(),
  updated_at: Told,
  retry_started_at: Told,
  state: v.string(),
  events: v.array(v.string()),
  scope: v.string(),
  organization: Uri,
  user: Told,
  group: Told,
  creator: Told,
})

const UserWire = v.object({ uri: Uri, email: Told, name: Told, current_organization: Uri })

const OrganizationWire = v.object({
  uri: Uri,
  name: v.optional(v.nullable(v.string()), ''),
  plan: v.optional(v.nullable(v.string()), ''),
  stage: v.optional(v.nullable(v.string()), ''),
})

const MembershipWire = v.object({
  uri: Uri,
  organization: Uri,
  role: v.string(),
  user: v.object({ uri: Uri, email: Told }),
})

const Pagination = v.object({
  next_page: v.optional(v.nullable(v.string()), null),
  next_page_token: v.optional(v.nullable(v.string()), null),
})

export interface Page<T> {
  readonly rows: readonly T[]
  readonly nextPage: string | null
  readonly nextPageToken: string | null
}

/** How the answer to one kind of question is known, and turned into our words. */
export interface Reader<T> {
  /** Whether the JSON of a 2xx is of this kind at all: anybody's may be JSON. */
  readonly isOfKind: (json: unknown) => boolean
  /** @throws UNEXPECTED_ANSWER naming the first field that does not fit */
  readonly read: (json: unknown) => T
}

export const readSubscription: Reader<Subscription> = resource(SubscriptionWire, toSubscription)
export const readUser: Reader<User> = resource(UserWire, (wire) => ({
  uri: wire.uri,
  email: wire.email,
  name: wire.name,
  currentOrganization: wire.current_organization,
}))
export const readOrganization: Reader<Organization> = resource(OrganizationWire, (wire) => ({
  uri: wire.uri,
  name: wire.name ?? '',
  plan: wire.plan ?? '',
  stage: wire.stage ?? '',
}))
export const readSubscriptionPage: Reader<Page<Subscription>> = page(SubscriptionWire, toSubscription)
export const readMembershipPage: Reader<Page<Membership>> = page(MembershipWire, (wire) => ({
  uri: wire.uri,
  organization: wire.organization,
  role: wire.role,
  userUri: wire.user.uri,
  userEmail: wire.user.email,
}))
/** A delivery's envelope without `resource`; what its payload holds is the event's business. */
export const readSample: Reader<unknown> = {
  isOfKind: (json) => isJsonObject(json) && typeof json['event'] === 'string' && isJsonObject(json['payload']),
  read: (json) => parse(v.record(v.string(), v.unknown()), json),
}

/** The body of `POST /webhook_subscriptions`. Calendly refuses fields that it does not know. */
export function creationBody(spec: SubscriptionSpec, signingKey: Secret): string {
  return JSON.stringify({
    url: spec.callbackUrl,
    events: spec.events,
    organization: spec.organization,
    ...(spec.user === null ? {} : { user: spec.user }),
    ...(spec.group === null ? {} : { group: spec.group }),
    scope: spec.scope,
    signing_key: signingKey.reveal(),
  })
}

function toSubscription(wire: v.InferOutput<typeof SubscriptionWire>): Subscription {
  return {
    uri: wire.uri,
    callbackUrl: wire.callback_url,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    retryStartedAt: wire.retry_started_at,
    state: wire.state,
    events: wire.events,
    scope: wire.scope,
    organization: wire.organization,
    user: wire.user,
    group: wire.group,
    creator: wire.creator,
  }
}

function resource<S extends v.GenericSchema, T>(schema: S, convert: (wire: v.InferOutput<S>) => T): Reader<T> {
  const wrapped = v.object({ resource: schema })
  return {
    isOfKind: (json) => isJsonObject(json) && isJsonObject(json['resource']),
    read: (json) => convert(parse(wrapped, json).resource),
  }
}

/** Reads one page of a list whose rows have this schema. */
export function page<S extends v.GenericSchema, T>(schema: S, convert: (wire: v.InferOutput<S>) => T): Reader<Page<T>> {
  const wrapped = v.object({ collection: v.array(schema), pagination: Pagination })
  return {
    isOfKind: (json) => isJsonObject(json) && Array.isArray(json['collection']) && isJsonObject(json['pagination']),
    read(json) {
      const { collection, pagination } = parse(wrapped, json)
      return { rows: collection.map((row) => convert(row)), nextPage: pagination.next_page, nextPageToken: pagination.next_page_token }
    },
  }
}

function parse<S extends v.GenericSchema>(schema: S, json: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, json, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  // Not the value itself: it may be anything, a person's name included.
  const field = v.getDotPath(issue) ?? 'it'
  throw new CalreconnectError(
    'UNEXPECTED_ANSWER',
    `Calendly's answer has another shape than documented: ${field} should be ${issue.expected ?? issue.type}`,
  )
}
