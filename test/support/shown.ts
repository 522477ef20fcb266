// Errors as somebody without flags of their own sees them: commands in hints are text.

import type { ErrorReport } from '../../src/core/errors/errors.ts'
import { reportError } from '../../src/core/errors/errors.ts'

export type ShownReport = Omit<ErrorReport, 'hint'> & { readonly hint: string | null }

export function shown<T extends Pick<ErrorReport, 'hint'>>(report: T): Omit<T, 'hint'> & { readonly hint: string | null } {
  return { ...report, hint: report.hint === null ? null : String(report.hint) }
}

export function shownReport(error: unknown): ShownReport {
  return shown(reportError(error))
}

/** The report of what `work` throws, which it must. */
export function reportThrownBy(work: () => unknown): ShownReport {
  try {
    work()
  } catch (error) {
    return shownReport(error)
  }
  throw new Error('Nothing was thrown')
}
