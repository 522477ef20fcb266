// `webhooks prune`: deletes what the criteria select, and nothing that was not shown.

import type { Membership, Subscription } from '../../core/calendly/model.ts'
import type { Plan } from '../../core/plan/model.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import { planPrune, type PruneCriteria } from '../../core/plan/prune.ts'
import type { Deletion } from './delete.ts'
import { specFor } from './ensure.ts'
import type { ExecuteDeps } from '../execute/context.ts'
import { executePlan } from '../execute/plan.ts'
import { observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

export interface PreparedPrune {
  readonly plan: Plan
  readonly observed: readonly Subscription[]
}

/** @throws USAGE for --all-but-current where there is nothing to keep */
export async function preparePrune(deps: ExecuteDeps, session: Session, criteria: PruneCriteria): Promise<PreparedPrune> {
  const { account, organizationUri, connection, api } = session
  const desired = connection?.desired ?? null
  const { observed, known } = await observe(deps, session, { group: desired?.group ?? null })
  const nowMs = deps.clock.nowMs()
  const plan = planPrune({
    account,
    organizationUri,
    madeAt: new Date(nowMs).toISOString(),
    observed,
    known,
    current: desired === null ? null : specFor(session, desired),
    currentUri: connection?.webhookUri ?? null,
    criteria,
    // Ages are judged by the clock that wrote `created_at`.
    nowMs: api.remoteNowMs(),
    memberUris: criteria.creatorGone ? memberUrisOf(await api.memberships({ organization: organizationUri })) : null,
  })
  return { plan: withRestorable(plan, { ...session, observed, known }), observed }
}

/** The plan with only those of its deletions that the person ticked. */
export function chosenOf(plan: Plan, uris: readonly string[]): Plan {
  const chosen = new Set(uris)
  return { ...plan, steps: plan.steps.filter((step) => step.action !== 'delete' || chosen.has(step.uri)) }
}

export async function prune(deps: ExecuteDeps, session: Session, { plan, observed }: PreparedPrune): Promise<Deletion> {
  const { applied, failed } = await executePlan(deps, { command: 'webhooks prune', plan, session, origin: 'created', observed })
  return { plan, applied, failed }
}

function memberUrisOf(memberships: readonly Membership[]): { readonly all: readonly string[]; readonly admins: readonly string[] } {
  const admins = memberships.filter(({ role }) => role !== 'user')
  return { all: memberships.map(({ userUri }) => userUri), admins: admins.map(({ userUri }) => userUri) }
}
