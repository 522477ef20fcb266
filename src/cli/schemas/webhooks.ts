// JSON Schema's source: `data` of `webhooks list|get|create|delete|prune|recreate`.

import * as v from 'valibot'
import { plan, planResultEntries } from './plan.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Calendly's twelve fields, and ours. */
export const webhook = v.strictObject({
  uri: v.string(),
  callback_url: v.string(),
  // As Calendly writes them: times by rule, and states and scopes that this version may not know yet.
  created_at: v.string(),
  updated_at: v.nullable(v.string()),
  retry_started_at: v.nullable(v.string()),
  state: v.string(),
  events: v.array(v.string()),
  scope: v.string(),
  organization: v.string(),
  user: v.nullable(v.string()),
  group: v.nullable(v.string()),
  creator: v.nullable(v.string()),
  id: v.string(),
  managed: v.boolean(),
  signing_key_stored: v.boolean(),
  findings: v.array(
    v.picklist([
      'DUPLICATE',
      'DISABLED',
      'RETRYING',
      'CREATOR_GONE',
      'KEY_UNKNOWN',
      'UNKNOWN_HOST',
      'EPHEMERAL_HOST',
      'INSECURE_URL',
      'DRIFT',
      'UNKNOWN_STATE',
      'MISSING',
      'TOO_MANY',
    ]),
  ),
})

export const webhooksListSchema = v.strictObject({
  organization_uri: v.string(),
  webhooks: v.array(webhook),
  summary: v.strictObject({
    total: count,
    active: count,
    disabled: count,
    retrying: count,
    managed: count,
    foreign: count,
    duplicates: count,
    distinct_urls: count,
  }),
})

export const webhooksGetSchema = v.strictObject({
  webhook,
  /** Only with --show-secret. */
  signing_key: v.optional(v.string()),
})

/** `delete` and `prune`. */
export const webhooksDeletionSchema = v.strictObject({ plan, ...planResultEntries })

/** `create` and `recreate`. */
export const webhooksChangeSchema = v.strictObject({ webhook: v.nullable(webhook), plan, ...planResultEntries })
