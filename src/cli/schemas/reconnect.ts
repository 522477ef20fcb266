// JSON Schema's source: `data` of `reconnect`.

import * as v from 'valibot'
import { doubtEntries } from './whereabouts.ts'
import { errorReport, plan, planResultEntries } from './plan.ts'

export const reconnectSchema = v.strictObject({
  results: v.array(
    v.strictObject({
      account: v.string(),
      authorization: v.nullable(v.picklist(['oauth', 'refreshed', 'still_valid', 'personal_access_token'])),
      plan: v.nullable(plan),
      ...planResultEntries,
      ...doubtEntries,
      error: v.optional(errorReport),
    }),
  ),
})
