// What is to be done at Calendly so that a connection has exactly the webhook that it should have, or that a person asked for by name.
// Pure: what is observed, known and wanted comes in, a Plan goes out. Never plans to touch, unasked, what others made elsewhere.

import { CalreconnectError } from '../errors/errors.ts'
import { identityOf, normalizeUrl, sameEvents } from '../calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import { isSpec, isUnderstood, type UnderstoodSubscription } from '../calendly/understood.ts'
import type { KnownSubscription, Plan, Step, Why } from './model.ts'
import { nextOverlapUrl } from './overlap.ts'
import {
  bestFirst,
  flawOf,
  isFor,
  isWantedByOthers,
  managedUris,
  newestFirst,
  oldestFirst,
  ownUris,
  servingUris,
  yesFirst,
} from './standing.ts'
import { createStep, deleteStep, keepStep, planOf, replaceStep } from './steps.ts'
import type { PlanHead } from './steps.ts'

export interface ReconcileInput extends PlanHead {
  readonly userUri: string
  /** Null: the connection should have no webhook. */
  readonly desired: SubscriptionSpec | null
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
  /** `--no-replace`: what others made stays, wherever it is. */
  readonly leaveOthers?: boolean
}

/** The steps that change something at Calendly. */
export function writesOf(plan: Plan): Exclude<Step, { action: 'keep' }>[] {
  return plan.steps.filter((step) => step.action !== 'keep')
}

/**
 * From whatever is at Calendly to exactly one healthy subscription as desired. Acts only on subscriptions (a) of the desired identity,
 * (b) in user scope of this very user at the desired URL, with an event in common, when organization scope is desired, and
 * (c) made for this connection and desired no more. Those made by `webhooks create` are touched under (a) and (b) only.
 *
 * Order: the subscription itself, then what it makes superfluous, since nothing goes before Calendly has said that the new one may be made.
 * Where that answer is that the URL is taken, the executor does the delete that frees it out of its turn.
 */
export function planReconcile(input: ReconcileInput): Plan {
  // What is not understood is left alone: neither deleted, nor replaced, nor taken for what makes another superfluous.
  const own = ownUris(input.known)
  const observed = eachOnce(input.observed)
    .filter(isUnderstood)
    .filter((one) => input.leaveOthers !== true || own.has(one.uri))
  const { desired } = input
  const superseded = supersededOf(observed, input)
  if (desired === null)
    return planOf(
      input,
      superseded.map((one) => deleteStep(one, 'superseded')),
    )

  const keyed = servingUris(input.known)
  const identity = identityOf(desired)
  const candidates = observed.filter((one) => identityOf(one) === identity).sort(bestFirst(desired, keyed))
  const best = candidates[0]
  const unclear = input.observed.find((one) => !isUnderstood(one) && identityOf(one) === identity)
  const surplus = candidates.slice(1).sort(oldestFirst)
  const twins = twinsOf(observed, desired, input)
  const twinUris = new Set(twins.map(({ uri }) => uri))
  const others = superseded.filter(({ uri }) => !twinUris.has(uri))
  return planOf(input, [
    best === undefined && unclear !== undefined ? keepStep(unclear, 'desired') : stepForDesired(desired, best, keyed),
    ...surplus.map((one) => deleteStep(one, 'duplicate')),
    ...twins.map((one) => deleteStep(one, 'duplicate')),
    ...others.map((one) => deleteStep(one, 'superseded')),
  ])
}

/**
 * One more subscription, unless a right one is there already (then nothing is written). One at the same identity that is not right is
 * replaced, because Calendly would answer 409: `why` is its flaw when we manage it, and `url_conflict` when somebody else made it, so that
 * the command can ask first. Others at the same identity (textual variants of the URL) are left alone, but for those that a run was to
 * replace by the right one when it died.
 * @throws USAGE when scope and owner do not fit
 */
export function planCreate(
  input: PlanHead & {
    readonly spec: SubscriptionSpec
    readonly observed: readonly Subscription[]
    readonly known: readonly KnownSubscription[]
    /** URIs that the step which made this one was to delete, and was not seen to. */
    readonly leftBeside?: (uri: string) => readonly string[]
  },
): Plan {
  const { spec, known, leftBeside = () => [] } = input
  checkOwner(spec)
  const keyed = servingUris(known)
  const identity = identityOf(spec)
  const candidates = input.observed.filter((one) => isUnderstood(one) && identityOf(one) === identity).sort(bestFirst(spec, keyed))
  const right = candidates.find((one) => flawOf(one, spec, keyed) === null)
  if (right !== undefined) {
    const left = new Set(leftBeside(right.uri))
    const surplus = candidates.filter(({ uri }) => uri !== right.uri && left.has(uri))
    return planOf(input, [keepStep(right, 'desired'), ...surplus.map((one) => deleteStep(one, 'duplicate'))])
  }
  // The one with the very same text is what the POST would collide with.
  const [inTheWay] = candidates.sort((a, b) => yesFirst(a.callbackUrl === spec.callbackUrl, b.callbackUrl === spec.callbackUrl))
  if (inTheWay === undefined) return planOf(input, [createStep(spec, 'missing')])
  const ours = managedUris(known.filter((one) => isFor(one, input.account) || one.account === null))
  const why = ours.has(inTheWay.uri) ? (flawOf(inTheWay, spec, keyed) ?? 'desired') : 'url_conflict'
  return planOf(input, [replaceStep(inTheWay, spec, why)])
}

/** Exactly these, each once, oldest first. */
export function planDelete(input: PlanHead & { readonly targets: readonly Subscription[] }): Plan {
  return planOf(input, deletesOf(input.targets, 'matched'))
}

/**
 * The same subscription anew, with a fresh signing key. With `overlap` the new one is made first, at the same URL but for the query
 * parameter `calreconnect=<n>` (one more than the current URL's), and there is no gap. The rest of the query keeps its exact text.
 */
export function planRecreate(
  input: PlanHead & { readonly current: UnderstoodSubscription; readonly overlap: boolean; readonly observed?: readonly Subscription[] },
): Plan {
  const { current, overlap, observed = [] } = input
  const taken = observed.map(({ callbackUrl }) => callbackUrl)
  const callbackUrl = overlap ? nextOverlapUrl(current.callbackUrl, taken) : current.callbackUrl
  return planOf(input, [replaceStep(current, { ...current, callbackUrl }, 'matched', overlap)])
}

/**
 * Every subscription that this connection manages and that is still there, those of `webhooks create` included, but what other
 * connections want as well.
 * @param leaving those that are disconnected on the same occasion: what nobody else wants goes
 */
export function planDisconnect(
  input: PlanHead & {
    readonly known: readonly KnownSubscription[]
    readonly observed: readonly Subscription[]
    readonly leaving?: readonly string[]
  },
): Plan {
  const leaving = new Set([input.account, ...(input.leaving ?? [])])
  const ours = managedUris(input.known.filter((one) => isFor(one, input.account) && one.owners.every((owner) => leaving.has(owner))))
  return planOf(
    input,
    deletesOf(
      input.observed.filter(({ uri }) => ours.has(uri)),
      'superseded',
    ),
  )
}

/**
 * What was deleted comes back, once per identity (of several backups the active, then the newest). What is there already stays,
 * so that a second run writes nothing.
 * @param exactly true: one that was named takes the place of one with other events
 */
export function planRestore(
  input: PlanHead & { readonly backups: readonly Subscription[]; readonly observed: readonly Subscription[]; readonly exactly?: boolean },
): Plan {
  const there = new Map([...input.observed].sort(restoreWorstFirst).map((one) => [identityOf(one), one]))
  const wanted = new Map([...input.backups].sort(restoreWorstFirst).map((one) => [identityOf(one), one]))
  const steps = [...wanted]
    .sort(([, a], [, b]) => oldestFirst(a, b))
    .flatMap(([identity, backup]): Step[] => {
      const existing = there.get(identity)
      if (existing === undefined) return isSpec(backup) ? [createStep(backup, 'restored')] : []
      const isAnother = input.exactly === true && isSpec(backup) && isUnderstood(existing) && !sameEvents(existing.events, backup.events)
      return [isAnother ? replaceStep(existing, backup, 'restored') : keepStep(existing, 'desired')]
    })
  return planOf(input, steps)
}

function stepForDesired(desired: SubscriptionSpec, best: Subscription | undefined, keyed: ReadonlySet<string>): Step {
  if (best === undefined) return createStep(desired, 'missing')
  const flaw = flawOf(best, desired, keyed)
  return flaw === null ? keepStep(best, 'desired') : replaceStep(best, desired, flaw)
}

/** Made for this connection (not by `webhooks create`), still there, not what is desired now, and wanted by nobody else. */
function supersededOf(observed: readonly Subscription[], { account, desired, known }: ReconcileInput): Subscription[] {
  const mine = known.filter((one) => one.isActive && one.origin === 'connection' && isFor(one, account) && !isWantedByOthers(one, account))
  const ours = new Set(mine.map(({ uri }) => uri))
  const identity = desired === null ? null : identityOf(desired)
  return observed.filter((one) => ours.has(one.uri) && identityOf(one) !== identity).sort(oldestFirst)
}

/** User-scope ones of this very user that would deliver a second time what the organization-scope one delivers. */
function twinsOf(observed: readonly Subscription[], desired: SubscriptionSpec, { userUri }: ReconcileInput): Subscription[] {
  if (desired.scope !== 'organization') return []
  const url = normalizeUrl(desired.callbackUrl)
  return observed
    .filter(
      (one) =>
        one.scope === 'user' &&
        one.user === userUri &&
        one.organization === desired.organization &&
        normalizeUrl(one.callbackUrl) === url &&
        one.events.some((event) => desired.events.includes(event)),
    )
    .sort(oldestFirst)
}

function eachOnce(observed: readonly Subscription[]): Subscription[] {
  return [...new Map(observed.map((one) => [one.uri, one])).values()]
}

function deletesOf(targets: readonly Subscription[], why: Why): Step[] {
  const eachOnce = [...new Map(targets.map((one) => [one.uri, one])).values()]
  return eachOnce.sort(oldestFirst).map((one) => deleteStep(one, why))
}

/** A later entry of a Map wins, so the best must come last. */
function restoreWorstFirst(a: Subscription, b: Subscription): number {
  return -(yesFirst(a.state === 'active', b.state === 'active') || newestFirst(a, b))
}

function checkOwner(spec: SubscriptionSpec): void {
  const fits = (spec.scope === 'user') === (spec.user !== null) && (spec.scope === 'group') === (spec.group !== null)
  if (fits) return
  const needed = { organization: 'neither a user nor a group', user: 'a user and no group', group: 'a group and no user' }[spec.scope]
  throw new CalreconnectError('USAGE', `A subscription in ${spec.scope} scope needs ${needed}`, {
    hint: spec.scope === 'group' ? '--group <URI>' : `--scope ${spec.scope}`,
  })
}
