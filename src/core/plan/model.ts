// A plan is a value: what dry run, JSON, the confirmation and the executor all read.
// What it cannot know: what others change at Calendly between planning and doing. The executor relies on
// 404-on-delete (already gone) and 409-on-create (look again), not on the plan being fresh.

import type { ErrorReport } from '../errors/errors.ts'
import type { Definition, Scope } from '../calendly/model.ts'

export type Why =
  | 'desired'
  | 'missing'
  | 'events_differ'
  | 'disabled'
  | 'key_unknown'
  | 'duplicate'
  /** Managed earlier, desired no more. */
  | 'superseded'
  | 'url_conflict'
  /** Selected by a criterion that the caller named: a URI, --url, --all-but-current, --keep. */
  | 'matched'
  | 'older_than'
  | 'creator_gone'
  | 'restored'

interface StepBase extends Definition {
  readonly why: Why
}

/** Something that exists at Calendly and stays. */
export interface KeepStep extends StepBase {
  readonly action: 'keep'
  readonly uri: string
  readonly state: string
  readonly createdAt: string
}

/** Something that does not exist yet. */
export interface CreateStep extends StepBase {
  readonly action: 'create'
  readonly scope: Scope
  readonly uri: null
  readonly state: null
  readonly createdAt: null
}

/** Why `webhooks restore` could not bring back as it was what a step deletes. */
export type WhyNot =
  /** Its signing key is not stored: it would come back with another one. */
  | 'key_unknown'
  /** The OAuth scopes granted do not cover its events. */
  | 'scope_missing'
  /** In organization scope, which this account's role may not create. */
  | 'role_insufficient'
  | 'of_another_user'

interface Deleting {
  /** Whether it could be brought back as it was. Absent only before the plan was judged (`withRestorable`). */
  readonly restorable?: boolean
  readonly whyNot?: WhyNot
}

export interface DeleteStep extends StepBase, Deleting {
  readonly action: 'delete'
  readonly uri: string
  readonly state: string
  readonly createdAt: string
}

/**
 * Delete `uri` and create the step's spec in its place. One step, because the two belong together:
 * Ctrl-C does not part them. `events` are those of the new one; `replaced` is the old one's whole definition.
 */
export interface ReplaceStep extends StepBase, Deleting {
  readonly action: 'replace'
  readonly scope: Scope
  readonly uri: string
  readonly state: string
  readonly createdAt: string
  /** `true`: create first at another URL (`--overlap`), then delete, so that there is no gap. */
  readonly overlap: boolean
  /** The callback URL of the subscription that is replaced; differs from `callbackUrl` only with overlap. */
  readonly replacedUrl: string
}

export type Step = KeepStep | CreateStep | DeleteStep | ReplaceStep

/** Steps in the order in which they are done. */
export interface Plan {
  readonly version: 1
  readonly account: string
  readonly organizationUri: string
  /** ISO 8601 UTC. */
  readonly madeAt: string
  readonly steps: readonly Step[]
}

export type Outcome = 'created' | 'deleted' | 'already_gone' | 'replaced'

export type AppliedStep = Step & {
  readonly outcome: Outcome
  /** Of a create or replace. */
  readonly newUri?: string
  /** Milliseconds in which no subscription was there; 0 with overlap. */
  readonly gapMs?: number
}

export type FailedStep = Step & { readonly error: ErrorReport }

/** What `execute-plan` gives back. Steps that are in neither list were not begun. */
export interface PlanResult {
  readonly applied: readonly AppliedStep[]
  readonly failed: readonly FailedStep[]
}

/** Why a subscription is known here: made for the connection's own callback URL, or by `webhooks create`. */
export type Origin = 'connection' | 'created' | 'key_added'

/** What the store knows of one subscription at Calendly. */
export interface KnownSubscription extends Definition {
  readonly uri: string
  /** The connection that it was made for, and that looks after it; null when made with CALENDLY_TOKEN alone. */
  readonly account: string | null
  /** Connections that want it, whoever made it. Those that were disconnected want nothing any more. */
  readonly owners: readonly string[]
  readonly origin: Origin
  /** Whether its signing key is stored. */
  readonly keyStored: boolean
  /** Taken as it is, by --adopt: its key need not be known here. */
  readonly adopted: boolean
  /** Found replaced by somebody else's, and nobody has insisted since. */
  readonly displaced: boolean
  /** False once it was deleted or found gone. */
  readonly isActive: boolean
}

/** A create whose outcome was never recorded: the process died between the request and its answer. */
export interface UnsettledCreate extends Definition {
  readonly runId: string
  readonly stepIndex: number
  readonly account: string | null
  readonly origin: Origin
  /** By Calendly's clock (its Date header), epoch milliseconds. */
  readonly startedAtMs: number
  /** Subscriptions that were at Calendly before the request left. */
  readonly seenBefore: readonly string[]
}

/** A subscription's definition alone, as a plan step carries it. */
export function specOf<S extends string>(source: Definition & { readonly scope: S }): Definition & { readonly scope: S } {
  const { callbackUrl, events, scope, organization, user, group } = source
  return { callbackUrl, events, scope, organization, user, group }
}
