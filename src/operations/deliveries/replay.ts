// `replay`: captured deliveries sent again, in their order and byte for byte, as fast as is asked for.

import type { DeliveryPorts } from '../../core/ports/deliveries.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { RecordedDelivery } from '../../core/ports/files.ts'
import type { HeaderList } from '../../core/signature/capture.ts'
import { headersToSendOn, summarizeDelivery, withSignature } from '../../core/signature/capture-line.ts'
import type { CandidateKey } from '../../core/signature/verdict.ts'
import { type Delivered, postDelivery } from './post.ts'
import { signBody } from './sign.ts'

type Recorded = NonNullable<RecordedDelivery['recorded']>

export interface Replayed extends Delivered {
  /** Counted from 0, in the order of the archive. */
  readonly index: number
  readonly event: string | null
}

/** `data` of `replay`. */
export interface ReplayResult {
  readonly to: string
  /** Sent, whatever the answer. */
  readonly total: number
  readonly delivered: number
  readonly failed: number
  /** The first one that was not sent; null: all were. */
  readonly next: number | null
  readonly results: readonly Replayed[]
}

export interface ReplayInput {
  readonly recorded: AsyncIterable<RecordedDelivery>
  /** A line that holds no delivery: it is left out. */
  readonly onUnreadable: (line: number) => void
  readonly to: URL
  /** Begin with this one. */
  readonly from: number
  /** Sign with this key, now; null: send the signature that was captured. */
  readonly resign: CandidateKey | null
  readonly pace: Pace
  /** End at the first one that is not delivered. */
  readonly stopOnFailure: boolean
  readonly signal: AbortSignal | undefined
  readonly onReplayed: (replayed: Replayed) => void
}

/** `rate`: so many a second. `speed`: so many times as fast as they came. */
export type Pace =
  | { readonly kind: 'unpaced' }
  | { readonly kind: 'rate'; readonly perSecond: number }
  | { readonly kind: 'speed'; readonly factor: number }

/** Of longer archives only what was not delivered is listed. */
const LISTED_MAX = 1000

export async function replay(
  deps: { readonly deliveries: Pick<DeliveryPorts, 'post'>; readonly clock: Clock },
  input: ReplayInput,
): Promise<ReplayResult> {
  const { to, from, signal } = input
  let index = -1
  let [total, delivered] = [0, 0]
  let next: number | null = null
  const results: Replayed[] = []
  const paced = pacer(deps.clock, input.pace)
  for await (const { line, recorded } of input.recorded) {
    if (recorded === null) {
      input.onUnreadable(line)
      continue
    }
    index += 1
    if (index < from) continue
    if (!(await paced(recorded.receivedAtMs, signal))) {
      next = index
      break
    }
    const { event } = summarizeDelivery(recorded.rawBody)
    const headers = headersOf(recorded, input.resign, deps.clock.nowMs())
    // Once it is on its way its answer is waited for: whether it was delivered is what the next run begins with.
    const replayed = { index, event, ...(await postDelivery(deps.deliveries, { url: to, headers, rawBody: recorded.rawBody })) }
    input.onReplayed(replayed)
    total += 1
    const isDelivered = replayed.outcome === 'delivered'
    delivered += isDelivered ? 1 : 0
    if (!isDelivered || results.length < LISTED_MAX) results.push(replayed)
    if (!isDelivered && input.stopOnFailure) next = index
    // Before another one is read: whoever waits for a pipe is interrupted there, and would not say what was sent.
    else if (signal?.aborted === true) next = index + 1
    if (next !== null) break
  }
  const listed = total > LISTED_MAX ? results.filter(({ outcome }) => outcome !== 'delivered') : results
  return { to: to.href, total, delivered, failed: total - delivered, next, results: listed }
}

function headersOf({ headers, rawBody }: Recorded, key: CandidateKey | null, nowMs: number): HeaderList {
  const kept = headersToSendOn(headers)
  return key === null ? kept : withSignature(kept, signBody(rawBody, key, nowMs).header)
}

/** Waits until the next one is due; false when it is interrupted. */
function pacer(clock: Clock, pace: Pace): (receivedAtMs: number | null, signal: AbortSignal | undefined) => Promise<boolean> {
  const startedAtMs = clock.nowMs()
  let sent = 0
  let firstReceivedAtMs: number | null = null
  return async (receivedAtMs, signal) => {
    if (signal?.aborted === true) return false
    firstReceivedAtMs ??= receivedAtMs
    const dueAfterMs = pauseOf(pace, sent, receivedAtMs === null || firstReceivedAtMs === null ? 0 : receivedAtMs - firstReceivedAtMs)
    sent += 1
    const waitMs = startedAtMs + dueAfterMs - clock.nowMs()
    if (waitMs <= 0) return true
    return clock.sleep(waitMs, signal).then(
      () => true,
      () => false,
    )
  }
}

function pauseOf(pace: Pace, sent: number, sinceFirstMs: number): number {
  switch (pace.kind) {
    case 'unpaced':
      return 0
    case 'rate':
      return (sent * 1000) / pace.perSecond
    case 'speed':
      return Math.max(0, sinceFirstMs) / pace.factor
  }
}
