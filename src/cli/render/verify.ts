// Verdicts over captured deliveries, as people read them.

import type { VerdictReason } from '../../core/signature/verdict.ts'
import type { DeliveryVerdict, VerifyResult } from '../../operations/verify/verify.ts'
import type { View } from './view.ts'
import { printable } from './table/table.ts'
import { count, idOf, relativeTime } from './words.ts'

const SAYS: Record<VerdictReason, string> = {
  ok: 'authentic',
  malformed_header: 'the signature header is malformed',
  missing_header: 'there is no signature header',
  no_key: 'no signing key is known',
  wrong_key: 'no key matches',
  re_serialized_body: 'the body was re-encoded after it was signed',
  too_old: 'signed too long ago',
  in_future: 'signed in the future',
  key_encoding: 'the key is encoded differently',
}

/** Of many, only what is wrong is worth a line. */
const LINES_MAX = 200

export function renderVerify(data: VerifyResult, view: View, options: { readonly all: boolean }): string {
  const wanted = options.all || data.total <= 20 ? data.results : data.results.filter(({ valid }) => !valid)
  const shown = options.all ? wanted : wanted.slice(0, LINES_MAX)
  const more = wanted.length - shown.length
  const lines = shown.flatMap((one) => verdictLines(one, data.total, view))
  const mark = data.invalid === 0 ? view.paint.green('✓') : view.paint.red('✗')
  const said = data.invalid === 0 ? (data.total === 1 ? 'authentic' : 'all authentic') : `${data.valid} authentic, ${data.invalid} not`
  const summary = `${mark} ${count(data.total, 'delivery', 'deliveries')}: ${said}`
  return [...lines, ...(more > 0 ? [`… and ${count(more, 'more', 'more')}`] : []), summary].join('\n')
}

function verdictLines({ index, valid, reason, timestamp, key, hint }: DeliveryVerdict, total: number, { paint, nowMs }: View): string[] {
  const number = total === 1 ? '' : `${String(index + 1).padStart(String(total).length)}  `
  const signed = timestamp === null ? '' : paint.dim(`  signed ${relativeTime(timestamp, nowMs)}`)
  const by = key === null ? '' : paint.dim(`  key: ${printable(keyText(key))}`)
  const mark = valid ? paint.green('✓') : paint.red('✗')
  const line = `${number}${mark} ${SAYS[reason]}${signed}${by}`
  return hint === null ? [line] : [line, `${' '.repeat(number.length + 2)}${paint.cyan('Hint:')} ${hint}`]
}

function keyText({ source, account, webhookUri }: NonNullable<DeliveryVerdict['key']>): string {
  if (source === 'given') return 'the one given'
  if (source === 'environment') return 'CALENDLY_WEBHOOK_SIGNING_KEY'
  return [account, webhookUri === null ? null : idOf(webhookUri)].filter((part) => part !== null).join(' ')
}
