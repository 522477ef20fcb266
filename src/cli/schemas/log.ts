// JSON Schema's source: `data` of `log`.

import * as v from 'valibot'

const text = v.nullable(v.string())

export const logSchema = v.strictObject({
  entries: v.array(
    v.strictObject({
      at: v.pipe(v.string(), v.isoTimestamp()),
      run_id: text,
      account: text,
      method: v.string(),
      path: v.string(),
      attempt: v.number(),
      duration_ms: v.number(),
      status: v.nullable(v.number()),
      title: text,
      message: text,
      details: v.array(v.strictObject({ parameter: v.optional(v.string()), message: v.string(), code: v.optional(v.string()) })),
      request_id: text,
      failure: text,
      request_body: text,
      response_body: text,
    }),
  ),
})
