// JSON Schema's source: `data` of `verify`.

import * as v from 'valibot'
import { timestamp } from './plan.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Which key it was, never the key. */
export const keyEntry = v.strictObject({
  source: v.picklist(['given', 'environment', 'store']),
  account: v.nullable(v.string()),
  webhook_uri: v.nullable(v.string()),
})

export const verifySchema = v.strictObject({
  total: count,
  valid: count,
  invalid: count,
  /** No key is known: nobody can tell. */
  unknown: count,
  /** Of more than 1,000 deliveries only the invalid ones, without --all. */
  results: v.array(
    v.strictObject({
      index: count,
      valid: v.boolean(),
      reason: v.picklist([
        'ok',
        'malformed_header',
        'missing_header',
        'no_key',
        'wrong_key',
        're_serialized_body',
        'too_old',
        'in_future',
        'key_encoding',
        'body_encoding',
      ]),
      timestamp: v.nullable(timestamp),
      age_seconds: v.nullable(v.number()),
      key: v.nullable(keyEntry),
      hint: v.nullable(v.string()),
    }),
  ),
})
