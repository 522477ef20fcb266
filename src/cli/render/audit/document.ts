// What every format of an audit's report is made of, and the sentences that they share.

import type { Invocation } from '../../../core/errors/advice.ts'
import type { FailOn } from '../../../core/audit/audit.ts'
import type { Finding } from '../../../core/audit/surroundings.ts'
import type { HistoryPoint } from '../../../core/audit/history.ts'
import type { AuditReport } from '../../../operations/audit/audit.ts'
import type { LeftOut } from '../../../operations/audit/lists.ts'
import { withoutTokens } from '../../../core/secrets/visible.ts'
import { count, listOf } from '../words.ts'

/** A finding whose fix is written for whoever reads the report. */
export type ShownFinding = Omit<Finding, 'fix'> & { readonly fix: string }

export interface AuditDocument extends Omit<AuditReport, 'result'> {
  readonly failOn: FailOn
  readonly result: Omit<AuditReport['result'], 'findings'> & { readonly findings: readonly ShownFinding[] }
}

/** How a report is made. */
interface Making {
  readonly failOn: FailOn
  /** How the audit was run, which its fixes repeat. */
  readonly invocation: Invocation
  /** Nothing is masked. */
  readonly secrets: boolean
  /** It is kept and passed on: then a fix is masked as well, although it cannot be run like that. */
  readonly isFile: boolean
}

export function documentOf(report: AuditReport, { failOn, invocation, secrets, isFile }: Making): AuditDocument {
  const seen = (text: string): string => (secrets ? text : withoutTokens(text))
  const fixes = report.result.findings.map((one) => ({ ...one, fix: one.fix.render(invocation) }))
  const findings = isFile ? fixes.map((one) => ({ ...one, fix: seen(one.fix) })) : fixes
  const rows = report.rows.map((row) => ({ ...row, callbackUrl: seen(row.callbackUrl) }))
  return { ...report, rows, failOn, result: { ...report.result, findings } }
}

/** The organization, for people and for whoever looks it up. */
export function organizationOf({ organizationName, result }: AuditDocument): string {
  return organizationName === null ? result.organizationUri : `${organizationName}, ${result.organizationUri}`
}

/** What stands before a fix: whether it can be run as it is, or somebody must look first. */
export function fixLabel({ fixNeedsReview }: Pick<ShownFinding, 'fixNeedsReview'>): string {
  return fixNeedsReview ? 'Review:' : 'Fix:'
}

/** `2 errors and 1 warning`, or `nothing`. */
function countFindings(findings: readonly Pick<Finding, 'severity'>[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const parts = [...(errors > 0 ? [count(errors, 'error')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])]
  return parts.length === 0 ? 'nothing' : listOf(parts)
}

/** The whole audit in one sentence, without its full stop. */
export function verdict({ result }: AuditDocument): string {
  const found = countFindings(result.findings)
  return `${found === 'nothing' ? 'Nothing' : found} found in ${count(result.summary.total, 'subscription')}`
}

/** How many subscriptions of which kind there are. */
export function summaryLine({ result }: AuditDocument): string {
  const { total, active, disabled, retrying, managed, foreign, duplicates, distinctUrls } = result.summary
  if (total === 0) return 'No subscriptions'
  const states = `${active} active, ${disabled} disabled, ${retrying} retrying`
  return `${count(total, 'subscription')} at ${count(distinctUrls, 'URL')}: ${states}; ${managed} managed, ${foreign} foreign; ${count(duplicates, 'duplicate')}`
}

/** What was not looked at, and what could therefore not be judged: sentences without their full stop. */
export function notes({ result }: AuditDocument): string[] {
  const scopes = result.scopes.flatMap(({ scope, leftOut }) =>
    leftOut === null ? [] : [`Subscriptions of ${scope} scope were not audited: ${WHY_LEFT_OUT[leftOut]}`],
  )
  const codes = (why: string): string[] => result.notJudged.filter((one) => one.why === why).map(({ code }) => code)
  const unjudged = codes('members_not_listed')
  const storeless = codes('no_store')
  return [
    ...scopes,
    ...(unjudged.length === 0 ? [] : [`${listOf(unjudged)} was not judged: this caller may not list the organization's members`]),
    ...(storeless.length === 0
      ? []
      : [`${listOf(storeless)} do not apply with CALENDLY_TOKEN alone: there is no stored connection to compare with`]),
  ]
}

const WHY_LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  role: 'only an owner or admin may list them',
  oauth_scope: 'the token lacks the OAuth scope groups:read',
  refused: 'Calendly refused to list the groups',
}

/** What one point of the history stands for. */
export function unitOf(history: readonly HistoryPoint[]): 'day' | 'week' | 'month' {
  const [first, second] = history
  if (first === undefined || second === undefined) return 'day'
  const days = Math.round((Date.parse(second.date) - Date.parse(first.date)) / 86_400_000)
  if (days === 1) return 'day'
  return days === 7 ? 'week' : 'month'
}
