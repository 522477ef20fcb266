// The wait between two tries of one request: whether there is to be another, how long before it, and a line that says so.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock, Interruption, Progress, Random } from '../../core/ports/desk.ts'
import { retryDelayMs } from '../../core/calendly/retry.ts'
import type { Judged } from '../http/authenticity.ts'
import type { HttpAnswer } from '../http/http.ts'
import { rateLimited } from './refusals.ts'

/** An answer together with whose it is. */
export interface Answered {
  readonly answer: HttpAnswer
  readonly judged: Judged
}

export function isAnswered(outcome: unknown): outcome is Answered {
  return typeof outcome === 'object' && outcome !== null && !(outcome instanceof Error) && 'judged' in outcome
}

export interface PausesOptions {
  readonly clock: Clock
  readonly random: Random
  /** The longest that one call waits in all. */
  readonly maxWaitMs: number
  readonly interruption: Pick<Interruption, 'signal'>
  readonly progress?: Pick<Progress, 'note'> | undefined
}

/**
 * Waits after a try that failed. Gives what was waited in all by then, or null when there is to be no other try.
 * @throws RATE_LIMITED for a 429 that would have to be waited for too long, INTERRUPTED
 */
export type Pause = (
  call: { readonly method: string; readonly asked: string },
  failed: unknown,
  sofar: { readonly attempt: number; readonly waitedMs: number },
) => Promise<number | null>

export function openPauses({ clock, random, maxWaitMs, interruption, progress }: PausesOptions): Pause {
  return async ({ method, asked }, failed, { attempt, waitedMs }) => {
    const answer = isAnswered(failed) ? failed.answer : null
    if (answer === null && !isPassing(failed)) return null
    const nowMs = clock.nowMs()
    const jitter = (random.bytes(1)[0] ?? 0) / 256
    const status = answer?.status ?? null
    const isStrangers = isAnswered(failed) && failed.judged.kind === 'stranger'
    const delayMs = retryDelayMs({ method, status, isStrangers, headers: answer?.headers ?? {}, attempt, nowMs, jitter })
    if (delayMs === null || waitedMs + delayMs > maxWaitMs) {
      if (answer?.status === 429 && !isStrangers) throw rateLimited(answer, asked, { nowMs, maxWaitMs })
      return null
    }
    progress?.note(waitNote(status, isStrangers, delayMs))
    await clock.sleep(delayMs, method === 'POST' ? undefined : interruption.signal)
    return waitedMs + delayMs
  }
}

/** No answer, or one that could not even be read. */
function isPassing(error: unknown): boolean {
  return error instanceof CalreconnectError && (error.code === 'NETWORK' || error.code === 'TIMEOUT' || error.code === 'UNEXPECTED_ANSWER')
}

/** Why the next try is later, in words. */
function waitNote(status: number | null, isStrangers: boolean, delayMs: number): string {
  const seconds = Math.max(1, Math.round(delayMs / 1000))
  if (isStrangers) return `Something other than Calendly answered ${status}: trying again in ${seconds} s`
  if (status === 429) return `Calendly limits requests: waiting ${seconds} s`
  return `Calendly ${status === null ? 'cannot be reached' : `answered ${status}`}: trying again in ${seconds} s`
}
