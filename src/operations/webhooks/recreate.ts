// `webhooks recreate`: the connection's own subscription anew, with a fresh signing key.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import { isUnderstood, type UnderstoodSubscription } from '../../core/calendly/understood.ts'
import type { Plan, Step } from '../../core/plan/model.ts'
import { planReconcile, planRecreate } from '../../core/plan/reconcile.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { checkAllowed } from '../../core/connection/desired.ts'
import { changeWebhook, type Prepared, type WebhookChange } from './create.ts'
import { type EnsureDeps, holdWebhooks, sharedSpecFor, specFor } from './ensure.ts'
import { observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

/** @throws SETTING_MISSING when the connection has no webhook that could be made anew */
export async function prepareRecreate(deps: EnsureDeps, session: Session, input: { readonly overlap: boolean }): Promise<Prepared> {
  const desired = desiredOf(session)
  checkAllowed(desired, session)
  const own = specFor(session, desired)
  const { observed, known } = await observe(deps, session, { group: own.group })
  const spec = await sharedSpecFor(deps, session, own, observed)
  const { account, organizationUri, userUri } = session
  const head = { account, organizationUri, madeAt: new Date(deps.clock.nowMs()).toISOString() }
  const wanted = planReconcile({ ...head, userUri, desired: spec, observed, known })
  const plan = anew(wanted, observed, (current) => planRecreate({ ...head, current, overlap: input.overlap, observed }))
  return { plan: withRestorable(plan, { ...session, observed, known }), observed }
}

/**
 * Carries out what was shown, one process after the other. If somebody was faster, the old one is gone already and their new one
 * takes its place: the executor adopts it.
 */
export function recreate(
  deps: EnsureDeps,
  session: Session,
  prepared: Prepared,
  input: { readonly dryRun: boolean },
): Promise<WebhookChange> {
  const how = { command: 'webhooks recreate', origin: 'connection', signingKey: null, dryRun: input.dryRun } as const
  if (input.dryRun) return changeWebhook(deps, session, prepared, how)
  return holdWebhooks(deps, session, () => changeWebhook(deps, session, prepared, how))
}

/**
 * A run that died half-way may have left one too many, or none: those steps belong to the plan as well, and the one that is
 * to stay is made anew.
 */
function anew(wanted: Plan, observed: readonly Subscription[], planAnew: (current: UnderstoodSubscription) => Plan): Plan {
  const steps = wanted.steps.flatMap((step): readonly Step[] => {
    if (step.action !== 'keep' && step.action !== 'replace') return [step]
    const current = observed.find(({ uri }) => uri === step.uri)
    if (current === undefined || !isUnderstood(current)) return [step]
    // Events that differ are put right on the same occasion.
    const replacement = planAnew({ ...current, events: step.events })
    return replacement.steps.map((one) => (step.action === 'replace' ? { ...one, why: step.why } : one))
  })
  return { ...wanted, steps }
}

function desiredOf({ connection, account }: Session): DesiredWebhook {
  const desired = connection?.desired ?? null
  if (desired !== null) return desired
  throw new CalreconnectError('SETTING_MISSING', `${account} has no webhook of its own that could be made anew`, {
    hint: next('reconnect', '--callback-url', 'URL'),
  })
}
