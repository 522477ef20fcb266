// One subscription in another's place. Calendly allows a URL once, so at the same URL the old one must go first: from then
// on the step is finished whatever happens, with its backup on disk and the time without a subscription measured.

import type { CalreconnectError } from '../../core/errors/errors.ts'
import { sameEvents } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import { type ReplaceStep, specOf } from '../../core/plan/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { failedStep, failStep, intend, keepMade } from './context.ts'
import { newSigningKey, post, type Posted } from './create.ts'
import { conflictError, halfReplaced, isCalreconnectError, isPassing, isUnclear, reworded } from './errors.ts'

const BACKOFF_FIRST_MS = 500
const BACKOFF_MAX_MS = 8000
const ATTEMPTS_MAX = 30
const MAX_WAIT_MS = 60_000

/** @param signingKey of a create that found its place taken; else a new one is made */
export async function performReplace(
  execution: Execution,
  indexed: Indexed<ReplaceStep>,
  signingKey: Secret = newSigningKey(execution, indexed.step),
): Promise<StepResult> {
  const { step } = indexed
  const found = execution.backups.get(step.uri) ?? null
  await intend(execution, indexed, { signingKey, backup: found ?? backupOf(step) })
  return step.overlap
    ? createThenDelete(execution, indexed, signingKey)
    : deleteThenCreate(execution, indexed, { signingKey, backup: found })
}

async function createThenDelete(execution: Execution, indexed: Indexed<ReplaceStep>, signingKey: Secret): Promise<StepResult> {
  const { index, step } = indexed
  try {
    const spec = specOf(step)
    const posted = await post(execution, { index, spec, signingKey, sentBefore: false })
    if (posted.kind === 'conflict') throw conflictError(spec, posted.inTheWay, posted.error)
    const { subscriptions } = execution.deps
    const result = await keepMade(execution, indexed, posted, { outcome: 'replaced', gapMs: 0 })
    try {
      await execution.input.session.api.deleteSubscription(step.uri)
    } catch (error) {
      if (!isCalreconnectError(error)) throw error
      throw reworded(error, {
        message: `The new subscription ${posted.subscription.uri} is in place; the old one ${step.uri} could not be deleted: ${error.message}`,
        hint: `calreconnect webhooks delete ${step.uri}`,
      })
    }
    await subscriptions.forget(step.uri)
    return result
  } catch (error) {
    return failStep(execution, indexed, error)
  }
}

async function deleteThenCreate(
  execution: Execution,
  indexed: Indexed<ReplaceStep>,
  parts: { readonly signingKey: Secret; readonly backup: Subscription | null },
): Promise<StepResult> {
  const { deps, input, runId } = execution
  const { step } = indexed
  try {
    await input.session.api.deleteSubscription(step.uri)
  } catch (error) {
    return failStep(execution, indexed, error)
  }
  const goneAtMs = deps.clock.nowMs()
  await deps.subscriptions.forget(step.uri)
  try {
    const posted = await createUntil(execution, indexed, parts.signingKey, goneAtMs + (deps.maxWaitMs ?? MAX_WAIT_MS))
    return await keepMade(execution, indexed, posted, { outcome: 'replaced', gapMs: Math.max(0, deps.clock.nowMs() - goneAtMs) })
  } catch (error) {
    if (!isCalreconnectError(error) || error.exit === 'store') throw error
    const putBack = await putBackAfter(execution, parts, step, error)
    // Interrupted or not, the step was begun: it counts as failed.
    const failure = halfReplaced(error, { runId, origin: input.origin, spec: specOf(step), putBack: putBack?.uri ?? null })
    await deps.runs.fail(runId, indexed.index, failure)
    return failedStep(step, failure)
  }
}

/** Tries again, with the same key, while the failure may pass and there is time. Ctrl-C does not part the two halves. */
async function createUntil(
  execution: Execution,
  { index, step }: Indexed<ReplaceStep>,
  signingKey: Secret,
  untilMs: number,
): Promise<Extract<Posted, { kind: 'made' }>> {
  const { clock, progress } = execution.deps
  const spec = specOf(step)
  let sentBefore = false
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await post(execution, { index, spec, signingKey, sentBefore }).catch((error: unknown) => error)
    const posted = isPosted(outcome) ? outcome : null
    if (posted?.kind === 'made') return posted
    const inTheWay = posted?.inTheWay ?? null
    const failure = posted === null ? outcome : conflictError(spec, inTheWay, posted.error)
    // What was deleted a moment ago may still be in the way for a while.
    const mayPass = posted === null ? isPassing(failure) : inTheWay === null || inTheWay.uri === step.uri
    const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1))
    if (!mayPass || attempt >= ATTEMPTS_MAX || clock.nowMs() + delayMs > untilMs) throw failure
    sentBefore ||= isUnclear(failure)
    progress.note(`The new subscription for ${spec.callbackUrl} could not be made yet; trying again in ${Math.ceil(delayMs / 1000)} s`)
    await clock.sleep(delayMs)
  }
}

function isPosted(outcome: unknown): outcome is Posted {
  return typeof outcome === 'object' && outcome !== null && !(outcome instanceof Error) && 'kind' in outcome
}

/** Calendly refuses what is wanted (an event's scope, say) but took the old definition once: better that than nothing. */
async function putBackAfter(
  execution: Execution,
  { signingKey, backup }: { readonly signingKey: Secret; readonly backup: Subscription | null },
  step: ReplaceStep,
  refusal: CalreconnectError,
): Promise<Subscription | null> {
  const { deps, input } = execution
  const isRefused = refusal.exit === 'refused' && refusal.code !== 'CALENDLY_CONFLICT'
  if (backup === null || backup.state !== 'active' || !(isRefused || refusal.code === 'CALENDLY_INSUFFICIENT_SCOPE')) return null
  if (sameEvents(backup.events, step.events)) return null
  try {
    const subscription = await input.session.api.createSubscription(specOf(backup), signingKey)
    await deps.subscriptions.keep(subscription, { account: input.session.connection?.name ?? null, origin: input.origin, signingKey })
    return subscription
  } catch (error) {
    if (isCalreconnectError(error) && error.exit !== 'store') return null
    throw error
  }
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
