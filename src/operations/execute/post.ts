// One POST, sent once, and what came of it: what a 409 or a lost answer leaves open is found out by looking again, never by sending blindly.

import type { CalreconnectError } from '../../core/errors/errors.ts'
import { identityOf, normalizeUrl } from '../../core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import { isUnderstood } from '../../core/calendly/understood.ts'
import { flawOf, keyedUris, managedUris } from '../../core/plan/standing.ts'
import { settleCreates } from '../../core/plan/settle.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Execution } from './context.ts'
import { explained, isCalreconnectError, isUnclear } from './errors.ts'
import { commonKey } from '../journal/common-key.ts'
import { listEverywhere } from '../observe/observe.ts'

/** A list may lag behind what the POST knows: waits before looking again. */
const LOOK_DELAYS_MS: readonly number[] = [0, 400, 1600]

export interface Made {
  readonly kind: 'made'
  readonly subscription: Subscription
  /** Null: it is stored already. */
  readonly signingKey: Secret | null
}

/** Calendly says 409. */
export interface Conflict {
  readonly kind: 'conflict'
  /** What is at the same URL and may be the reason; nothing where no list shows it. */
  readonly atUrl: readonly Subscription[]
  readonly error: CalreconnectError
}

export interface Post {
  readonly index: number
  readonly spec: SubscriptionSpec
  readonly signingKey: Secret
  /** An earlier POST of this step, with the same key, may have been processed. */
  readonly sentBefore: boolean
  /** What goes anyway: it cannot serve in the place of what is made. */
  readonly going: ReadonlySet<string>
}

/** @throws what Calendly refused; an unclear failure only after looking whether it was processed */
export async function post(execution: Execution, what: Post): Promise<Made | Conflict> {
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
    if (isConflict) return { kind: 'conflict', atUrl: found?.atUrl ?? [], error }
    throw error
  }
}

type Found = Made | { readonly kind: 'there'; readonly atUrl: readonly Subscription[] }

/** What is at Calendly now that explains the answer, or the lack of one. */
async function look(execution: Execution, what: Post, isConflict: boolean): Promise<Found | null> {
  const { deps, input } = execution
  for (const delayMs of LOOK_DELAYS_MS) {
    if (delayMs > 0) await deps.clock.sleep(delayMs)
    // The groups that the plan was made on as well: one of another scope may be in the way.
    const knownGroups = (input.observed ?? []).flatMap(({ group }) => group ?? [])
    const observed = await listEverywhere(input.session, { group: what.spec.group, knownGroups })
    const mine = what.sentBefore || !isConflict ? await ofThisStep(execution, what, observed) : null
    if (mine !== null) return { kind: 'made', subscription: mine, signingKey: what.signingKey }
    const atUrl = isConflict ? atUrlOf(what.spec, observed) : []
    for (const there of atUrl) {
      const adopted = await adoptable(execution, what, there)
      if (adopted !== null) return adopted
    }
    if (atUrl.length > 0) return { kind: 'there', atUrl }
  }
  return null
}

/** Made by a POST of this step whose answer was lost, and not by somebody else with the same wish a moment ago. */
async function ofThisStep({ deps, input, runId }: Execution, what: Post, observed: readonly Subscription[]): Promise<Subscription | null> {
  const known = await deps.subscriptions.known(null)
  const explained = new Set([...keyedUris(known), ...managedUris(known)])
  const settled = settleCreates(await deps.runs.unsettledCreates(input.plan.account), observed, explained, input.session.userUri)
  const mine = settled.find(({ intent }) => intent.runId === runId && intent.stepIndex === what.index)
  if (mine === undefined || mine.subscription === null) return null
  return (await commonKey(deps.runs, [mine.intent, ...mine.rivals])) === null ? null : mine.subscription
}

/** Our own scope and owner first, and of each the very text of the URL before other spellings of it. */
function atUrlOf(spec: SubscriptionSpec, observed: readonly Subscription[]): readonly Subscription[] {
  const url = normalizeUrl(spec.callbackUrl)
  const rank = (one: Subscription): number =>
    (identityOf(one) === identityOf(spec) ? 0 : 2) + (one.callbackUrl === spec.callbackUrl ? 0 : 1)
  return observed.filter((one) => normalizeUrl(one.callbackUrl) === url).sort((a, b) => rank(a) - rank(b))
}

/** What another run of ours has made in the meantime serves as well, as long as its key is known and all else is as it should be. */
async function adoptable(execution: Execution, what: Post, there: Subscription): Promise<Made | null> {
  const { deps, input, runId } = execution
  const keyed = keyedUris(await deps.subscriptions.known(null))
  if (identityOf(there) !== identityOf(what.spec) || !isUnderstood(there) || what.going.has(there.uri)) return null
  if (flawOf(there, what.spec, keyed) === null) return { kind: 'made', subscription: there, signingKey: null }
  if (there.state !== 'active' || keyed.has(there.uri)) return null
  const others = (await deps.runs.unsettledCreates(input.plan.account)).filter((intent) => intent.runId !== runId)
  const match = settleCreates(others, [there], new Set(), input.session.userUri).find(({ subscription }) => subscription !== null)
  if (match === undefined || flawOf(there, what.spec, new Set([there.uri])) !== null) return null
  const signingKey = await commonKey(deps.runs, [match.intent, ...match.rivals])
  return signingKey === null ? null : { kind: 'made', subscription: there, signingKey }
}
