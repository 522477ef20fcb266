// The machine's clock. The only place that reads it.

import { CalreconnectError } from '../core/errors/errors.ts'
import type { Clock } from '../core/ports/desk.ts'

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
      const timer = setTimeout(done, ms)
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
