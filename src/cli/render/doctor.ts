// A diagnosis as people read it: one line a check, and below it what mends it.

import { hintText, NO_INVOCATION } from '../../core/errors/advice.ts'
import type { Check, CheckStatus } from '../../core/doctor/check.ts'
import type { Diagnosis } from '../../operations/doctor/doctor.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { Paint, View } from './view.ts'

const MARKS: Record<CheckStatus, (paint: Paint) => string> = {
  ok: (paint) => paint.green('✓'),
  fixed: (paint) => paint.green('✓'),
  warning: (paint) => paint.yellow('!'),
  failed: (paint) => paint.red('✗'),
  skipped: (paint) => paint.dim('-'),
}

export function renderDiagnosis({ checks }: Diagnosis, view: View): string {
  const labels = checks.map(labelOf)
  const width = Math.max(...labels.map(({ length }) => length))
  return checks
    .flatMap((check, at) => {
      const { paint, invocation } = view
      const line = `${MARKS[check.status](paint)} ${(labels[at] ?? '').padEnd(width)}  ${printable(check.message)}`
      const isWrong = check.status === 'failed' || check.status === 'warning'
      return isWrong && check.fix !== null
        ? [line, paint.dim(`  ${' '.repeat(width)}  Fix: ${hintText(check.fix, invocation ?? NO_INVOCATION)}`)]
        : [line]
    })
    .join('\n')
}

function labelOf({ name, account }: Check): string {
  return printable(account === null ? name.replaceAll('_', ' ') : `${account}: ${name.replaceAll('_', ' ')}`)
}
