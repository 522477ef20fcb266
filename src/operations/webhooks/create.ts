// `webhooks create`: one more subscription, with its signing key kept.

import { describeSubscriptions, type SubscriptionRow } from '../../core/audit/findings.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { Origin, Plan, PlanResult } from '../../core/plan/model.ts'
import { planCreate } from '../../core/plan/reconcile.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { checkAllowed } from '../../core/connection/desired.ts'
import { specFor } from './ensure.ts'
import type { ExecuteDeps } from '../execute/context.ts'
import { executePlan } from '../execute/plan.ts'
import { observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

/** A plan, and what it was made from. */
export interface Prepared {
  readonly plan: Plan
  readonly observed: readonly Subscription[]
}

/** `data` of `webhooks create` and `webhooks recreate`. */
export interface WebhookChange extends PlanResult {
  /** What is in place now. Null in a dry run that would change something, or when it could not be made. */
  readonly webhook: SubscriptionRow | null
  readonly plan: Plan
}

/** @throws ROLE_INSUFFICIENT, CALENDLY_INSUFFICIENT_SCOPE */
export async function prepareCreate(deps: ExecuteDeps, session: Session, wanted: DesiredWebhook): Promise<Prepared> {
  checkAllowed(wanted, session)
  const { observed, known } = await observe(deps, session, { group: wanted.group })
  const { account, organizationUri } = session
  const madeAt = new Date(deps.clock.nowMs()).toISOString()
  const beside = await deps.runs.leftBeside(account)
  const leftBeside = (uri: string): readonly string[] => beside.get(uri) ?? []
  const plan = planCreate({ account, organizationUri, madeAt, spec: specFor(session, wanted), observed, known, leftBeside })
  return { plan: withRestorable(plan, { ...session, observed, known }), observed }
}

export async function createWebhook(
  deps: ExecuteDeps,
  session: Session,
  prepared: Prepared,
  input: { readonly wanted: DesiredWebhook; readonly signingKey: Secret | null; readonly dryRun: boolean },
): Promise<WebhookChange> {
  return changeWebhook(deps, session, prepared, {
    command: 'webhooks create',
    origin: originOf(session, specFor(session, input.wanted)),
    ...input,
  })
}

/** Carries the plan out and describes the one subscription that it is about. */
export async function changeWebhook(
  deps: ExecuteDeps,
  session: Session,
  { plan, observed }: Prepared,
  how: { readonly command: string; readonly origin: Origin; readonly signingKey: Secret | null; readonly dryRun: boolean },
): Promise<WebhookChange> {
  const { command, origin, signingKey } = how
  const done = how.dryRun
    ? { applied: [], failed: [], made: [] }
    : await executePlan(deps, { command, plan, session, origin, observed, ...(signingKey === null ? {} : { signingKey }) })
  const kept = plan.steps.find(({ action }) => action === 'keep')
  const subject = done.made[0] ?? observed.find(({ uri }) => uri === kept?.uri)
  const rows = subject === undefined ? [] : describeSubscriptions([subject], await deps.subscriptions.known(null))
  return { webhook: rows[0] ?? null, plan, applied: done.applied, failed: done.failed }
}

/** What is made at the connection's own place is the connection's, whichever command makes it. */
function originOf({ connection, ...session }: Session, spec: SubscriptionSpec): Origin {
  const desired = connection?.desired ?? null
  if (desired === null) return 'created'
  return identityOf(specFor({ connection, ...session }, desired)) === identityOf(spec) ? 'connection' : 'created'
}
