// Whether `webhooks restore` could bring back what a step deletes, as it was. Said before the deletion, in the plan itself.

import { missingOAuthScopes } from '../calendly/events.ts'
import type { Subscription } from '../calendly/model.ts'
import type { KnownSubscription, Plan, Step, WhyNot } from './model.ts'
import { keyedUris } from './standing.ts'

export interface Restorer {
  readonly userUri: string
  readonly role: string
  /** Null where they cannot be known. */
  readonly grantedScopes: readonly string[] | null
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
}

/** The plan, with `restorable` on every step that deletes. */
export function withRestorable(plan: Plan, restorer: Restorer): Plan {
  const keyed = keyedUris(restorer.known)
  const observed = new Map(restorer.observed.map((one) => [one.uri, one]))
  return { ...plan, steps: plan.steps.map((step) => judged(step, observed.get(step.uri ?? ''), { ...restorer, keyed })) }
}

function judged(step: Step, old: Subscription | undefined, restorer: Restorer & { readonly keyed: ReadonlySet<string> }): Step {
  if (step.action !== 'delete' && step.action !== 'replace') return step
  const { restorable: _restorable, whyNot: _whyNot, ...bare } = step
  const whyNot = old === undefined ? 'key_unknown' : whyNotOf(old, restorer)
  return whyNot === null ? { ...bare, restorable: true } : { ...bare, restorable: false, whyNot }
}

/** What cannot be had at all comes before what would be had with another key. */
function whyNotOf(
  old: Subscription,
  { userUri, role, grantedScopes, keyed }: Restorer & { readonly keyed: ReadonlySet<string> },
): WhyNot | null {
  if (old.scope === 'user' && old.user !== userUri) return 'of_another_user'
  if (old.scope === 'organization' && role === 'user') return 'role_insufficient'
  if (missingOAuthScopes(old.events, grantedScopes).length > 0) return 'scope_missing'
  return keyed.has(old.uri) ? null : 'key_unknown'
}
