// What the commands that change webhooks share: ports, the question before, the end after.

import type { Hint } from '../../core/errors/advice.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { EnsureDeps } from '../../operations/webhooks/ensure.ts'
import { problemOf } from '../../operations/execute/errors.ts'
import type { Session } from '../../operations/observe/session.ts'
import type { Context } from '../context.ts'
import { confirmChanges } from '../input/confirm-changes.ts'
import type { View } from '../render/view.ts'
import { renderPlan } from '../render/plan.ts'

export async function webhookPorts(ctx: Context): Promise<EnsureDeps> {
  const { connections, lock, subscriptions, runs } = await ctx.store()
  const { clock, random, interruption } = ctx
  const { maxWaitMs } = ctx.globals
  return {
    connections,
    lock,
    subscriptions,
    runs,
    clock,
    random,
    interruption,
    maxWaitMs,
    warn: (text) => ctx.warn(text),
    progress: await ctx.progress(),
  }
}

/** With this many more, a list before a question would scroll the question's subject away. */
const SHOWN_MAX = 30

/**
 * Shows the plan and asks. An empty plan needs no question.
 * @param what completes "would …" and begins the question: `delete 12 subscriptions`
 * @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no
 */
export async function confirmPlan(
  ctx: Context,
  plan: Plan,
  asked: { readonly command: string; readonly what: string; readonly session: Session; readonly yes: boolean },
): Promise<void> {
  const { command, what, yes } = asked
  const show = (view: View): string => renderPlan(plan, view, { rowsMax: SHOWN_MAX })
  const whose = yes || !ctx.canPrompt ? {} : { whose: await ofWhom(ctx, asked.session, plan) }
  await confirmChanges(ctx, { count: writesOf(plan).length, command, what, show, ...whose }, { yes })
}

/** Whose subscriptions a plan changes, and how many of those that go were not made here. */
async function ofWhom(ctx: Context, { account, connection }: Session, plan: Plan): Promise<string> {
  const details = [connection?.email, connection?.organizationName].filter((one) => typeof one === 'string' && one !== account)
  const name = details.length === 0 ? account : `${account} (${details.join(', ')})`
  const made = new Set(
    (await (await ctx.store()).subscriptions.known()).flatMap(({ uri, origin }) => (origin === 'key_added' ? [] : [uri])),
  )
  const elsewhere = plan.steps.filter(({ action, uri }) => (action === 'delete' || action === 'replace') && !made.has(uri)).length
  return `of ${name}${elsewhere === 0 ? '' : `, ${elsewhere} made elsewhere`}`
}

/** Prints what was done. Where nothing was, the failure itself ends the command; a partial result is shown with its problem. */
export function showChange<T extends PlanResult & { readonly plan: Plan }>(
  ctx: Context,
  data: T,
  render: (data: T, view: View) => string,
  continuing?: Hint,
): void {
  const problem = problemOf(data.plan, data, continuing)
  if (problem !== null && problem.exit !== 'partial') throw problem
  ctx.show(data, render, problem)
}
