// One subscription less: its definition on disk, the request, the outcome on disk.

import type { DeleteStep } from '../core/plan-model.ts'
import type { Execution, Indexed, StepResult } from './execute-context.ts'
import { failStep, intend } from './execute-context.ts'

/** Calendly's limit for paid organizations; a Free one's lower limit shows itself as 429. @see api-docs/overview/rate-limits, seen 2026-11-22 */
const REQUESTS_PER_WINDOW = 500
const WINDOW_MS = 60_000
const BUDGET_ASKS_MAX = 10_000

export async function performDelete(execution: Execution, indexed: Indexed<DeleteStep>): Promise<StepResult> {
  const { deps, input, runId } = execution
  const { index, step } = indexed
  if (!(await isAllowed(execution))) return { kind: 'left' }
  await intend(execution, indexed, { signingKey: null, backup: execution.backups.get(step.uri) ?? null })
  try {
    const outcome = await input.session.api.deleteSubscription(step.uri)
    await deps.subscriptions.forget(step.uri)
    await deps.runs.settle(runId, index, { outcome })
    return { kind: 'applied', step: { ...step, outcome }, made: null }
  } catch (error) {
    return failStep(execution, indexed, error)
  }
}

/** Waits for the budget that all processes share. False: interrupted meanwhile. */
async function isAllowed({ deps, input }: Execution): Promise<boolean> {
  const { budget, clock, signal } = deps
  if (budget === undefined) return signal?.aborted !== true
  for (let ask = 0; ask < BUDGET_ASKS_MAX; ask += 1) {
    const waitMs = await budget.take(`api ${input.session.userUri}`, REQUESTS_PER_WINDOW, WINDOW_MS)
    if (waitMs <= 0) break
    try {
      await clock.sleep(waitMs, signal)
    } catch {
      // The only thing that ends a sleep early is the signal.
      return false
    }
  }
  return signal?.aborted !== true
}
