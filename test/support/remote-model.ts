// Calendly as far as a plan can change it, without sockets: exact-URL 409 on create, 404 on a second delete, keys known for what we make.

import type { Subscription, SubscriptionSpec } from '../../src/core/calendly/model.ts'
import type { KnownSubscription, Plan } from '../../src/core/plan/model.ts'
import { exactKey } from './arbitraries.ts'
import { aSubscription, knownOf } from './builders.ts'

export interface ModelState {
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
}

/** What there is after every step of the plan (or the first `stepsDone`) was done in its order. Throws where Calendly would answer 404 or 409. */
export function applyPlan(plan: Plan, state: ModelState, stepsDone = plan.steps.length): ModelState {
  const observed = new Map(state.observed.map((one) => [one.uri, one]))
  const known = new Map(state.known.map((one) => [one.uri, one]))
  const cleared = new Set<string>()
  const remove = (uri: string) => {
    if (!observed.delete(uri) && !cleared.has(uri)) throw new Error(`404 for ${uri}`)
    known.delete(uri)
  }
  const going = new Set(plan.steps.flatMap(({ action, uri }) => (action === 'delete' ? [uri] : [])))
  const create = (spec: SubscriptionSpec, id: string) => {
    const there = [...observed.values()].filter((one) => exactKey(one) === exactKey(spec))
    // What goes anyway goes first where it is in the way.
    for (const { uri } of there) {
      if (!going.has(uri)) throw new Error(`409 for ${spec.callbackUrl}`)
      remove(uri)
      cleared.add(uri)
    }
    const { callbackUrl, events, scope, organization, user, group } = spec
    const made = aSubscription(id, { callbackUrl, events, scope, organization, user, group, createdAt: '2026-11-22T12:00:00.000Z' })
    observed.set(made.uri, made)
    known.set(made.uri, knownOf(made))
  }
  for (const [index, step] of plan.steps.slice(0, stepsDone).entries()) {
    if (step.action === 'delete' || (step.action === 'replace' && !step.overlap)) remove(step.uri)
    if (step.action === 'create' || step.action === 'replace') create(step, `NEW${index}`)
    if (step.action === 'replace' && step.overlap) remove(step.uri)
  }
  return { observed: [...observed.values()], known: [...known.values()] }
}
