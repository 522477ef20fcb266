// Each request takes its turn: Calendly counts requests per app, user and minute, and so do all processes on one store, before
// they ask. Knows no resource. Without a budget (nothing is stored) Calendly's 429 alone holds one back.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock, Interruption, Progress } from '../../core/ports/desk.ts'

/** Requests of one app and user, counted by every process on the store. */
export interface RequestBudget {
  /** Takes one if fewer than `limit` were taken in the last `windowMs`. Else milliseconds to wait. */
  take(limit: number, windowMs: number): Promise<number>
}

export interface TurnsOptions {
  readonly budget?: RequestBudget | undefined
  readonly clock: Clock
  readonly maxWaitMs: number
  readonly interruption: Pick<Interruption, 'signal'>
  readonly progress?: Pick<Progress, 'note'> | undefined
}

/** Of a paid organization; the first answer tells (a Free one has 50). @see api-docs/overview/rate-limits, seen 2026-11-22 */
const REQUESTS_PER_MINUTE = 500
/** Calendly's minute, and what a request may take from its turn here to its arrival there. */
const SLACK_MS = 1_500
const WINDOW_MS = 60_000 + SLACK_MS
const LIMIT_MAX = 1_000_000
/** With many processes on one budget somebody else may be faster again and again. */
const ASKS_MAX = 10_000
/** A wait that is shorter is nothing to tell; of several at once one is told. */
const TOLD_MIN_MS = 2_000

export interface Turns {
  /** What an answer tells about the limit. */
  learn(headers: Readonly<Record<string, string>>): void
  /**
   * Returns when the next request may leave. A delete is paced for as long as it takes: bulk deletes are what the budget is for.
   * @param waitedMs what the caller waited before; what else is asked for waits no longer than --max-wait in all
   * @throws RATE_LIMITED, INTERRUPTED (never for a POST, which may be the second half of a replacement)
   */
  take(call: { readonly method: string; readonly asked: string }, waitedMs: number): Promise<void>
}

export function openTurns({ budget, clock, maxWaitMs, interruption, progress }: TurnsOptions): Turns {
  let limit = REQUESTS_PER_MINUTE
  let toldUntilMs = 0

  function tell(waitMs: number): void {
    const nowMs = clock.nowMs()
    if (waitMs < TOLD_MIN_MS || nowMs < toldUntilMs) return
    toldUntilMs = nowMs + waitMs
    progress?.note(`Calendly allows ${limit} requests a minute: waiting ${Math.ceil(waitMs / 1000)} s`)
  }

  return {
    learn(headers) {
      const told = Number(headers['x-ratelimit-limit'])
      if (Number.isInteger(told) && told > 0 && told <= LIMIT_MAX) limit = told
    },
    async take({ method, asked }, waitedMs) {
      if (budget === undefined) return
      let totalMs = waitedMs
      for (let ask = 0; ask < ASKS_MAX; ask += 1) {
        const waitMs = await budget.take(limit, WINDOW_MS)
        if (waitMs <= 0) return
        totalMs += waitMs
        if (method !== 'DELETE' && totalMs > maxWaitMs + SLACK_MS) throw usedUp(asked, limit, waitMs)
        tell(waitMs)
        await clock.sleep(waitMs, method === 'POST' ? undefined : interruption.signal)
      }
    },
  }
}

function usedUp(asked: string, limit: number, waitMs: number): CalreconnectError {
  const seconds = Math.ceil(waitMs / 1000)
  return new CalreconnectError(
    'RATE_LIMITED',
    `Calendly allows ${limit} requests a minute, and they are used up: cannot ${asked} for ${seconds} s`,
    {
      retryAfterSeconds: seconds,
      hint: `Run again in ${seconds} s, or pass --max-wait ${Math.max(seconds, 60)}`,
    },
  )
}
