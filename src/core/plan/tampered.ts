// Whether a plan that comes from a file is one that the planner could have made: nothing is shown or acted on that the file alone says.
// Compares each step with what the file says it saw and with what is there now. Pure; whether what is there has changed since is
// saved-plan.ts's question.

import { identityOf, sameEvents } from '../calendly/identity.ts'
import type { Definition, Subscription } from '../calendly/model.ts'
import type { KnownSubscription, Step } from './model.ts'
import type { SavedPlan } from './saved-plan.ts'
import { isFor, isManaged } from './standing.ts'

export interface Witness {
  readonly organizationUri: string
  readonly userUri: string
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
  /** Acting with CALENDLY_TOKEN: what was made that way has no account on record. */
  readonly withoutConnection: boolean
}

/** What no planner could have written, each a sentence; empty for an honest plan, however old. */
export function contradictionsOf({ plan, before }: SavedPlan, now: Witness): readonly string[] {
  const said = new Map(before.map((one) => [one.uri, one]))
  const there = new Map(now.observed.map((one) => [one.uri, one]))
  const declared = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [] : [identityOf(step)])))
  const ours = new Set(
    now.known
      .filter((one) => isManaged(one) && (isFor(one, plan.account) || (now.withoutConnection && one.account === null)))
      .map(({ uri }) => uri),
  )
  return plan.steps.flatMap((step): readonly string[] => {
    if (step.action === 'create') return strayOf(step, now)
    const was = said.get(step.uri)
    if (was === undefined) return [`${step.uri} is named, and nothing says what it was`]
    const shown = step.action === 'replace' ? { ...step, callbackUrl: step.replacedUrl, events: was.events } : step
    if (!isSame(shown, was)) return [`${step.uri} is shown as ${shown.callbackUrl}, and was ${was.callbackUrl}`]
    const current = there.get(step.uri)
    if (current !== undefined && current.createdAt !== was.createdAt) return [`${step.uri} was not made at ${was.createdAt}`]
    if (step.action === 'keep') return []
    if (step.action === 'replace')
      return identityOf(step) === identityOf(was) ? strayOf(step, now) : [`${step.uri} is no place of ${step.callbackUrl}`]
    // At the very place that the plan is about anybody's duplicate goes; elsewhere only what is managed for this account.
    const selectable = declared.has(identityOf(current ?? was)) || ours.has(step.uri)
    return current === undefined || selectable ? [] : [`${current.callbackUrl} (${step.uri}) is not of this account's making`]
  })
}

/** Of what is to be made: it belongs to the account that the plan is for. */
function strayOf(step: Step, { organizationUri, userUri }: Witness): readonly string[] {
  const isOwn = step.organization === organizationUri && (step.scope === 'user' ? step.user === userUri : step.user === null)
  return isOwn ? [] : [`${step.callbackUrl} would be made for somebody else`]
}

function isSame(step: Definition & Pick<Subscription, 'state' | 'createdAt'>, was: Subscription): boolean {
  const names = ['callbackUrl', 'scope', 'organization', 'user', 'group', 'state', 'createdAt'] as const
  return names.every((name) => step[name] === was[name]) && sameEvents(step.events, was.events)
}
