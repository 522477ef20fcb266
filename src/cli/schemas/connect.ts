// JSON Schema's source: `data` of `connect`, and of `connect --start`.

import * as v from 'valibot'
import { accountEntries } from './accounts.ts'
import { doubtEntries } from './whereabouts.ts'
import { planResultEntries, plan } from './plan.ts'

const authorization = v.picklist(['oauth', 'refreshed', 'still_valid', 'personal_access_token'])

const connected = v.strictObject({
  account: v.strictObject(accountEntries),
  authorization,
  webhook: v.nullable(v.strictObject({ account: v.string(), authorization, plan, ...planResultEntries, ...doubtEntries })),
})

const started = v.strictObject({
  flow_id: v.string(),
  authorize_url: v.pipe(v.string(), v.url()),
  expires_at: v.pipe(v.string(), v.isoTimestamp()),
})

export const connectSchema = v.union([connected, started])
