// The plan file's wire form: JSON as `webhooks plan --json` shows plans, with the definitions that it relies on.

import * as v from 'valibot'
import { SCOPES } from '../../core/calendly/model.ts'

const STEPS_MAX = 100_000

const Spec = {
  callback_url: v.string(),
  scope: v.picklist(SCOPES),
  organization: v.string(),
  user: v.nullable(v.string()),
  group: v.nullable(v.string()),
  events: v.array(v.string()),
}
const State = v.picklist(['active', 'disabled'])
const Existing = { uri: v.string(), state: State, created_at: v.string() }
const Why = v.picklist([
  'desired',
  'missing',
  'events_differ',
  'disabled',
  'key_unknown',
  'duplicate',
  'superseded',
  'url_conflict',
  'matched',
  'older_than',
  'creator_gone',
  'restored',
])

const Step = v.variant('action', [
  v.object({ action: v.literal('keep'), why: Why, ...Existing, ...Spec }),
  v.object({ action: v.literal('delete'), why: Why, ...Existing, ...Spec }),
  v.object({ action: v.literal('create'), why: Why, uri: v.null(), state: v.null(), created_at: v.null(), ...Spec }),
  v.object({ action: v.literal('replace'), why: Why, ...Existing, ...Spec, overlap: v.boolean(), replaced_url: v.string() }),
])

const Subscription = v.object({
  ...Existing,
  ...Spec,
  updated_at: v.string(),
  retry_started_at: v.nullable(v.string()),
  creator: v.nullable(v.string()),
})

const Plan = v.object({
  version: v.literal(1),
  account: v.string(),
  organization_uri: v.string(),
  made_at: v.string(),
  steps: v.pipe(v.array(Step), v.maxLength(STEPS_MAX)),
})

export const PLAN_FILE_KIND = 'calreconnect plan'

export const PlanFileSchema = v.object({
  kind: v.literal(PLAN_FILE_KIND),
  version: v.literal(1),
  made_at: v.string(),
  plans: v.array(v.object({ plan: Plan, before: v.array(Subscription) })),
})

export type PlanFileDocument = v.InferOutput<typeof PlanFileSchema>
export type StepDocument = v.InferOutput<typeof Step>
export type SubscriptionDocument = v.InferOutput<typeof Subscription>
