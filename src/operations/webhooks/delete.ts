// `webhooks delete`: exactly the subscriptions that were named.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import { planDelete } from '../../core/plan/reconcile.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { ExecuteDeps } from '../execute/context.ts'
import { executePlan } from '../execute/plan.ts'
import { mapBounded } from '../map-bounded.ts'
import type { Session } from '../observe/session.ts'

/** `data` of `webhooks delete` and `webhooks prune`. */
export interface Deletion extends PlanResult {
  readonly plan: Plan
}

export interface PreparedDelete {
  readonly plan: Plan
  readonly observed: readonly Subscription[]
  /** Named, and not at Calendly. */
  readonly missing: readonly string[]
}

const READS_AT_ONCE_MAX = 8

/**
 * Reads each, because a delete keeps the whole definition. What is gone already is no failure, so that a command that was
 * cut short can be run again.
 * @throws CALENDLY_NOT_FOUND when none is there and one of them was never known here
 */
export async function prepareDelete(deps: ExecuteDeps, session: Session, uris: readonly string[]): Promise<PreparedDelete> {
  const named = [...new Set(uris)]
  const found = await mapBounded(named, READS_AT_ONCE_MAX, async (uri) => readOrNull(session, uri))
  const observed = found.filter((one) => one !== null)
  const missing = named.filter((_, index) => found[index] === null)
  if (observed.length === 0) await checkKnown(deps, missing)
  const { account, organizationUri } = session
  const madeAt = new Date(deps.clock.nowMs()).toISOString()
  const plan = planDelete({ account, organizationUri, madeAt, targets: observed })
  const known = await deps.subscriptions.known(null)
  return { plan: withRestorable(plan, { ...session, observed, known }), observed, missing }
}

export async function deleteWebhooks(deps: ExecuteDeps, session: Session, { plan, observed, missing }: PreparedDelete): Promise<Deletion> {
  for (const uri of missing) await deps.subscriptions.forget(uri)
  const { applied, failed } = await executePlan(deps, { command: 'webhooks delete', plan, session, origin: 'created', observed })
  return { plan, applied, failed }
}

async function readOrNull({ api }: Session, uri: string): Promise<Subscription | null> {
  try {
    return await api.subscription(uri)
  } catch (error) {
    if (error instanceof CalreconnectError && error.code === 'CALENDLY_NOT_FOUND') return null
    throw error
  }
}

async function checkKnown({ subscriptions }: ExecuteDeps, missing: readonly string[]): Promise<void> {
  const known = new Set((await subscriptions.known(null, { gone: true })).map(({ uri }) => uri))
  const unknown = missing.filter((uri) => !known.has(uri))
  if (unknown.length === 0) return
  throw new CalreconnectError('CALENDLY_NOT_FOUND', `Calendly has no webhook subscription ${unknown.join(', ')}`, {
    status: 404,
    hint: next('webhooks', 'list'),
  })
}
