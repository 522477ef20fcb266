// What one check of `doctor` says, and which of several is the worst. Knows none of the checks.

import type { Hint } from '../errors/advice.ts'
import { CalreconnectError, type ErrorCode, reportError } from '../errors/errors.ts'
import type { ExitName } from '../errors/exit-codes.ts'

/** `fixed`: was wrong, and is mended now. `skipped`: there is nothing to look at, or something else must be mended first. */
export type CheckStatus = 'ok' | 'fixed' | 'warning' | 'failed' | 'skipped'

export interface Check {
  readonly name: string
  /** The connection that it is about; null: none in particular. */
  readonly account: string | null
  readonly status: CheckStatus
  readonly message: string
  /** Of the failure; null unless `failed`. */
  readonly code: ErrorCode | null
  readonly exit: ExitName | null
  /** What mends it, a command where there is one. */
  readonly fix: Hint | null
}

type About = Pick<Check, 'name' | 'account'>

export const about = (name: string, account: string | null = null): About => ({ name, account })

export function found(of: About, status: Exclude<CheckStatus, 'failed'>, message: string, fix: Hint | null = null): Check {
  return { ...of, status, message, code: null, exit: null, fix }
}

export function failed(of: About, thrown: unknown): Check {
  const { message, code, exit, hint } = reportError(thrown)
  return { ...of, status: 'failed', message, code, exit, fix: hint }
}

/** What stands in the way of the most comes first. */
const WORST_FIRST: readonly ExitName[] = [
  'interrupted',
  'bug',
  'store',
  'unreachable',
  'auth',
  'refused',
  'rate_limited',
  'partial',
  'findings',
  'usage',
]

/** The error of the worst failure, which decides the exit code; null when none failed. */
export function worstOf(checks: readonly Check[]): CalreconnectError | null {
  const failures = checks.filter(({ status }) => status === 'failed')
  const rank = ({ exit }: Check): number => (exit === null ? WORST_FIRST.length : WORST_FIRST.indexOf(exit))
  const [worst] = failures.toSorted((a, b) => rank(a) - rank(b))
  if (worst === undefined || worst.code === null) return null
  const others = failures.length - 1
  const more = others === 0 ? '' : `, and ${others} more ${others === 1 ? 'check' : 'checks'} failed`
  return new CalreconnectError(worst.code, `${worst.message}${more}`, worst.fix === null ? {} : { hint: worst.fix })
}
