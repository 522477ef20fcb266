// What is done about a step that deleted something and could not make what should take its place: the old definition comes back, and
// the person is told what is lost.

import { identityOf } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import { isUnderstood } from '../../core/calendly/understood.ts'
import { type CreateStep, type ReplaceStep, specOf } from '../../core/plan/model.ts'
import { createStep } from '../../core/plan/steps.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { failedStep, intend, tellOwners } from './context.ts'
import { halfReplaced, isCalreconnectError, isUnclear } from './errors.ts'
import { signingKeyOf } from './keys.ts'
import type { Room } from './make-room.ts'
import { post } from './post.ts'

/** How long nothing stood there; nothing to say where nothing had to go first. */
export function gapOf({ deps }: Execution, { goneAtMs }: Room): { readonly gapMs?: number } {
  return goneAtMs === null ? {} : { gapMs: Math.max(0, deps.clock.nowMs() - goneAtMs) }
}

/** Interrupted or not, the step was begun: it counts as failed. What is no failure of the step (the store, a bug) is thrown on. */
export async function halfDone(
  execution: Execution,
  indexed: Indexed<CreateStep | ReplaceStep>,
  room: Room,
  error: unknown,
): Promise<StepResult> {
  if (!isCalreconnectError(error) || error.exit === 'store' || error.exit === 'bug') throw error
  const { deps, input, runId } = execution
  const { index, step } = indexed
  const lost = room.cleared.find(({ uri }) => uri === room.old?.uri) ?? room.cleared.at(-1) ?? room.old
  const back = lost === null ? null : await putBack(execution, indexed, lost)
  const failure = halfReplaced(error, { runId, origin: input.origin, account: input.session.account, spec: specOf(step), lost, back })
  // Where nobody can tell what came of the POST, the row stays open: a later run finds out.
  if (!isUnclear(error)) await deps.runs.fail(runId, index, failure)
  return failedStep(step, failure, error)
}

export interface PutBack {
  readonly uri: string
  /** The receiver's key serves on. */
  readonly sameKey: boolean
}

/**
 * One POST of the old definition, in the journal beyond the steps of the plan. With the old key where it is known, else with a new one.
 * One that was disabled is not brought back to life.
 */
async function putBack(
  execution: Execution,
  { index, step }: Indexed<CreateStep | ReplaceStep>,
  lost: Subscription,
): Promise<PutBack | null> {
  if (!isUnderstood(lost) || lost.state !== 'active') return null
  const { deps, input, runId } = execution
  const again: Indexed<CreateStep> = { index: input.plan.steps.length + index, step: createStep(lost, 'restored') }
  const known = (await deps.subscriptions.known(null, { gone: true })).find(({ uri }) => uri === lost.uri)
  const oldKey = await deps.subscriptions.signingKey(lost.uri)
  const signingKey = oldKey ?? (await signingKeyOf(execution, again.step))
  await intend(execution, again, { signingKey, backup: null })
  try {
    const posted = await post(execution, {
      index: again.index,
      spec: specOf(lost),
      signingKey,
      sentBefore: false,
      going: new Set([lost.uri]),
    })
    if (posted.kind === 'conflict') throw posted.error
    const origin = known === undefined || known.origin === 'key_added' ? input.origin : known.origin
    const account = known?.account ?? input.session.connection?.name ?? null
    await deps.subscriptions.keep(posted.subscription, { account, origin, signingKey: posted.signingKey, replaces: lost.uri })
    if (origin === 'connection' && account !== null && identityOf(lost) === identityOf(step)) {
      await tellOwners(deps, account, again.step, posted.subscription)
    }
    await deps.runs.settle(runId, again.index, { outcome: 'created', newUri: posted.subscription.uri })
    return { uri: posted.subscription.uri, sameKey: oldKey !== null }
  } catch (error) {
    if (!isCalreconnectError(error) || error.exit === 'store' || error.exit === 'bug') throw error
    if (!isUnclear(error)) await deps.runs.fail(runId, again.index, error)
    return null
  }
}
