// JSON Schema's source: `data` of `status`.

import * as v from 'valibot'
import { accountEntries } from './accounts.ts'
import { errorReport } from './plan.ts'

/** Only with --remote. Null is what could not be found out; `role` is null too for somebody who is no member any more. */
const remote = v.strictObject({
  active: v.nullable(v.boolean()),
  checked_by: v.nullable(v.picklist(['introspection', 'users_me'])),
  organization_uri: v.nullable(v.string()),
  role: v.nullable(v.string()),
  error: v.nullable(errorReport),
  webhook_error: v.nullable(errorReport),
})

export const statusSchema = v.strictObject({ accounts: v.array(v.strictObject({ ...accountEntries, remote: v.optional(remote) })) })
