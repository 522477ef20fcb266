// One subscription more. The signing key is on disk before the POST, which is sent once; what a 409 or a lost answer
// leaves open is found out by looking again, never by sending blindly.

import type { CalreconnectError } from '../../core/errors/errors.ts'
import { identityOf, normalizeUrl } from '../../core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import { type CreateStep, type ReplaceStep, type Step, specOf } from '../../core/plan/model.ts'
import { flawOf, keyedUris } from '../../core/plan/standing.ts'
import { replaceStep } from '../../core/plan/steps.ts'
import { Secret } from '../../core/secrets/secret.ts'
import { settleCreates } from '../../core/plan/settle.ts'
import type { Execution, Indexed, StepResult } from './context.ts'
import { failedStep, failStep, intend, keepMade } from './context.ts'
import { conflictError, explained, isCalreconnectError, isUnclear } from './errors.ts'
import { listEverywhere } from '../observe/observe.ts'

/** As long as the example in Calendly's own documentation: 43 base64url characters. */
const SIGNING_KEY_BYTES = 32
/** A list may lag behind what the POST knows: waits before looking again. */
const LOOK_DELAYS_MS: readonly number[] = [0, 400, 1600]

export type Posted =
  /** Ours. A null key: it is stored already. */
  | { readonly kind: 'made'; readonly subscription: Subscription; readonly signingKey: Secret | null }
  /** Calendly says 409. Null: no list shows why. */
  | { readonly kind: 'conflict'; readonly inTheWay: Subscription | null; readonly error: CalreconnectError }

interface Post {
  readonly index: number
  readonly spec: SubscriptionSpec
  readonly signingKey: Secret
  /** An earlier POST of this step, with the same key, may have been processed. */
  readonly sentBefore: boolean
}

export function newSigningKey({ deps, input }: Execution, step: Step): Secret {
  return (
    input.signingKeyFor?.(step) ?? input.signingKey ?? new Secret(Buffer.from(deps.random.bytes(SIGNING_KEY_BYTES)).toString('base64url'))
  )
}

/**
 * @param replace what is done about a subscription of somebody else at our own identity, which no list showed before.
 * Only a connection's own place is cleared unasked; what this very plan deletes later may as well go first.
 */
export async function performCreate(
  execution: Execution,
  indexed: Indexed<CreateStep>,
  replace: (indexed: Indexed<ReplaceStep>, signingKey: Secret) => Promise<StepResult>,
): Promise<StepResult> {
  const { step, index } = indexed
  const signingKey = newSigningKey(execution, step)
  await intend(execution, indexed, { signingKey, backup: null })
  try {
    const spec = specOf(step)
    const posted = await post(execution, { index, spec, signingKey, sentBefore: false })
    if (posted.kind === 'made') return await keepMade(execution, indexed, posted, { outcome: 'created' })
    const { inTheWay } = posted
    const isOwnPlace = execution.input.origin === 'connection' && inTheWay !== null && identityOf(inTheWay) === identityOf(spec)
    if (inTheWay !== null && (isOwnPlace || isGoing(execution, inTheWay))) {
      return await replace({ index, step: replaceStep(inTheWay, spec, 'url_conflict') }, signingKey)
    }
    return await failStep(execution, indexed, conflictError(spec, inTheWay, posted.error))
  } catch (error) {
    // Its journal row stays open: a later run finds out what came of it.
    if (isCalreconnectError(error) && isUnclear(error)) return failedStep(step, error)
    return failStep(execution, indexed, error)
  }
}

/** One POST. @throws what Calendly refused; an unclear failure only after looking whether it was processed */
export async function post(execution: Execution, what: Post): Promise<Posted> {
  const { api, grantedScopes } = execution.input.session
  try {
    return { kind: 'made', subscription: await api.createSubscription(what.spec, what.signingKey), signingKey: what.signingKey }
  } catch (error) {
    const isConflict = isCalreconnectError(error) && error.code === 'CALENDLY_CONFLICT'
    if (!isConflict && !isUnclear(error)) throw explained(error, what.spec, grantedScopes)
    const found = await look(execution, what, isConflict).catch((again: unknown) => {
      // Looking failed as well: what the POST said counts.
      if (isCalreconnectError(again) && again.exit !== 'store') return null
      throw again
    })
    if (found?.kind === 'made') return found
    if (isConflict) return { kind: 'conflict', inTheWay: found?.inTheWay ?? null, error }
    throw error
  }
}

type Found =
  | { readonly kind: 'made'; readonly subscription: Subscription; readonly signingKey: Secret | null }
  | { readonly kind: 'other'; readonly inTheWay: Subscription }

/** What is at Calendly now that explains the answer, or the lack of one. */
async function look(execution: Execution, what: Post, isConflict: boolean): Promise<Found | null> {
  const { deps, input } = execution
  for (const delayMs of LOOK_DELAYS_MS) {
    if (delayMs > 0) await deps.clock.sleep(delayMs)
    const observed = await listEverywhere(input.session, { group: what.spec.group })
    const mine = what.sentBefore || !isConflict ? await ofThisStep(execution, what, observed) : null
    if (mine !== null) return { kind: 'made', subscription: mine, signingKey: what.signingKey }
    const there = isConflict ? inTheWayOf(what.spec, observed) : null
    if (there !== null) return (await adoptable(execution, what, there)) ?? { kind: 'other', inTheWay: there }
  }
  return null
}

/** Made by a POST of this step whose answer was lost, and not by somebody else with the same wish a moment ago. */
async function ofThisStep({ deps, input, runId }: Execution, what: Post, observed: readonly Subscription[]): Promise<Subscription | null> {
  const explained = keyedUris(await deps.subscriptions.known(null))
  const settled = settleCreates(await deps.runs.unsettledCreates(input.plan.account), observed, explained, input.session.userUri)
  return settled.find(({ intent }) => intent.runId === runId && intent.stepIndex === what.index)?.subscription ?? null
}

/** The very URL first, then other spellings of it; our own scope and owner first, then others. */
function inTheWayOf(spec: SubscriptionSpec, observed: readonly Subscription[]): Subscription | null {
  const url = normalizeUrl(spec.callbackUrl)
  const sameUrl = observed.filter((one) => normalizeUrl(one.callbackUrl) === url)
  const here = sameUrl.filter((one) => identityOf(one) === identityOf(spec))
  const verbatim = (one: Subscription): boolean => one.callbackUrl === spec.callbackUrl
  return here.find(verbatim) ?? here[0] ?? sameUrl.find(verbatim) ?? sameUrl[0] ?? null
}

/** What another run of ours has made in the meantime serves as well, as long as its key is known and all else is as it should be. */
async function adoptable(execution: Execution, what: Post, there: Subscription): Promise<Found | null> {
  const { deps, input, runId } = execution
  const isOurPlace = identityOf(there) === identityOf(what.spec)
  const keyed = keyedUris(await deps.subscriptions.known(null))
  // What this very plan deletes cannot stay in the place of what it makes.
  if (!isOurPlace || isGoing(execution, there)) return null
  if (flawOf(there, what.spec, keyed) === null) return { kind: 'made', subscription: there, signingKey: null }
  if (there.state !== 'active' || keyed.has(there.uri)) return null
  const others = (await deps.runs.unsettledCreates(input.plan.account)).filter((intent) => intent.runId !== runId)
  const match = settleCreates(others, [there], new Set(), input.session.userUri).find(({ subscription }) => subscription !== null)
  if (match === undefined || flawOf(there, what.spec, new Set([there.uri])) !== null) return null
  const signingKey = await deps.runs.intendedKey(match.intent.runId, match.intent.stepIndex)
  return signingKey === null ? null : { kind: 'made', subscription: there, signingKey }
}

function isGoing({ input }: Execution, there: Subscription): boolean {
  return input.plan.steps.some(({ action, uri }) => action === 'delete' && uri === there.uri)
}
