// What every part of the executor shares: its ports, one run's facts, and the results of a step.

import { type CalreconnectError, reportError } from '../../core/errors/errors.ts'
import type { Hint } from '../../core/errors/advice.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import { type AppliedStep, type FailedStep, type Origin, type Plan, type PlanResult, specOf, type Step } from '../../core/plan/model.ts'
import type { Clock, Interruption, Progress, Random } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { ConnectionStore, SubscriptionStore } from '../../core/ports/store.ts'
import { isCalreconnectError } from './errors.ts'
import type { Session } from '../observe/session.ts'

export interface ExecuteDeps {
  readonly subscriptions: SubscriptionStore
  readonly runs: RunJournal
  readonly connections: Pick<ConnectionStore, 'get' | 'update'>
  readonly clock: Clock
  readonly random: Random
  readonly progress: Progress
  /** What the person must know before it happens; default: a note of `progress`. */
  readonly warn?: (text: Hint) => void
  /** Once it came, the step in hand is finished and no other is begun. */
  readonly interruption: Interruption
  /** How long the second half of a replacement is tried again while Calendly cannot be reached. Default 60 s. */
  readonly maxWaitMs?: number
}

export interface ExecuteInput {
  /** For the journal: what the person typed. */
  readonly command: string
  readonly plan: Plan
  readonly session: Session
  /** What the subscriptions made here are for. */
  readonly origin: Origin
  /** What was at Calendly when the plan was made: backups of what is deleted, and what a lost create cannot be. */
  readonly observed: readonly Subscription[]
  /** What others made stays, also where it is found only by a 409. */
  readonly leaveOthers?: boolean
  /** Instead of a generated one. */
  readonly signingKey?: Secret
  /** Of single steps, before all else: what is restored keeps the key that its receiver knows. Null: none in particular. */
  readonly signingKeyFor?: (step: Step) => Secret | null
}

export interface ExecuteResult extends PlanResult {
  /** Null when there was nothing to do. */
  readonly runId: string | null
  /** The subscriptions that were made or adopted, as Calendly describes them. */
  readonly made: readonly Subscription[]
}

/** One execution of one plan. */
export interface Execution {
  readonly deps: ExecuteDeps
  readonly input: ExecuteInput
  readonly runId: string
  readonly backups: ReadonlyMap<string, Subscription>
  /** Does the plan's delete of this URI now, out of its turn. Null: the plan has none, or it was done already. */
  readonly clear: (uri: string) => Promise<StepResult | null>
}

export type StepResult =
  | { readonly kind: 'applied'; readonly step: AppliedStep; readonly made: Subscription | null }
  | { readonly kind: 'failed'; readonly step: FailedStep; readonly cause: CalreconnectError }
  /** Not begun: somebody pressed Ctrl-C. */
  | { readonly kind: 'left' }

/** A step with its place in the plan, which is its place in the journal. */
export interface Indexed<S extends Step> {
  readonly index: number
  readonly step: S
}

/**
 * Puts a step's failure on record. What is no failure of the step (the store, a bug) is thrown on, since nothing more
 * should be done then.
 */
export async function failStep(execution: Execution, { index, step }: Indexed<Step>, error: unknown): Promise<StepResult> {
  if (!isCalreconnectError(error) || error.exit === 'store' || error.exit === 'bug') throw error
  await execution.deps.runs.fail(execution.runId, index, error)
  if (error.code === 'INTERRUPTED') return { kind: 'left' }
  return failedStep(step, error)
}

/** @param cause what made it fail, where the step tells more than that */
export function failedStep(step: Step, error: CalreconnectError, cause: CalreconnectError = error): StepResult {
  return { kind: 'failed', step: { ...step, error: reportError(error) }, cause }
}

/** Writes down that the request is about to leave. The definition of what is deleted goes with it. */
export async function intend(
  execution: Execution,
  { index, step }: Indexed<Step>,
  what: { readonly signingKey: Secret | null; readonly backup: Subscription | null },
): Promise<void> {
  const { input, deps, runId } = execution
  const isCreating = what.signingKey !== null
  await deps.runs.intend(runId, index, {
    step,
    ...what,
    origin: input.origin,
    remoteStartedAtMs: input.session.api.remoteNowMs(),
    seenBefore: isCreating ? input.observed.map(({ uri }) => uri) : [],
  })
}

/** The new subscription and its key on disk, the connection told of it, and only then the step settled. */
export async function keepMade(
  execution: Execution,
  indexed: Indexed<Step>,
  made: Kept,
  how: { readonly outcome: 'created' | 'replaced'; readonly gapMs?: number },
): Promise<StepResult> {
  await recordMade(execution, indexed, made)
  await execution.deps.runs.settle(execution.runId, indexed.index, { ...how, newUri: made.subscription.uri })
  return applied(indexed, made.subscription, how)
}

interface Kept {
  readonly subscription: Subscription
  readonly signingKey: Secret | null
}

/** The new subscription and its key on disk, the connection told of it. */
export async function recordMade({ deps, input }: Execution, { step }: Indexed<Step>, { subscription, signingKey }: Kept): Promise<void> {
  const account = input.session.connection?.name ?? null
  await deps.subscriptions.keep(subscription, {
    account,
    origin: input.origin,
    signingKey,
    ...(step.uri === null ? {} : { replaces: step.uri }),
  })
  if (account !== null && input.origin === 'connection') await tellOwners(deps, account, step, subscription)
}

export function applied(
  { step }: Indexed<Step>,
  made: Subscription,
  how: { readonly outcome: 'created' | 'replaced'; readonly gapMs?: number },
): StepResult {
  return { kind: 'applied', step: { ...step, ...how, newUri: made.uri }, made }
}

/**
 * Everybody who wants it has it now. With --overlap the URL itself has changed: later runs of all that wanted the old one must want
 * the new one.
 */
export async function tellOwners(deps: ExecuteDeps, account: string, step: Step, made: Subscription): Promise<void> {
  const place = { ...specOf(made), callbackUrl: step.action === 'replace' ? step.replacedUrl : made.callbackUrl }
  const sharers = (await deps.subscriptions.wanters(place)).map((wanter) => wanter.account)
  for (const name of new Set([account, ...sharers])) {
    const desired = (await deps.connections.get(name))?.desired ?? null
    const moved = desired !== null && desired.callbackUrl !== made.callbackUrl && made.callbackUrl !== place.callbackUrl
    await deps.connections.update(name, {
      webhookUri: made.uri,
      ...(moved ? { desired: { ...desired, callbackUrl: made.callbackUrl } } : {}),
    })
  }
}
