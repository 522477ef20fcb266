// Plans for several accounts and what came of them, each below its account's name: for plan and apply.

import type { Plan } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { ApplyResults } from '../../operations/declarative/apply.ts'
import { renderChange, renderPlan } from './plan.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'
import { count } from './words.ts'

/** One account after the other; what stays is only counted. @param options.rowsMax of all of them together, more are only counted */
export function renderPlans(plans: readonly Plan[], view: View, options: { readonly rowsMax?: number } = {}): string {
  if (plans.length === 0) return 'The file names no accounts'
  let left = options.rowsMax ?? Number.POSITIVE_INFINITY
  const texts = plans.map((plan) => {
    const text = planText(plan, view, { rowsMax: left })
    left = Math.max(0, left - writesOf(plan).length)
    return text
  })
  return texts.join('\n\n')
}

/** How many steps change something. */
export function changesOf(plans: readonly Plan[]): number {
  return plans.reduce((sum, plan) => sum + writesOf(plan).length, 0)
}

export function renderApply({ results }: ApplyResults, view: View): string {
  if (results.length === 0) return 'The file names no accounts'
  const texts = results.map((result) => {
    const name = view.paint.bold(printable(result.account))
    if (result.error !== undefined) return `${name}\n${view.paint.red('✗')} ${printable(result.error.message)}`
    return `${name}\n${renderChange(result, view, { dryRun: false })}`
  })
  return texts.join('\n\n')
}

function planText(plan: Plan, view: View, options: { readonly rowsMax?: number }): string {
  const writes = writesOf(plan)
  const kept = plan.steps.length - writes.length
  const stays = kept === 0 ? '' : `, ${kept} ${kept === 1 ? 'stays' : 'stay'}`
  const head = `${view.paint.bold(printable(plan.account))}: ${writes.length === 0 ? 'nothing to change' : count(writes.length, 'change')}${stays}`
  return writes.length === 0 ? head : `${head}\n${renderPlan({ ...plan, steps: writes }, view, options)}`
}
