// Carries out plans that were made from a declarative file, just now or days ago: looks again first, and refuses what no longer fits.

import { advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Plan, PlanResult, Step } from '../../core/plan/model.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import { contradictionsOf } from '../../core/plan/tampered.ts'
import { refreshPlan, type SavedPlan } from '../../core/plan/saved-plan.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { type AsWhoever, observeAll, type PlannedAccount } from './plan.ts'
import { type EnsureDeps, holdWebhooks, specFor } from '../webhooks/ensure.ts'
import { executePlan } from '../execute/plan.ts'
import { recordOwn } from '../webhooks/own.ts'
import type { Session } from '../observe/session.ts'

export interface AppliedAccount extends PlanResult {
  readonly account: string
  /** What was left to do when it was carried out. */
  readonly plan: Plan
  /** Why it was not carried out. */
  readonly error?: ErrorReport
}

export interface ApplyResults {
  readonly results: readonly AppliedAccount[]
}

/** What each saved plan still has to do. @throws PLAN_STALE naming everything that changed, before anything is done */
export async function refreshed(
  deps: EnsureDeps & { readonly asWhoever: AsWhoever },
  saved: readonly PlannedAccount[],
): Promise<readonly PlannedAccount[]> {
  const fresh: PlannedAccount[] = []
  const stale: string[] = []
  const tampered: string[] = []
  for (const one of saved) {
    const now = await deps.asWhoever(one.session, async (session) => ({ session, ...(await refreshOne(deps, session, one)) }))
    tampered.push(...now.contradictions)
    stale.push(...now.stale)
    fresh.push({ session: now.session, plan: now.plan, before: now.before })
  }
  if (tampered.length > 0) throw tamperedError(tampered)
  if (stale.length > 0) throw staleError(stale)
  return fresh
}

/**
 * Account after account, each under its lock. With several, one that fails does not keep the others from being done.
 * @throws PLAN_STALE, NETWORK … of the only account; INTERRUPTED
 */
export async function applyPlans(
  deps: EnsureDeps,
  planned: readonly PlannedAccount[],
  options: { readonly command: string },
): Promise<ApplyResults> {
  const results: AppliedAccount[] = []
  for (const one of planned) {
    try {
      results.push(await applyOne(deps, one, options))
    } catch (error) {
      const isFinal = !(error instanceof CalreconnectError) || ['interrupted', 'store', 'bug'].includes(error.exit)
      if (isFinal || planned.length === 1) throw error
      results.push({ account: one.plan.account, plan: one.plan, applied: [], failed: [], error: reportError(error) })
    }
  }
  return { results }
}

async function applyOne(deps: EnsureDeps, one: PlannedAccount, options: { readonly command: string }): Promise<AppliedAccount> {
  const { session } = one
  if (writesOf(one.plan).length === 0) {
    await follow(deps, session, one.plan)
    await recordOwn(deps, session, keptOf(one.plan, one.before))
    return { account: session.account, plan: one.plan, applied: [], failed: [] }
  }
  return holdWebhooks(deps, session, async () => {
    const { plan, stale, observed, contradictions } = await refreshOne(deps, session, one)
    if (contradictions.length > 0) throw tamperedError(contradictions)
    if (stale.length > 0) throw staleError(stale)
    const { applied, failed, made } = await executePlan(deps, { command: options.command, plan, session, origin: 'created', observed })
    if (failed.length === 0) {
      await follow(deps, session, plan)
      await recordOwn(deps, session, [...made, ...keptOf(plan, observed)])
    }
    return { account: session.account, plan, applied, failed }
  })
}

async function refreshOne(deps: EnsureDeps, session: Session, saved: SavedPlan) {
  const { observed, known } = await observeAll(deps, session, saved.plan.steps)
  const { organizationUri, userUri } = session
  const fresh = refreshPlan(saved, { organizationUri, observed, known })
  const witness = { organizationUri, userUri, observed, known, withoutConnection: session.connection === null }
  // A plan for another organization is old, not forged; of its steps nothing can be said from here.
  const contradictions = saved.plan.organizationUri === organizationUri ? contradictionsOf(saved, witness) : []
  return { ...fresh, plan: withRestorable(fresh.plan, { ...session, observed, known }), observed, contradictions }
}

/**
 * The file is the whole truth about the account from now on, so what `reconnect` looks after must not contradict it: the connection's own
 * webhook gets the file's events, or is desired no more.
 */
async function follow(deps: EnsureDeps, session: Session, plan: Plan): Promise<void> {
  const connection = session.connection === null ? null : await deps.connections.get(session.connection.name)
  const desired = connection?.desired ?? null
  if (connection === null || desired === null) return
  const identity = identityOf(specFor(session, desired))
  const declared = plan.steps.find((step) => step.action !== 'delete' && identityOf(step) === identity)
  const patch = declared === undefined ? { desired: null, webhookUri: null } : { desired: withEvents(desired, declared) }
  await deps.connections.update(connection.name, patch)
}

function keptOf(plan: Plan, observed: readonly Subscription[]): Subscription[] {
  const kept = new Set(plan.steps.flatMap(({ action, uri }) => (action === 'keep' && uri !== null ? [uri] : [])))
  return observed.filter(({ uri }) => kept.has(uri))
}

function withEvents(desired: DesiredWebhook, { events }: Step): DesiredWebhook {
  return { ...desired, events }
}

/** For a plan whose seal is broken, too. */
export function tamperedError(reasons: readonly string[]): CalreconnectError {
  const [first = '', ...more] = reasons
  return new CalreconnectError('PLAN_TAMPERED', `The plan is not as it was made, and nothing of it was done: ${first}`, {
    hint: advise`Make it anew: ${next('webhooks', 'plan', '--out', 'PLAN')}`,
    details: more.map((message) => ({ message })),
  })
}

function staleError(stale: readonly string[]): CalreconnectError {
  const [first = '', ...more] = stale
  const message = `The plan no longer fits what is at Calendly: ${more.length === 0 ? first : `${stale.length} things have changed`}`
  return new CalreconnectError('PLAN_STALE', message, {
    hint: advise`Make it anew: ${next('webhooks', 'plan', '--out', 'PLAN')}`,
    details: more.length === 0 ? [] : stale.map((text) => ({ message: text })),
  })
}
