// One subscription less: its definition on disk, the request, the outcome on disk.

import type { DeleteStep } from '../../core/plan/model.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { failStep, intend } from './context.ts'

export async function performDelete(execution: Execution, indexed: Indexed<DeleteStep>): Promise<StepResult> {
  const { deps, input, runId } = execution
  const { index, step } = indexed
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
