// One subscription in another's place. Nothing is deleted before Calendly has said that the new one may be made: where both may stand
// side by side the old one goes afterwards, and there is no gap. Where the URL must be free first, the step is finished from then on
// whatever happens, with its backup on disk and the time without a subscription measured.

import type { Subscription } from '../../core/calendly/model.ts'
import { type ReplaceStep, specOf } from '../../core/plan/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { applied, failedStep, failStep, intend, recordMade } from './context.ts'
import { conflictError, isCalreconnectError, isUnclear, stillThere } from './errors.ts'
import { signingKeyOf } from './keys.ts'
import { makeIn, type Room, roomFor } from './make-room.ts'
import { type Conflict, type Made, post } from './post.ts'
import { gapOf, halfDone } from './put-back.ts'

/** @param asked by a create that found its place taken */
export async function performReplace(
  execution: Execution,
  indexed: Indexed<ReplaceStep>,
  asked: { readonly signingKey: Secret; readonly conflict: Conflict } | null = null,
): Promise<StepResult> {
  const { step } = indexed
  const signingKey = asked?.signingKey ?? (await signingKeyOf(execution, step))
  const old = execution.backups.get(step.uri) ?? asked?.conflict.atUrl.find(({ uri }) => uri === step.uri) ?? backupOf(step)
  await intend(execution, indexed, { signingKey, backup: old })
  const room = roomFor(old)
  let made: Made
  try {
    made = await makeNew(execution, indexed, room, { signingKey, conflict: asked?.conflict ?? null })
  } catch (error) {
    if (room.cleared.length > 0 || room.goneAtMs !== null) return halfDone(execution, indexed, room, error)
    // Its journal row stays open: a later run finds out what came of it.
    if (isCalreconnectError(error) && isUnclear(error)) return failedStep(step, error)
    return failStep(execution, indexed, error)
  }
  return finish(execution, indexed, room, made)
}

async function makeNew(
  execution: Execution,
  { index, step }: Indexed<ReplaceStep>,
  room: Room,
  { signingKey, conflict }: { readonly signingKey: Secret; readonly conflict: Conflict | null },
): Promise<Made> {
  const spec = specOf(step)
  if (!step.overlap) return makeIn(execution, room, { index, spec, signingKey, ...(conflict === null ? {} : { asked: conflict }) })
  const posted = await post(execution, { index, spec, signingKey, sentBefore: false, going: new Set([step.uri]) })
  if (posted.kind === 'conflict') throw conflictError(spec, posted.atUrl[0] ?? null, { cause: posted.error })
  return posted
}

/** The new one and its key on disk, then the old one away if it still stands, and only then the step settled. */
async function finish(execution: Execution, indexed: Indexed<ReplaceStep>, room: Room, made: Made): Promise<StepResult> {
  const { deps, input, runId } = execution
  const { index, step } = indexed
  const how = { outcome: 'replaced', gapMs: gapOf(execution, room).gapMs ?? 0 } as const
  await recordMade(execution, indexed, made)
  if (!room.cleared.some(({ uri }) => uri === step.uri) && made.subscription.uri !== step.uri) {
    try {
      await input.session.api.deleteSubscription(step.uri)
    } catch (error) {
      if (!isCalreconnectError(error)) throw error
      return failStep(execution, indexed, stillThere(error, { made: made.subscription.uri, old: step.uri }))
    }
    await deps.subscriptions.forget(step.uri)
  }
  await deps.runs.settle(runId, index, { ...how, newUri: made.subscription.uri })
  return applied(indexed, made.subscription, how)
}

/** What is known of a subscription that was found only after the plan was made. */
function backupOf(step: ReplaceStep): Subscription {
  return {
    ...specOf(step),
    uri: step.uri,
    callbackUrl: step.replacedUrl,
    state: step.state,
    createdAt: step.createdAt,
    updatedAt: step.createdAt,
    retryStartedAt: null,
    creator: null,
  }
}
