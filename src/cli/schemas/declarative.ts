// JSON Schemas' source: `webhooks plan` and `webhooks apply`.

import * as v from 'valibot'
import { errorReport, plan, planResultEntries } from './plan.ts'

/** `data` of `webhooks plan`, and of `webhooks plan --init`. */
export const planSchema = v.union([
  v.strictObject({ file: v.string(), out: v.nullable(v.string()), changes: v.number(), plans: v.array(plan) }),
  v.strictObject({ file: v.nullable(v.string()), accounts: v.array(v.string()), yaml: v.string() }),
])

/** `data` of `webhooks apply`. */
export const applySchema = v.strictObject({
  results: v.array(v.strictObject({ account: v.string(), plan, ...planResultEntries, error: v.optional(errorReport) })),
})
