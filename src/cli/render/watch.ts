// A round of `webhooks watch` as people and programs read it: nothing where nothing changed.

import { hintText, type Invocation, NO_INVOCATION } from '../../core/errors/advice.ts'
import type { WatchRound } from '../../operations/audit/watch.ts'
import { snakeKeys } from '../output/json.ts'
import type { View } from './view.ts'

export function renderRound({ auditedAt, appeared, gone }: WatchRound, { paint, invocation }: View): string {
  const at = paint.dim(auditedAt)
  return [
    ...appeared.flatMap(({ code, severity, message, fix }) => {
      const mark = severity === 'error' ? paint.red('+') : paint.yellow('+')
      return [`${at} ${mark} ${code}  ${message}`, paint.dim(`  Fix: ${hintText(fix, invocation ?? NO_INVOCATION)}`)]
    }),
    ...gone.map(({ code, message }) => `${at} ${paint.green('-')} ${code}  ${message}`),
  ].join('\n')
}

/** One line a change. */
export function changesAsJson({ auditedAt, account, appeared, gone }: WatchRound, invocation: Invocation): readonly string[] {
  const line = (change: 'appeared' | 'gone', finding: unknown): string =>
    JSON.stringify(snakeKeys({ change, auditedAt, account, finding }, invocation))
  return [...appeared.map((one) => line('appeared', one)), ...gone.map((one) => line('gone', one))]
}
