// Deliveries that were received, sent and replayed, as people read them.

import type { Replayed, ReplayResult } from '../../operations/deliveries/replay.ts'
import type { Received } from '../../operations/deliveries/receive.ts'
import type { ReceiverTest, Sent } from '../../operations/deliveries/send.ts'
import { printable } from '../../core/secrets/visible.ts'
import { type Paint, shown, type View } from './view.ts'
import { SAYS } from './verify.ts'
import { count } from './words.ts'

const EVENT_WIDTH = 20

/** One line: when, what, whose, verdict, what the forward target said. */
export function renderReceived(received: Received, paint: Paint): string {
  const { verdict, forwarded, event, invitee, answered, notKept } = received
  const mark = verdict.valid ? paint.green('✓') : verdict.reason === 'no_key' ? paint.yellow('?') : paint.red('✗')
  const forward =
    forwarded === null ? null : forwarded.status === null ? `→ ${printable(forwarded.failure ?? '')}` : `→ ${forwarded.status}`
  const parts = [
    received.receivedAt.slice(11, 19),
    printable(event ?? 'no event').padEnd(EVENT_WIDTH),
    printable(invitee ?? '-'),
    `${mark} ${SAYS[verdict.reason]}`,
    forward,
    forwarded === null ? null : `${forwarded.durationMs} ms`,
    notKept === null ? null : paint.red('not kept'),
    `answered ${answered}`,
  ]
  return parts.filter((part) => part !== null).join('  ')
}

export function renderReplayed({ index, event, outcome, status, durationMs, message }: Replayed): string {
  const answer = status === null ? message : `${status}  ${durationMs} ms`
  return `${String(index).padStart(5)}  ${printable(event ?? 'no event').padEnd(EVENT_WIDTH)}  ${outcome === 'delivered' ? '✓' : '✗'} ${printable(answer)}`
}

export function renderReplay({ total, delivered, failed }: ReplayResult, { paint }: View): string {
  const mark = failed === 0 ? paint.green('✓') : paint.red('✗')
  return `${mark} ${count(total, 'delivery', 'deliveries')} sent: ${failed === 0 ? 'all taken' : `${delivered} taken, ${failed} not`}`
}

export function renderSent(sent: Sent, { paint }: View): string {
  const sample = sent.sample === 'calendly' ? "Calendly's sample" : 'a built-in sample'
  const signed = sent.key === null ? 'unsigned' : `signed with ${keyText(sent.key)}`
  return `${answerLine(sent, paint)}\n  ${printable(sent.event)} (${sample}, ${signed}) to ${printable(sent.to)}`
}

export function renderReceiverTest(test: ReceiverTest, view: View): string {
  return `${answerLine(test, view.paint)}\n  ${printable(test.event)} to ${shown(test.webhook.callbackUrl, view)}`
}

function answerLine({ outcome, message, durationMs }: Sent | ReceiverTest, paint: Paint): string {
  const took = durationMs === null ? '' : paint.dim(`  ${durationMs} ms`)
  return `${outcome === 'delivered' ? paint.green('✓') : paint.red('✗')} ${printable(message)}${took}`
}

function keyText({ source, account }: NonNullable<Sent['key']>): string {
  if (source === 'given') return 'the key given'
  return source === 'environment' ? 'CALENDLY_WEBHOOK_SIGNING_KEY' : `the key of ${printable(account ?? 'the subscription')}`
}
