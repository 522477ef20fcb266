// Everything an audit judges, as a value. Reads what was observed; asks nothing, changes nothing.

import { auditLimits } from './limits.ts'
import { auditByHost, auditCondition, auditCreators, auditEach } from './rules.ts'
import { auditMissing } from './missing.ts'
import { auditContests } from './contests.ts'
import { auditDrift, auditDuplicates } from './sets.ts'
import { surroundingsOf } from './surroundings.ts'
import type { AuditInput, Finding, Severity } from './surroundings.ts'
import { withoutTokens } from '../secrets/visible.ts'
import { CalreconnectError } from '../errors/errors.ts'
import type { FindingCode } from './findings.ts'

/** Every code with its severity, in the order in which findings are listed. */
export const SEVERITIES: Readonly<Record<FindingCode, Severity>> = {
  DUPLICATE: 'error',
  DISABLED: 'error',
  CREATOR_GONE: 'error',
  TOO_MANY: 'error',
  MISSING: 'error',
  RETRYING: 'warning',
  KEY_UNKNOWN: 'warning',
  UNKNOWN_HOST: 'warning',
  EPHEMERAL_HOST: 'warning',
  INSECURE_URL: 'warning',
  DRIFT: 'warning',
  UNKNOWN_STATE: 'warning',
  CONTESTED: 'warning',
}

/** All findings, errors first; the order of what was observed does not matter. Each `fix` that needs no review removes its finding. */
export function auditSubscriptions(input: AuditInput): Finding[] {
  const around = surroundingsOf(input)
  const found = [
    ...auditDuplicates(around),
    ...auditEach(around),
    ...auditCondition(around),
    ...auditCreators(around),
    ...auditLimits(around),
    ...auditByHost(around),
    ...auditDrift(around),
    ...auditMissing(around),
    ...auditContests(around),
  ]
  const rank = Object.keys(SEVERITIES)
  return found
    .map(({ code, message, uris, fix, fixNeedsReview }) => {
      const count = Math.max(1, uris.length)
      return { code, severity: SEVERITIES[code], message: withoutTokens(message), count, uris, fix, fixNeedsReview }
    })
    .sort((a, b) => rank.indexOf(a.code) - rank.indexOf(b.code))
}

/** The codes that could not be judged, for want of a store, of the memberships, or of `--allow-host`. */
export function codesNotJudged({ known, desired, memberships, allowHosts }: AuditInput): FindingCode[] {
  const codes: FindingCode[] = []
  if (memberships === null) codes.push('CREATOR_GONE')
  if (known === null) codes.push('KEY_UNKNOWN', 'CONTESTED')
  if (allowHosts.length === 0) codes.push('UNKNOWN_HOST')
  if (known === null || desired === null) codes.push('DRIFT')
  if (known === null) codes.push('MISSING')
  return codes
}

/** What makes an audit fail: a severity and everything above it, or certain codes. */
export type FailOn = Severity | readonly FindingCode[]

/**
 * Reads `--fail-on`.
 * @throws USAGE
 */
export function parseFailOn(text: string): FailOn {
  if (text === 'warning' || text === 'error') return text
  return text.split(',').map((part) => {
    const code = part.trim().toUpperCase()
    if (isFindingCode(code)) return code
    throw new CalreconnectError('USAGE', `--fail-on knows no ${code === '' ? 'empty code' : code}`, {
      hint: `--fail-on warning, error, or some of ${Object.keys(SEVERITIES).join(',')}`,
    })
  })
}

/** Whether these findings make the audit exit with 3. */
export function failsAt(findings: readonly Pick<Finding, 'code' | 'severity'>[], failOn: FailOn): boolean {
  if (failOn === 'warning') return findings.length > 0
  if (failOn === 'error') return findings.some(({ severity }) => severity === 'error')
  return findings.some(({ code }) => failOn.includes(code))
}

function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(SEVERITIES, text)
}
