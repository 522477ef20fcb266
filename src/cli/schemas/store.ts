// JSON Schemas' source: `data` of `store info` and `store key`. There is no place for a key in any of these.

import * as v from 'valibot'
import { STORE_KEY_PLACES } from '../../core/ports/store-keys.ts'
import { errorReport } from './plan.ts'

const mode = v.pipe(v.string(), v.regex(/^[0-7]{4}$/))

const keyId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))

/** What lies in one place where a key may be; no key, only ids. */
const keyPlace = v.strictObject({
  source: v.picklist(STORE_KEY_PLACES),
  location: v.string(),
  key_ids: v.array(keyId),
  opens_store: v.boolean(),
  chosen: v.boolean(),
  problem: v.nullable(errorReport),
})

/** Schema version, integrity, permissions and whether the key opens it are null where there is no store yet. */
export const storeInfoSchema = v.strictObject({
  path: v.string(),
  schema_version: v.nullable(v.number()),
  size_bytes: v.number(),
  integrity: v.nullable(v.string()),
  permissions: v.nullable(v.strictObject({ file: mode, folder: mode, private: v.boolean() })),
  key_source: v.string(),
  key_usable: v.nullable(v.boolean()),
  key_places: v.array(keyPlace),
})

/** `data` of `store init`; `sql` with --print-sql only. */
export const storeInitSchema = v.strictObject({
  path: v.string(),
  schema_version: v.number(),
  created: v.boolean(),
  sql: v.nullable(v.string()),
})

/** `data` of `store reset-secrets`. */
export const resetSecretsSchema = v.strictObject({
  accounts: v.array(v.string()),
  signing_keys: v.number(),
  apps: v.array(v.string()),
  key_file_set_aside: v.nullable(v.string()),
})

/** `data` of `store key status`, `use` and `rotate`. */
export const storeKeySchema = v.strictObject({
  source: v.picklist(STORE_KEY_PLACES),
  location: v.string(),
  key_id: v.nullable(keyId),
  usable: v.boolean(),
  problem: v.nullable(errorReport),
  places: v.array(keyPlace),
})

/** `data` of `store copy`. */
export const storeCopySchema = v.strictObject({
  from: v.string(),
  to: v.string(),
  connections: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Of all tables. */
  rows: v.pipe(v.number(), v.integer(), v.minValue(0)),
})
