// A diagnosis as people read it: one line a check, and below it what mends it.

import { hintText, NO_INVOCATION } from '../../core/errors/advice.ts'
import type { Check, CheckStatus } from '../../core/doctor/check.ts'
import type { Diagnosis } from '../../operations/doctor/doctor.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { Paint, View } from './view.ts'
import { wrap } from './words.ts'

const MARKS: Record<CheckStatus, (paint: Paint) => string> = {
  ok: (paint) => paint.green('✓'),
  fixed: (paint) => paint.green('✓'),
  warning: (paint) => paint.yellow('!'),
  failed: (paint) => paint.red('✗'),
  skipped: (paint) => paint.dim('-'),
}

export function renderDiagnosis({ checks }: Diagnosis, view: View): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const margin = ' '.repeat(width + 4)
  return checks
    .flatMap((check, at) => {
      const { paint, invocation } = view
      const message = wrap(printable(check.message), view.columns - margin.length).join(`\n${margin}`)
      const line = `${MARKS[check.status](paint)} ${check.name.replaceAll('_', ' ').padEnd(width)}  ${message}`
      const isWrong = check.status === 'failed' || check.status === 'warning'
      return [
        ...headOf(check, checks[at - 1] ?? null, paint),
        line,
        // Whole, so that it can be copied.
        ...(isWrong && check.fix !== null ? [paint.dim(`${margin}Fix: ${hintText(check.fix, invocation ?? NO_INVOCATION)}`)] : []),
      ]
    })
    .join('\n')
}

/** What is about one account stands below its name. */
function headOf({ account }: Check, before: Check | null, paint: Paint): readonly string[] {
  return account === null || account === before?.account ? [] : ['', paint.bold(printable(account))]
}
