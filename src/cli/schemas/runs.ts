// JSON Schemas' source: the journal as `runs` gives it.

import * as v from 'valibot'
import { plan } from './plan.ts'

const timestamp = v.pipe(v.string(), v.isoTimestamp())

const summaryEntries = {
  id: v.pipe(v.string(), v.uuid()),
  command: v.string(),
  account: v.string(),
  started_at: timestamp,
  finished_at: v.nullable(timestamp),
  status: v.picklist(['open', 'done', 'partial', 'failed']),
  steps_total: v.number(),
  steps_done: v.number(),
  steps_failed: v.number(),
  unsettled: v.number(),
  settled_by: v.nullable(v.pipe(v.string(), v.uuid())),
}

/** `data` of `runs`, without a run and with one. */
export const runsSchema = v.union([
  v.strictObject({ runs: v.array(v.strictObject(summaryEntries)) }),
  v.strictObject({
    run: v.strictObject({ ...summaryEntries, plan }),
    steps: v.array(
      v.strictObject({
        ...plan.entries.steps.item.entries,
        index: v.number(),
        status: v.picklist(['done', 'failed', 'unsettled', 'not_begun']),
        outcome: v.nullable(v.string()),
        new_uri: v.nullable(v.string()),
        gap_ms: v.nullable(v.number()),
        error: v.nullable(v.looseObject({ code: v.string(), message: v.string() })),
        backup: v.boolean(),
        started_at: v.nullable(timestamp),
        settled_at: v.nullable(timestamp),
      }),
    ),
    next: v.nullable(v.string()),
  }),
])
