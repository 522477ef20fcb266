// JSON Schema's source: `data` of `api`. `body` is Calendly's own document, as it came; `headers` are there with --include.

import * as v from 'valibot'

export const apiSchema = v.strictObject({
  status: v.number(),
  headers: v.nullable(v.record(v.string(), v.string())),
  body: v.unknown(),
})
