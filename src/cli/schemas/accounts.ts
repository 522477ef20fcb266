// JSON Schemas' source: connections as `status`, `connect` and `accounts` give them.

import * as v from 'valibot'

const uri = v.pipe(v.string(), v.url())
const timestamp = v.pipe(v.string(), v.isoTimestamp())

const webhook = v.strictObject({
  uri,
  callback_url: v.string(),
  scope: v.string(),
  events: v.array(v.string()),
  /** As Calendly says it: active, disabled; with `status --remote` also gone, and unknown where it could not be asked. */
  state: v.string(),
  signing_key_stored: v.boolean(),
  retry_started_at: v.nullable(v.string()),
})

/** One connection; of `status`, `connect`, `accounts`. */
export const accountEntries = {
  name: v.string(),
  email: v.nullable(v.string()),
  user_uri: v.nullable(uri),
  organization_uri: v.nullable(uri),
  organization_name: v.nullable(v.string()),
  role: v.nullable(v.string()),
  auth: v.picklist(['oauth', 'personal_access_token']),
  is_active: v.boolean(),
  needs_connect: v.nullable(v.picklist(['revoked', 'lost_response', 'client_changed'])),
  token_expires_at: v.nullable(timestamp),
  scopes: v.array(v.string()),
  webhook: v.nullable(webhook),
}

const listedAccount = v.strictObject({ ...accountEntries, in_use: v.boolean() })

/** `data` of `accounts list`. */
export const accountsListSchema = v.strictObject({ accounts: v.array(listedAccount) })

/** `data` of `accounts use`. */
export const accountsUseSchema = v.strictObject({ account: listedAccount })

/** `data` of `accounts remove`. */
export const accountsRemoveSchema = v.strictObject({ account: v.string(), left: v.array(v.string()) })

/** `data` of `accounts rename`. */
export const accountsRenameSchema = v.strictObject({ account: listedAccount, previous_name: v.string() })
