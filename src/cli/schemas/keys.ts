// JSON Schemas' source: signing keys as `webhooks keys` tells of them. There is no place for a key in any of these.

import * as v from 'valibot'

/** `data` of `webhooks keys list`. */
export const keysListSchema = v.strictObject({
  keys: v.array(
    v.strictObject({
      webhook_uri: v.string(),
      account: v.nullable(v.string()),
      callback_url: v.nullable(v.string()),
      scope: v.nullable(v.string()),
      managed: v.boolean(),
      is_active: v.boolean(),
      current: v.boolean(),
      since: v.pipe(v.string(), v.isoTimestamp()),
    }),
  ),
})

/** `data` of `webhooks keys add`. */
export const keysAddSchema = v.strictObject({
  webhook_uri: v.string(),
  outcome: v.picklist(['added', 'replaced', 'unchanged']),
  managed: v.boolean(),
})

/** `data` of `webhooks keys remove`. */
export const keysRemoveSchema = v.strictObject({ webhook_uri: v.string(), removed: v.boolean(), managed: v.boolean() })
