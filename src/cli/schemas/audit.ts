// JSON Schema's source: `data` of `webhooks audit`.

import * as v from 'valibot'
import { errorReport } from './plan.ts'

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const date = v.pipe(v.string(), v.isoDate())

const findingCode = v.picklist([
  'DUPLICATE',
  'DISABLED',
  'CREATOR_GONE',
  'TOO_MANY',
  'RETRYING',
  'KEY_UNKNOWN',
  'UNKNOWN_HOST',
  'EPHEMERAL_HOST',
  'INSECURE_URL',
  'DRIFT',
  'UNKNOWN_STATE',
  'MISSING',
  'CONTESTED',
])

export const finding = v.strictObject({
  code: findingCode,
  severity: v.picklist(['error', 'warning']),
  message: v.string(),
  /** How many subscriptions it is about: those under `uris`, or one that should be there and is not. */
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  uris: v.array(v.string()),
  /** One POSIX shell command without `--yes`: it repairs the cause, or shows what a person must decide about. */
  fix: v.string(),
  fix_needs_review: v.boolean(),
})

const summary = v.strictObject({
  total: whole,
  active: whole,
  disabled: whole,
  retrying: whole,
  managed: whole,
  foreign: whole,
  duplicates: whole,
  distinct_urls: whole,
})

const organizationEntries = {
  organization_uri: v.string(),
  summary,
  findings: v.array(finding),
  /** One for each day, week or month, as the span wants it: `date` is its first day. */
  history: v.array(v.strictObject({ date, created: whole, total: whole })),
  /** `left_out` says why subscriptions of this scope were not looked at. */
  scopes: v.array(
    v.strictObject({
      scope: v.picklist(['organization', 'user', 'group']),
      left_out: v.nullable(v.picklist(['role', 'oauth_scope', 'refused'])),
    }),
  ),
  not_judged: v.array(v.strictObject({ code: findingCode, why: v.picklist(['no_store', 'members_not_listed', 'no_allow_host']) })),
}

/** Of one account. */
export const organizationAuditSchema = v.strictObject(organizationEntries)

/** With `--all`. */
const allSchema = v.strictObject({
  /** `account` asked for the organization's subscriptions, all of `accounts` for what is their own. */
  organizations: v.array(v.strictObject({ account: v.string(), accounts: v.array(v.string()), ...organizationEntries })),
  failed: v.array(v.strictObject({ account: v.string(), error: errorReport })),
})

export const auditSchema = v.union([organizationAuditSchema, allSchema])
