// JSON Schema's source: `data` of `disconnect`.

import * as v from 'valibot'
import { errorReport, plan } from './plan.ts'
import { doubtEntries } from './whereabouts.ts'

export const disconnectSchema = v.strictObject({
  results: v.array(
    v.strictObject({
      account: v.string(),
      webhooks_deleted: v.array(v.string()),
      /** What another connection wants as well, and who looks after it from now on. */
      webhooks_handed_over: v.array(
        v.strictObject({ uri: v.string(), callback_url: v.string(), to: v.string(), to_needs_connect: v.boolean() }),
      ),
      tokens_revoked: v.array(v.picklist(['refresh', 'access'])),
      cleared: v.boolean(),
      /** Webhooks by URI (by callback URL where a create was never answered), refresh_token, access_token, stored_tokens. */
      left: v.array(v.string()),
      ...doubtEntries,
      /** Only with --dry-run. */
      plan: v.optional(v.nullable(plan)),
      error: v.optional(errorReport),
    }),
  ),
})
