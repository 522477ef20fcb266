// How a plan and each kind of step is made from what it is about. Decides nothing.

import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import { specOf } from './model.ts'
import type { CreateStep, DeleteStep, KeepStep, Plan, ReplaceStep, Step, Why } from './model.ts'

/** Whom a plan is for, and when it was made (ISO 8601 UTC). */
export interface PlanHead {
  readonly account: string
  readonly organizationUri: string
  readonly madeAt: string
}

/** A plan of these steps. */
export function planOf({ account, organizationUri, madeAt }: PlanHead, steps: readonly Step[]): Plan {
  return { version: 1, account, organizationUri, madeAt, steps }
}

/** `subscription` stays as it is. */
export function keepStep(subscription: Subscription, why: Why): KeepStep {
  return { action: 'keep', why, ...existing(subscription), ...specOf(subscription) }
}

/** `subscription` goes. */
export function deleteStep(subscription: Subscription, why: Why): DeleteStep {
  return { action: 'delete', why, ...existing(subscription), ...specOf(subscription) }
}

/** `spec` comes. */
export function createStep(spec: SubscriptionSpec, why: Why): CreateStep {
  return { action: 'create', why, uri: null, state: null, createdAt: null, ...specOf(spec) }
}

/** `spec` comes in the place of `replaced`. */
export function replaceStep(replaced: Subscription, spec: SubscriptionSpec, why: Why, overlap = false): ReplaceStep {
  return { action: 'replace', why, ...existing(replaced), ...specOf(spec), overlap, replacedUrl: replaced.callbackUrl }
}

function existing({ uri, state, createdAt }: Subscription): Pick<Subscription, 'uri' | 'state' | 'createdAt'> {
  return { uri, state, createdAt }
}
