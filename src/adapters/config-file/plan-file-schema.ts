// The plan file's wire form: JSON as `webhooks plan --json` shows plans, with the definitions that it relies on.

import * as v from 'valibot'
import { SCOPES } from '../../core/calendly/model.ts'

const STEPS_MAX = 100_000

/** Of what is at Calendly: kept as it was read, known here or not. */
const Definition = {
  callback_url: v.string(),
  scope: v.string(),
  organization: v.string(),
  user: v.nullable(v.string()),
  group: v.nullable(v.string()),
  events: v.array(v.string()),
}
/** Of what is to be made. */
const Spec = { ...Definition, scope: v.picklist(SCOPES) }
const Existing = { uri: v.string(), state: v.string(), created_at: v.string() }
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
  v.object({ action: v.literal('keep'), why: Why, ...Existing, ...Definition }),
  v.object({ action: v.literal('delete'), why: Why, ...Existing, ...Definition }),
  v.object({ action: v.literal('create'), why: Why, uri: v.null(), state: v.null(), created_at: v.null(), ...Spec }),
  v.object({ action: v.literal('replace'), why: Why, ...Existing, ...Spec, overlap: v.boolean(), replaced_url: v.string() }),
])

const Subscription = v.object({
  ...Existing,
  ...Definition,
  updated_at: v.nullable(v.string()),
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
  /** A MAC of all the rest under the key of the store that it was made with. Null or absent: there was none. */
  seal: v.optional(v.nullable(v.object({ key_id: v.pipe(v.string(), v.hexadecimal()), mac: v.pipe(v.string(), v.hexadecimal()) }))),
})

export type PlanFileDocument = v.InferOutput<typeof PlanFileSchema>
export type StepDocument = v.InferOutput<typeof Step>
export type SubscriptionDocument = v.InferOutput<typeof Subscription>
