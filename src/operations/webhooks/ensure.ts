// The heart of `connect` and `reconnect`: exactly one subscription as it is wanted, whatever is at Calendly now.

import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { KnownSubscription, Plan, PlanResult } from '../../core/plan/model.ts'
import { planReconcile, writesOf } from '../../core/plan/reconcile.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { sharedSpec, specOfDesired } from '../../core/connection/shared.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import { isFor, isManaged, isWantedByOthers } from '../../core/plan/standing.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { ProcessLock } from '../../core/ports/store.ts'
import { checkAllowed } from '../../core/connection/desired.ts'
import type { ExecuteDeps } from '../execute/context.ts'
import { executePlan } from '../execute/plan.ts'
import { adoptOther, announceOthers, contestAt, type OthersPolicy, REPLACE_OTHERS, settleContest } from './others.ts'
import { type Observation, observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

export interface EnsureDeps extends ExecuteDeps {
  readonly lock: ProcessLock
}

export interface EnsureOptions extends Partial<OthersPolicy> {
  readonly dryRun: boolean
  /** For the journal. */
  readonly command?: string
}

export interface EnsureResult extends PlanResult {
  readonly plan: Plan
}

/** Another process's changes to the same account's webhooks are waited for. */
const LOCK_WAIT_MS_MAX = 120_000

/**
 * A second run writes nothing. Looks once without a lock, so that the usual case, nothing to do, is cheap; changes are planned
 * again and made under the account's lock.
 * @throws ROLE_INSUFFICIENT, CALENDLY_INSUFFICIENT_SCOPE before anything is changed
 */
export async function ensureWebhook(
  deps: EnsureDeps,
  session: Session,
  desired: DesiredWebhook | null,
  options: EnsureOptions,
): Promise<EnsureResult> {
  const how = { ...REPLACE_OTHERS, ...options }
  // Whoever may not have organization scope may not even list it.
  if (desired !== null) checkAllowed(desired, { role: session.role, grantedScopes: null })
  const first = await planFor(deps, session, desired, how)
  if (desired !== null && first.plan.steps.some(({ action }) => action === 'create' || action === 'replace')) checkAllowed(desired, session)
  if (options.dryRun) return { plan: first.plan, applied: [], failed: [] }
  if (writesOf(first.plan).length === 0) {
    await rememberKept(deps, session, first)
    return { plan: first.plan, applied: [], failed: [] }
  }
  return holdWebhooks(deps, session, async () => {
    const planned = await planFor(deps, session, desired, how)
    const { plan, observation } = planned
    announceOthers(deps, session, plan, observation)
    const { applied, failed } = await executePlan(deps, {
      command: options.command ?? 'reconnect',
      plan,
      session,
      origin: 'connection',
      observed: observation.observed,
      leaveOthers: how.others !== 'replace',
    })
    await rememberKept(deps, session, planned)
    await forgetReplaced(deps, planned, applied)
    return { plan, applied, failed }
  })
}

/**
 * Only one process at a time changes webhooks of an organization, since connections may share them; others wait and then find
 * it done. @throws STORE_LOCKED
 */
export function holdWebhooks<T>(
  deps: Pick<EnsureDeps, 'lock' | 'progress' | 'interruption'>,
  session: Session,
  work: () => Promise<T>,
): Promise<T> {
  return deps.lock.hold(`webhooks ${session.organizationUri}`, work, {
    waitMsMax: LOCK_WAIT_MS_MAX,
    onWait: () => deps.progress.note(`Waiting for another process that is changing the webhooks of ${session.account} (2 minutes at most)`),
    signal: deps.interruption.signal,
  })
}

export function specFor(session: Session, desired: DesiredWebhook): SubscriptionSpec {
  return specOfDesired(desired, session)
}

/** What `session` should have at the place of `spec`, with the events that other connections want there. */
export async function sharedSpecFor(
  deps: Pick<EnsureDeps, 'subscriptions'>,
  session: Session,
  spec: SubscriptionSpec,
  observed: readonly Subscription[],
): Promise<SubscriptionSpec> {
  const others = (await deps.subscriptions.wanters(spec)).filter(({ account }) => account !== session.connection?.name)
  return sharedSpec(spec, others, observed, session.grantedScopes)
}

/** A plan, with what it was made of. */
interface Planned {
  readonly plan: Plan
  readonly observation: Observation
  readonly spec: SubscriptionSpec | null
}

/** @throws CONTESTED */
async function planFor(
  deps: EnsureDeps,
  session: Session,
  desired: DesiredWebhook | null,
  how: OthersPolicy & { readonly dryRun: boolean },
): Promise<Planned> {
  const listed = await observe(deps, session, { group: desired?.group ?? null })
  const observation = { ...listed, observed: [...listed.observed, ...(await elsewhere(session, listed.known))] }
  const head = { account: session.account, organizationUri: session.organizationUri, madeAt: new Date(deps.clock.nowMs()).toISOString() }
  const { userUri, role, grantedScopes } = session
  const planned = (wanted: SubscriptionSpec | null, seen: Observation): Planned => {
    const plan = planReconcile({ ...head, userUri, desired: wanted, leaveOthers: how.others !== 'replace', ...seen })
    return { plan: withRestorable(plan, { userUri, role, grantedScopes, ...seen }), observation: seen, spec: wanted }
  }
  if (desired === null) return planned(null, observation)
  const place = specFor(session, desired)
  await settleContest(deps, session, await contestAt(deps, session, place, observation), how)
  const adopted = how.others === 'adopt' ? await adoptOther(deps, session, desired, { spec: place, observation, dryRun: how.dryRun }) : null
  const seen = adopted === null ? observation : { ...observation, known: adopted.known }
  return planned(await sharedSpecFor(deps, session, adopted === null ? place : specFor(session, adopted.desired), seen.observed), seen)
}

/** What this connection left in another organization, as far as its user can still reach it. */
async function elsewhere(
  { api, account, organizationUri }: Session,
  known: readonly KnownSubscription[],
): Promise<readonly Subscription[]> {
  const left = known.filter(
    (one) => isManaged(one) && isFor(one, account) && !isWantedByOthers(one, account) && one.organization !== organizationUri,
  )
  const found: Subscription[] = []
  for (const { uri } of left) {
    try {
      found.push(await api.subscription(uri))
    } catch (error) {
      // Out of reach: whoever called says so.
      if (!(error instanceof CalreconnectError) || error.exit !== 'refused') throw error
    }
  }
  return found
}

/**
 * What was right already is the connection's own too: after a crash, or when its record was lost, the store learns of it here.
 * What it wants no more and others do is theirs from now on.
 */
async function rememberKept(deps: EnsureDeps, { connection }: Session, { plan, observation, spec }: Planned): Promise<void> {
  if (connection === null) return
  const { name } = connection
  const identity = spec === null ? null : identityOf(spec)
  const theirs = observation.known.flatMap((one) => {
    const to = one.owners.find((owner) => owner !== name)
    const isLeft = one.origin === 'connection' && isFor(one, name) && identityOf(one) !== identity
    return isLeft && to !== undefined ? [{ uri: one.uri, to }] : []
  })
  await deps.subscriptions.release(theirs, name)
  const kept = plan.steps.find((step) => step.action === 'keep' && step.why === 'desired')
  if (kept === undefined || kept.uri === null || connection.webhookUri === kept.uri) return
  await deps.connections.update(name, { webhookUri: kept.uri })
}

/** What was at this place, is in no list any more, and has been made anew just now. */
async function forgetReplaced(deps: EnsureDeps, { observation, spec }: Planned, applied: PlanResult['applied']): Promise<void> {
  const made = applied.flatMap(({ outcome, newUri }) => (outcome === 'created' && newUri !== undefined ? [newUri] : []))
  if (spec === null || made.length === 0) return
  const there = new Set([...made, ...observation.observed.map(({ uri }) => uri)])
  const identity = identityOf(spec)
  const gone = observation.known.filter((one) => isManaged(one) && identityOf(one) === identity && !there.has(one.uri))
  for (const { uri } of gone) await deps.subscriptions.forget(uri)
}
