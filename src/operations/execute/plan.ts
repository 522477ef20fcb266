// The only code that changes webhooks at Calendly. For every step: intent on disk, request, outcome on disk. Decides nothing
// but what is not to be begun any more.

import { advise, again } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { CreateStep, DeleteStep, ReplaceStep } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { ExecuteDeps, ExecuteInput, ExecuteResult, Execution, Indexed, StepResult } from './context.ts'
import { performCreate } from './create.ts'
import { performDelete } from './delete.ts'
import { endsTheRun } from './errors.ts'
import { performReplace } from './replace.ts'
import { mapBounded } from '../map-bounded.ts'

type Write = ReturnType<typeof writesOf>[number]

/** Neighbouring deletes that are under way at the same time. */
const DELETES_AT_ONCE_MAX = 8

/**
 * Does the steps of a plan, in their order. A failed step does not keep the others from being done, with two exceptions:
 * what would fail all others too ends the run, and what a failed create or replace was to make superfluous stays.
 * @throws INTERRUPTED at the next safe point after Ctrl-C, saying what is left
 * @throws STORE_FULL … as soon as the journal cannot be written
 */
export async function executePlan(deps: ExecuteDeps, input: ExecuteInput): Promise<ExecuteResult> {
  const total = writesOf(input.plan).length
  if (total === 0) return { runId: null, applied: [], failed: [], made: [] }
  const runId = await deps.runs.begin(input.command, input.plan)
  const backups = new Map(input.observed.map((one) => [one.uri, one]))
  const tally = new Tally(writesOf(input.plan))
  deps.progress.start(total === 1 ? 'Changing the webhook at Calendly' : 'Changing webhooks at Calendly', total === 1 ? undefined : total)
  try {
    await doSteps({ deps, input, runId, backups, clear: async () => null }, tally)
  } finally {
    deps.progress.stop()
  }
  const isDone = tally.applied.length === total
  await deps.runs.finish(runId, isDone ? 'done' : tally.applied.length > 0 ? 'partial' : 'failed')
  if (!isDone && tally.failed.length === 0) {
    throw new CalreconnectError(
      'INTERRUPTED',
      `Interrupted: ${tally.applied.length} of ${total} steps were done, ${total - tally.applied.length} are left`,
      {
        hint: advise`${again()} continues`,
      },
    )
  }
  return { runId, applied: tally.applied, failed: tally.failed, made: tally.made }
}

async function doSteps(bare: Execution, tally: Tally): Promise<void> {
  const { deps } = bare
  const execution: Execution = { ...bare, clear: (uri) => clearEarly(execution, tally, uri) }
  for (const group of groupsOf(execution)) {
    await mapBounded(group, DELETES_AT_ONCE_MAX, async (write) => {
      if (tally.has(write.step) || deps.interruption.signal?.aborted === true || tally.stops(write.step)) return
      tally.add(write.step, await perform(execution, write))
      deps.progress.advance()
    })
  }
}

/** A create or replace found in its way what the plan deletes later. */
async function clearEarly(execution: Execution, tally: Tally, uri: string): Promise<StepResult | null> {
  const index = execution.input.plan.steps.findIndex((step) => step.action === 'delete' && step.uri === uri)
  const step = execution.input.plan.steps[index]
  if (step?.action !== 'delete' || tally.has(step)) return null
  const result = await performDelete(execution, { index, step })
  tally.add(step, result)
  execution.deps.progress.advance()
  return result
}

function perform(execution: Execution, { index, step }: Indexed<Write>): Promise<StepResult> {
  switch (step.action) {
    case 'create':
      return finished(execution, step, () =>
        performCreate(execution, { index, step }, (indexed, asked) => performReplace(execution, indexed, asked)),
      )
    case 'replace':
      return finished(execution, step, () => performReplace(execution, { index, step }))
    case 'delete':
      return performDelete(execution, { index, step })
  }
}

/** Its requests, the looks after a lost answer, and both halves of a replacement: begun, it is finished. */
function finished(execution: Execution, step: CreateStep | ReplaceStep, work: () => Promise<StepResult>): Promise<StepResult> {
  const cost = step.action === 'replace' ? `${step.callbackUrl} may be left without one` : 'nobody knows whether it was made'
  return execution.deps.interruption.finish({ awaited: `the new subscription for ${step.callbackUrl}`, cost, mend: null }, work)
}

/** Each create and replace by itself; deletes that stand side by side together. */
function groupsOf({ input }: Execution): Indexed<Write>[][] {
  const groups: Indexed<Write>[][] = []
  for (const [index, step] of input.plan.steps.entries()) {
    if (step.action === 'keep') continue
    const last = groups.at(-1)
    if (step.action === 'delete' && last?.[0]?.step.action === 'delete') last.push({ index, step })
    else groups.push([{ index, step }])
  }
  return groups
}

/** What has become of the steps so far. */
class Tally {
  readonly #writes: readonly Write[]
  readonly #results = new Map<Write, StepResult>()
  #ended = false
  #madeFailed = false

  constructor(writes: readonly Write[]) {
    this.#writes = writes
  }

  add(step: Write, result: StepResult): void {
    this.#results.set(step, result)
    if (result.kind !== 'failed') return
    if (step.action !== 'delete') this.#madeFailed = true
    if (endsTheRun(result.cause)) this.#ended = true
  }

  has(step: Write): boolean {
    return this.#results.has(step)
  }

  stops(step: Write): boolean {
    return this.#ended || (this.#madeFailed && step.action === 'delete' && madeSuperfluous(step))
  }

  get applied(): ExecuteResult['applied'] {
    return this.#inOrder.flatMap((result) => (result.kind === 'applied' ? [result.step] : []))
  }

  get failed(): ExecuteResult['failed'] {
    return this.#inOrder.flatMap((result) => (result.kind === 'failed' ? [result.step] : []))
  }

  get made(): ExecuteResult['made'] {
    return this.#inOrder.flatMap((result) => (result.kind === 'applied' && result.made !== null ? [result.made] : []))
  }

  /** The plan's, whatever was done out of its turn. */
  get #inOrder(): readonly StepResult[] {
    return this.#writes.flatMap((step) => this.#results.get(step) ?? [])
  }
}

/** Deleted because something else takes its place: without that, it is all that is left. */
function madeSuperfluous({ why }: DeleteStep): boolean {
  return why === 'superseded' || why === 'duplicate'
}
