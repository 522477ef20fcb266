// What the commands that change webhooks share: ports, the question before, the end after.

import { advise, again, type Hint } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { EnsureDeps } from '../../operations/webhooks/ensure.ts'
import { problemOf } from '../../operations/execute/errors.ts'
import type { Context } from '../context.ts'
import { PLAIN, type View } from '../render/view.ts'
import { renderPlan } from '../render/plan.ts'

export async function webhookPorts(ctx: Context): Promise<EnsureDeps> {
  const { connections, lock, subscriptions, runs } = await ctx.store()
  const { clock, random, interruption } = ctx
  const { maxWaitMs } = ctx.globals
  return { connections, lock, subscriptions, runs, clock, random, interruption, maxWaitMs, progress: await ctx.progress() }
}

/** With this many more, a list before a question would scroll the question's subject away. */
const SHOWN_MAX = 30
/** Of a terminal that does not tell its width. */
const COLUMNS = 80

/**
 * Shows the plan and asks. An empty plan needs no question.
 * @param what completes "would …" and begins the question: `delete 12 subscriptions`
 * @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no
 */
export async function confirmPlan(
  ctx: Context,
  plan: Plan,
  asked: { readonly command: string; readonly what: string; readonly yes: boolean },
): Promise<void> {
  if (writesOf(plan).length === 0 || asked.yes) return
  if (!ctx.canPrompt) {
    throw new CalreconnectError('INPUT_REQUIRED', `${asked.command} would ${asked.what}: pass --yes to do so without being asked`, {
      hint: advise`${again({ add: ['--dry-run'] })} shows them; ${again({ add: ['--yes'] })} does it`,
    })
  }
  const view: View = { columns: ctx.host.stderr.columns || COLUMNS, nowMs: ctx.clock.nowMs(), paint: PLAIN }
  ctx.say(renderPlan(plan, view, { rowsMax: SHOWN_MAX }))
  const question = `${asked.what.charAt(0).toUpperCase()}${asked.what.slice(1)}?`
  if (await (await ctx.prompts()).confirm(question, false)) return
  throw new CalreconnectError('INTERRUPTED', 'Nothing was changed')
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
