// What of Calendly's values is understood here. Nothing else is ever acted upon unasked: what an unknown state or scope means, nobody knows.

import { type Definition, type Role, ROLES, type Scope, SCOPES, STATES, type Subscription, type SubscriptionState } from './model.ts'

/** A subscription whose state and scope are known. */
export interface UnderstoodSubscription extends Subscription {
  readonly scope: Scope
  readonly state: SubscriptionState
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text)
}

/** What can be asked for just so. */
export function isSpec<T extends Definition>(definition: T): definition is T & { readonly scope: Scope } {
  return isScope(definition.scope)
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text)
}

export function isState(text: string): text is SubscriptionState {
  return STATES.some((state) => state === text)
}

/** Whether anything may be concluded from what this subscription is. */
export function isUnderstood(subscription: Subscription): subscription is UnderstoodSubscription {
  return isScope(subscription.scope) && isState(subscription.state)
}
