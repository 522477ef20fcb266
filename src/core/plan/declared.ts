// From whatever is at Calendly to exactly the webhooks that a declarative file lists for one account.
// Pure. What others made elsewhere is touched only where it stands at the very identity that the file declares.

import { CalreconnectError } from '../errors/errors.ts'
import { identityOf } from '../calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import { isUnderstood } from '../calendly/understood.ts'
import { planReconcile } from './reconcile.ts'
import type { KnownSubscription, Plan, Step } from './model.ts'
import { isFor, isManaged, isWantedByOthers, oldestFirst } from './standing.ts'
import { deleteStep, planOf } from './steps.ts'
import type { PlanHead } from './steps.ts'

export interface DeclaredPlanInput extends PlanHead {
  readonly userUri: string
  /** Everything that the account should have; no identity twice. */
  readonly desired: readonly SubscriptionSpec[]
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
  /** Acting with CALENDLY_TOKEN: what was made that way has no account on record and is ours too. */
  readonly withoutConnection?: boolean
}

/**
 * Each declared webhook is reconciled among the subscriptions of its own identity; every other one that this account manages goes as
 * `superseded`, whether `connect` or `webhooks create` made it: the file is the whole truth about the account.
 *
 * Order: the declared webhooks by identity, then what goes, since nothing goes before Calendly has said that a new one may be made.
 * @throws USAGE when an identity is desired twice
 */
export function planDeclared(input: DeclaredPlanInput): Plan {
  const desired = byIdentity(input.desired)
  const observed = [...new Map(input.observed.map((one) => [one.uri, one])).values()]
  const reconciled = [...desired.keys()].sort().flatMap((identity): readonly Step[] => {
    const spec = desired.get(identity)
    if (spec === undefined) return []
    // Nothing of another identity gets in, so that neither "superseded" nor "duplicate in user scope" of the connection's own webhook apply.
    const same = observed.filter((one) => identityOf(one) === identity)
    return planReconcile({ ...input, desired: spec, observed: same }).steps
  })
  const superseded = supersededOf(observed, input, desired)
  return planOf(input, [
    ...reconciled.filter(({ action }) => action !== 'delete'),
    ...reconciled.filter(({ action }) => action === 'delete'),
    ...superseded.map((one) => deleteStep(one, 'superseded')),
  ])
}

function byIdentity(specs: readonly SubscriptionSpec[]): ReadonlyMap<string, SubscriptionSpec> {
  const found = new Map<string, SubscriptionSpec>()
  for (const spec of specs) {
    const identity = identityOf(spec)
    if (found.has(identity)) throw new CalreconnectError('USAGE', `${spec.callbackUrl} is declared twice in ${spec.scope} scope`)
    found.set(identity, spec)
  }
  return found
}

function supersededOf(
  observed: readonly Subscription[],
  { account, known, withoutConnection }: DeclaredPlanInput,
  desired: ReadonlyMap<string, SubscriptionSpec>,
): Subscription[] {
  const ours = known.filter(
    (one) =>
      isManaged(one) && !isWantedByOthers(one, account) && (isFor(one, account) || (withoutConnection === true && one.account === null)),
  )
  const uris = new Set(ours.map(({ uri }) => uri))
  return observed.filter((one) => isUnderstood(one) && uris.has(one.uri) && !desired.has(identityOf(one))).sort(oldestFirst)
}
