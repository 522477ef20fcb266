// Ctrl-C as operations and adapters see it, in tests without a process.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Interruption } from '../../src/core/ports/desk.ts'

/** Heard until something is being finished, as in the program. */
export function interruptedBy(signal: AbortSignal): Interruption {
  const isFinishing = new AsyncLocalStorage<true>()
  return {
    get signal() {
      return isFinishing.getStore() === true ? undefined : signal
    },
    finish: (_stake, work) => isFinishing.run(true, work),
  }
}

/** Nobody presses Ctrl-C. */
export const UNINTERRUPTED: Interruption = interruptedBy(new AbortController().signal)
