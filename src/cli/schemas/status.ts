// JSON Schema's source: `data` of `status`.

import * as v from 'valibot'
import { accountEntries } from './accounts.ts'
import { errorReport } from './plan.ts'

/** Only with --remote. `active` is null when it could not be found out. */
const remote = v.strictObject({
  active: v.nullable(v.boolean()),
  checked_by: v.nullable(v.picklist(['introspection', 'users_me'])),
  error: v.nullable(errorReport),
})

export const statusSchema = v.strictObject({ accounts: v.array(v.strictObject({ ...accountEntries, remote: v.optional(remote) })) })
