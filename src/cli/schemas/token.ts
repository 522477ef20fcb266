// JSON Schema's source: `data` of `token`, the only one with a secret in it.

import * as v from 'valibot'

export const tokenSchema = v.strictObject({
  access_token: v.string(),
  token_type: v.literal('Bearer'),
  /** Null: a personal access token. */
  expires_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  /** Null: CALENDLY_TOKEN. */
  account: v.nullable(v.string()),
})
