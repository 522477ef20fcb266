// JSON Schema's source: `data` of `sign`, `send`, `replay`, `webhooks listen` and `webhooks test`.

import * as v from 'valibot'
import { timestamp } from './plan.ts'
import { keyEntry } from './verify.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const answer = {
  status: v.nullable(v.number()),
  duration_ms: v.nullable(count),
  /** What Calendly would make of the answer. */
  outcome: v.picklist(['delivered', 'retried', 'deleted', 'failed']),
  message: v.string(),
}

export const signSchema = v.strictObject({ header: v.string(), timestamp, key: keyEntry })

export const sendSchema = v.strictObject({
  event: v.string(),
  to: v.string(),
  sample: v.picklist(['calendly', 'built_in']),
  /** Null: unsigned. */
  key: v.nullable(keyEntry),
  ...answer,
})

export const replaySchema = v.strictObject({
  to: v.string(),
  total: count,
  delivered: count,
  failed: count,
  /** The first that was not sent; null: all were. */
  next: v.nullable(count),
  /** Of more than 1,000 deliveries only those that were not taken. */
  results: v.array(v.strictObject({ index: count, event: v.nullable(v.string()), ...answer })),
})

/** When it listens; then it keeps running. */
export const listenSchema = v.strictObject({
  url: v.string(),
  forward: v.nullable(v.string()),
  out: v.nullable(v.string()),
  public_url: v.nullable(v.string()),
  /** The temporary subscription. */
  webhook_uri: v.nullable(v.string()),
})

export const webhooksTestSchema = v.strictObject({
  webhook: v.strictObject({ id: v.string(), uri: v.string(), callback_url: v.string() }),
  event: v.string(),
  key: v.nullable(keyEntry),
  ...answer,
})
