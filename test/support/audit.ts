// Audits for tests: a document as an operation would give it, without an operation; a seed in which every code is to be found.

import { auditSubscriptions, codesNotJudged, type FailOn } from '../../src/core/audit/audit.ts'
import type { AuditInput } from '../../src/core/audit/surroundings.ts'
import { describeSubscriptions, summarize } from '../../src/core/audit/findings.ts'
import { history, type Snapshot } from '../../src/core/audit/history.ts'
import type { Membership, Subscription } from '../../src/core/calendly/model.ts'
import type { AuditDocument } from '../../src/cli/render/audit/document.ts'
import { PLAIN, type View } from '../../src/cli/render/view.ts'
import { NOW_MS, ORGANIZATION, USER } from './builders.ts'

/** No terminal, no colour, at NOW_MS. */
export const FILE_VIEW: View = { columns: Number.POSITIVE_INFINITY, nowMs: NOW_MS, paint: PLAIN }

/** USER owns the organization and is alone in it. */
export const MEMBERS: readonly Membership[] = [
  {
    uri: 'https://api.calendly.com/organization_memberships/M1',
    organization: ORGANIZATION,
    role: 'owner',
    userUri: USER,
    userEmail: 'a@example.com',
  },
]

interface Differing extends Partial<AuditInput> {
  readonly failOn?: FailOn
  readonly snapshots?: readonly Snapshot[]
  readonly scopes?: AuditDocument['result']['scopes']
}

/** What the connection `acme` sees at NOW_MS where nothing is known, desired or limited, unless told otherwise. */
export function auditInput(differing: Partial<AuditInput> = {}): AuditInput {
  return {
    observed: [],
    known: [],
    missing: [],
    desired: [],
    memberships: null,
    totalMax: null,
    perUrlMax: null,
    allowHosts: [],
    nowMs: NOW_MS,
    account: 'acme',
    ...differing,
  }
}

/** An audit of `observed` as the connection `acme`, unless told otherwise. */
export function auditDocument(observed: readonly Subscription[], differing: Differing = {}): AuditDocument {
  const { failOn = 'error', snapshots = [], scopes, ...input } = differing
  const whole = auditInput({ observed, ...input })
  const rows = describeSubscriptions(observed, whole.known ?? [])
  return {
    account: whole.account ?? 'ada@example.com',
    failOn,
    organizationName: null,
    rows,
    snapshotProblem: null,
    result: {
      organizationUri: ORGANIZATION,
      summary: summarize(rows),
      findings: auditSubscriptions(whole).map((one) => ({ ...one, fix: String(one.fix) })),
      history: history(observed, snapshots),
      scopes: scopes ?? (['organization', 'user', 'group'] as const).map((scope) => ({ scope, leftOut: null })),
      notJudged: codesNotJudged(whole).map((code) => ({
        code,
        why: code === 'UNKNOWN_HOST' ? 'no_allow_host' : code === 'CREATOR_GONE' ? 'members_not_listed' : 'no_store',
      })),
    },
  }
}
