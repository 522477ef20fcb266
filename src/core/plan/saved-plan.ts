// A plan that was written to a file and is carried out later: what it relies on, and whether that still holds.
// Decides only; reading, writing and carrying out are others' business.

import { identityOf, sameEvents } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import { specOf } from './model.ts'
import type { CreateStep, KnownSubscription, Plan, ReplaceStep, Step } from './model.ts'
import { flawOf, keyedUris, managedUris } from './standing.ts'
import { createStep, deleteStep, keepStep, replaceStep } from './steps.ts'

/** A plan, with the definition that each subscription it names had when it was made. */
export interface SavedPlan {
  readonly plan: Plan
  readonly before: readonly Subscription[]
}

export interface PlanFile {
  readonly version: 1
  /** ISO 8601 UTC. */
  readonly madeAt: string
  readonly plans: readonly SavedPlan[]
}

/** What is left to do: steps that were done since are left out, or are kept. It can be refreshed again. */
export interface FreshPlan extends SavedPlan {
  /** Why it must not be done any more, each a sentence; empty when it may. */
  readonly stale: readonly string[]
}

/** The plan together with what it relies on. */
export function savedPlan(plan: Plan, observed: readonly Subscription[]): SavedPlan {
  const named = new Set(plan.steps.map(({ uri }) => uri))
  return { plan, before: observed.filter(({ uri }) => named.has(uri)) }
}

/**
 * The saved plan against what is there now. What is gone that should go is fine, and so is what the plan made before (it may have been
 * interrupted): right, managed and with its key. Anything else that changed makes it stale, because somebody decided on what they saw then.
 */
export function refreshPlan(
  saved: SavedPlan,
  now: { readonly organizationUri: string; readonly observed: readonly Subscription[]; readonly known: readonly KnownSubscription[] },
): FreshPlan {
  const { plan } = saved
  if (plan.organizationUri !== now.organizationUri) {
    return { ...saved, stale: [`${plan.account} is in another organization now: ${now.organizationUri}`] }
  }
  const stale: string[] = []
  const done: Subscription[] = []
  const before = new Map(saved.before.map((one) => [one.uri, one]))
  const there = new Map(now.observed.map((one) => [one.uri, one]))
  const keyed = keyedUris(now.known)
  const managed = managedUris(now.known)
  /** Others at the step's identity that were not there, or not named, when the plan was made. */
  const newcomers = (step: Step): Subscription[] =>
    now.observed.filter((one) => !before.has(one.uri) && identityOf(one) === identityOf(step))
  const steps = plan.steps.flatMap((step): readonly Step[] => {
    const current = step.uri === null ? undefined : there.get(step.uri)
    if (current !== undefined) {
      const change = changeOf(before.get(current.uri), current)
      if (change !== null) stale.push(`${current.uri} ${change}`)
    }
    if (step.action === 'keep' && current === undefined) stale.push(`${step.uri}, which stays, is gone`)
    // Made anew from what is there, so that what is shown is what is meant.
    if (step.action === 'keep') return [current === undefined ? step : keepStep(current, step.why)]
    if (step.action === 'delete') return current === undefined ? [] : [deleteStep(current, step.why)]
    const others = newcomers(step)
    const made = others.find((one) => managed.has(one.uri) && flawOf(one, step, keyed) === null)
    if (made !== undefined && (current === undefined || step.action === 'replace')) {
      done.push(made)
      // An interrupted run may have made the new one beside the old.
      return [keepStep(made, 'desired'), ...(current === undefined ? [] : [deleteStep(current, 'duplicate')])]
    }
    for (const one of others) stale.push(`${one.uri} is new at ${one.callbackUrl}`)
    if (current === undefined) return [asCreate(step)]
    return [step.action === 'replace' ? replaceStep(current, specOf(step), step.why, step.overlap) : step]
  })
  return { plan: { ...plan, steps }, before: [...saved.before, ...done], stale }
}

/** The old one is gone already, perhaps by an interrupted run of this very plan. */
function asCreate(step: CreateStep | ReplaceStep): Step {
  return step.action === 'create' ? step : createStep(step, 'missing')
}

function changeOf(before: Subscription | undefined, now: Subscription): string | null {
  if (before === undefined) return 'was not seen when the plan was made'
  if (before.state !== now.state) return `is ${now.state} now, not ${before.state}`
  if (identityOf(before) !== identityOf(now)) return `is at ${now.callbackUrl} in ${now.scope} scope now`
  if (!sameEvents(before.events, now.events)) return `has other events now: ${now.events.join(', ')}`
  return null
}
