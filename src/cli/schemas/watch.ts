// JSON Schema's source: `data` of `webhooks watch --once`.

import * as v from 'valibot'
import { finding } from './audit.ts'

export const watchSchema = v.strictObject({
  account: v.string(),
  organization_uri: v.string(),
  audited_at: v.pipe(v.string(), v.isoTimestamp()),
  /** All that is found now. */
  findings: v.number(),
  appeared: v.array(finding),
  /** As they were when they were seen last. */
  gone: v.array(v.strictObject({ code: v.string(), severity: v.string(), message: v.string(), uris: v.array(v.string()) })),
})
