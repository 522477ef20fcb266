// Verdicts over captured deliveries, as people read them.

import type { VerdictReason } from '../../core/signature/verdict.ts'
import type { DeliveryVerdict, VerifyResult } from '../../operations/verify/verify.ts'
import type { View } from './view.ts'
import { printable } from '../../core/secrets/visible.ts'
import { count, idOf, relativeTime } from './words.ts'

export const SAYS: Record<VerdictReason, string> = {
  ok: 'authentic',
  malformed_header: 'the signature header is malformed',
  missing_header: 'there is no signature header',
  no_key: 'cannot tell: no signing key is known',
  wrong_key: 'no key matches',
  re_serialized_body: 'the body was re-encoded after it was signed',
  too_old: 'authentic, but signed too long ago',
  in_future: 'authentic, but signed in the future',
  key_encoding: 'the key is encoded differently',
  body_encoding: 'the body is encoded differently',
}

/** Of many, only what is wrong is worth a line. */
const LINES_MAX = 200

export function renderVerify(data: VerifyResult, view: View, options: { readonly all: boolean }): string {
  const wanted = options.all || data.total <= 20 ? data.results : data.results.filter(({ valid }) => !valid)
  const shown = options.all ? wanted : wanted.slice(0, LINES_MAX)
  const more = wanted.length - shown.length
  const lines = shown.map((one) => verdictLine(one, data.total, view))
  const wrong = data.invalid > 0
  const mark = wrong ? view.paint.red('✗') : data.unknown > 0 ? view.paint.yellow('?') : view.paint.green('✓')
  const summary = `${mark} ${count(data.total, 'delivery', 'deliveries')}: ${summaryOf(data)}`
  return [...lines, ...(more > 0 ? [`… and ${count(more, 'more', 'more')}`] : []), summary].join('\n')
}

function verdictLine({ index, valid, reason, timestamp, key }: DeliveryVerdict, total: number, { paint, nowMs }: View): string {
  const number = total === 1 ? '' : `${String(index + 1).padStart(String(total).length)}  `
  const signed = timestamp === null ? '' : paint.dim(`  signed ${relativeTime(timestamp, nowMs)}`)
  const by = key === null ? '' : paint.dim(`  key: ${printable(keyText(key))}`)
  const mark = valid ? paint.green('✓') : reason === 'no_key' ? paint.yellow('?') : paint.red('✗')
  // Hints are said once each, by the command: a thousand deliveries have one cause.
  return `${number}${mark} ${SAYS[reason]}${signed}${by}`
}

function summaryOf({ total, valid, invalid, unknown }: VerifyResult): string {
  if (valid === total) return total === 1 ? 'authentic' : 'all authentic'
  const parts = [
    [valid, 'authentic'],
    [invalid, 'not authentic'],
    [unknown, 'cannot be judged'],
  ] as const
  return parts.flatMap(([number, word]) => (number === 0 ? [] : [total === 1 ? word : `${number} ${word}`])).join(', ')
}

function keyText({ source, account, webhookUri }: NonNullable<DeliveryVerdict['key']>): string {
  if (source === 'given') return 'the one given'
  if (source === 'environment') return 'CALENDLY_WEBHOOK_SIGNING_KEY'
  return [account, webhookUri === null ? null : idOf(webhookUri)].filter((part) => part !== null).join(' ')
}
