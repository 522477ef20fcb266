// One subscription more. The signing key is on disk before the POST.

import { identityOf } from '../../core/calendly/identity.ts'
import { isUnderstood } from '../../core/calendly/understood.ts'
import { type CreateStep, type ReplaceStep, specOf } from '../../core/plan/model.ts'
import { ownUris } from '../../core/plan/standing.ts'
import { replaceStep } from '../../core/plan/steps.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { announceOther } from './announce.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { failedStep, failStep, intend, keepMade } from './context.ts'
import { isCalreconnectError, isUnclear } from './errors.ts'
import { signingKeyOf } from './keys.ts'
import { makeIn, roomFor } from './make-room.ts'
import { type Conflict, post } from './post.ts'
import { gapOf, halfDone } from './put-back.ts'

/** What a create does about a subscription of somebody else at our own identity, which no list showed before. */
export type ReplaceInstead = (
  indexed: Indexed<ReplaceStep>,
  asked: { readonly signingKey: Secret; readonly conflict: Conflict },
) => Promise<StepResult>

/** Only a connection's own place is cleared unasked; what this very plan deletes later may as well go first. */
export async function performCreate(execution: Execution, indexed: Indexed<CreateStep>, replace: ReplaceInstead): Promise<StepResult> {
  const { step, index } = indexed
  const signingKey = await signingKeyOf(execution, step)
  await intend(execution, indexed, { signingKey, backup: null })
  const room = roomFor(null)
  try {
    const spec = specOf(step)
    const asked = await post(execution, { index, spec, signingKey, sentBefore: false, going: goingOf(execution) })
    if (asked.kind === 'conflict') {
      const [there] = asked.atUrl
      const mayReplace = execution.input.origin === 'connection' && execution.input.leaveOthers !== true
      const isOwnPlace = mayReplace && there !== undefined && isUnderstood(there) && identityOf(there) === identityOf(spec)
      if (isOwnPlace && !goingOf(execution).has(there.uri)) {
        const own = ownUris(await execution.deps.subscriptions.known(null))
        if (!own.has(there.uri)) announceOther(execution.deps, execution.input.session, there)
        return await replace({ index, step: replaceStep(there, spec, 'url_conflict') }, { signingKey, conflict: asked })
      }
    }
    const made = asked.kind === 'made' ? asked : await makeIn(execution, room, { index, spec, signingKey, asked })
    return await keepMade(execution, indexed, made, { outcome: 'created', ...gapOf(execution, room) })
  } catch (error) {
    if (room.cleared.length > 0) return halfDone(execution, indexed, room, error)
    // Its journal row stays open: a later run finds out what came of it.
    if (isCalreconnectError(error) && isUnclear(error)) return failedStep(step, error)
    return failStep(execution, indexed, error)
  }
}

function goingOf({ input }: Execution): ReadonlySet<string> {
  return new Set(input.plan.steps.flatMap(({ action, uri }) => (action === 'delete' && uri !== null ? [uri] : [])))
}
