// JSON Schema's source: `data` of `doctor`.

import * as v from 'valibot'

const text = v.nullable(v.string())

export const doctorSchema = v.strictObject({
  checks: v.array(
    v.strictObject({
      name: v.string(),
      account: text,
      status: v.picklist(['ok', 'fixed', 'warning', 'failed', 'skipped']),
      message: v.string(),
      code: text,
      exit: text,
      fix: text,
    }),
  ),
  summary: v.strictObject({ ok: v.number(), fixed: v.number(), warning: v.number(), failed: v.number(), skipped: v.number() }),
})
