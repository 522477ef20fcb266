// JSON Schema's source: a plan, what was done of it, and how a step fails. Part of the `data` of every command that changes webhooks.

import * as v from 'valibot'
import { ERRORS, type ErrorCode } from '../../core/errors/errors.ts'
import { EXIT_CODES, type ExitName } from '../../core/errors/exit-codes.ts'
import type { WhyNot } from '../../core/plan/model.ts'

export const timestamp = v.pipe(v.string(), v.isoTimestamp())
const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS)
const exits = Object.keys(EXIT_CODES).filter((name): name is ExitName => name in EXIT_CODES)

/** A failure of one step or account. */
export const errorReport = v.strictObject({
  code: v.picklist(codes),
  exit: v.picklist(exits),
  message: v.string(),
  hint: v.nullable(v.string()),
  status: v.optional(v.number()),
  title: v.optional(v.string()),
  details: v.optional(v.array(v.strictObject({ parameter: v.optional(v.string()), message: v.string(), code: v.optional(v.string()) }))),
  required_scopes: v.optional(v.array(v.string())),
  request_id: v.optional(v.string()),
  retry_after_seconds: v.optional(v.number()),
})

const WHY_NOT = ['key_unknown', 'scope_missing', 'role_insufficient', 'of_another_user'] as const satisfies readonly WhyNot[]

const stepEntries = {
  action: v.picklist(['keep', 'create', 'delete', 'replace']),
  why: v.string(),
  uri: v.nullable(v.string()),
  callback_url: v.string(),
  scope: v.string(),
  organization: v.string(),
  user: v.nullable(v.string()),
  group: v.nullable(v.string()),
  events: v.array(v.string()),
  state: v.nullable(v.string()),
  created_at: v.nullable(v.string()),
  overlap: v.optional(v.boolean()),
  /** Of steps that delete: whether `webhooks restore` could bring back what goes, as it was. */
  restorable: v.optional(v.boolean()),
  why_not: v.optional(v.picklist(WHY_NOT)),
  replaced_url: v.optional(v.string()),
}

/** What is to be done, in this order. */
export const plan = v.strictObject({
  version: v.literal(1),
  account: v.string(),
  organization_uri: v.string(),
  made_at: timestamp,
  steps: v.array(v.strictObject(stepEntries)),
})

/** What was done of it. */
export const planResultEntries = {
  applied: v.array(
    v.strictObject({
      ...stepEntries,
      outcome: v.picklist(['created', 'deleted', 'already_gone', 'replaced']),
      new_uri: v.optional(v.string()),
      gap_ms: v.optional(v.number()),
    }),
  ),
  failed: v.array(v.strictObject({ ...stepEntries, error: errorReport })),
}
