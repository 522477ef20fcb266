// The machine's clock. The only place that reads it.

import { CalreconnectError } from '../core/errors/errors.ts'
import type { Clock } from '../core/ports/desk.ts'

/** A timer that is set for longer fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

function interrupted(): CalreconnectError {
  return new CalreconnectError('INTERRUPTED', 'Interrupted while waiting')
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(interrupted())
        return
      }
      const timer = setTimeout(done, Math.min(ms, TIMER_MS_MAX))
      function done(): void {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      function abort(): void {
        clearTimeout(timer)
        reject(interrupted())
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  },
}
