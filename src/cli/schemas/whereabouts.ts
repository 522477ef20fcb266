// JSON Schemas' source: what has become of a connection's user, and of the webhooks that are out of reach since.

import * as v from 'valibot'

const place = { organization_uri: v.nullable(v.string()), role: v.nullable(v.string()) }

/** What Calendly says otherwise than it was stored. `now.role` is null for somebody who is no member any more. */
const change = v.strictObject({
  kind: v.picklist(['organization', 'role', 'removed']),
  was: v.strictObject(place),
  now: v.strictObject(place),
  text: v.string(),
})

/** A webhook that stays at Calendly; `command` is what a stored connection with the right to remove it would run. */
const stranded = v.strictObject({
  uri: v.string(),
  callback_url: v.string(),
  scope: v.string(),
  organization_uri: v.string(),
  why: v.picklist(['moved', 'demoted', 'removed']),
  command: v.nullable(v.string()),
})

/** Only where there is something to say: what this user may not touch any more, and what Calendly says otherwise than was stored. */
export const doubtEntries = { stranded: v.optional(v.array(stranded)), change: v.optional(change) }
