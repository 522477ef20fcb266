// JSON Schemas' source: `data` of `app`. There is no place for a secret in any of these.

import * as v from 'valibot'

const entry = v.strictObject({
  client_id: v.string(),
  name: v.nullable(v.string()),
  kind: v.picklist(['web', 'native']),
  from: v.picklist(['environment', 'store']),
  in_use: v.boolean(),
  secret_stored: v.boolean(),
  accounts: v.array(v.string()),
})

/** `data` of `app show`. */
export const appShowSchema = v.strictObject({ apps: v.array(entry) })

/** `data` of `app set`. */
export const appSetSchema = v.strictObject({ app: entry })

/** `data` of `app remove`. */
export const appRemoveSchema = v.strictObject({ client_id: v.string(), name: v.nullable(v.string()), accounts: v.array(v.string()) })
