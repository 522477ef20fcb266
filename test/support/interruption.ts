// Ctrl-C as operations and adapters see it, in tests without a process.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Interruption } from '../../src/core/ports/desk.ts'

/** One for all: Node 20 visits every storage that was ever run at every promise, so that one for each would slow long stories down. */
const isFinishing = new AsyncLocalStorage<true>()

/** Heard until something is being finished, as in the program. */
export function interruptedBy(signal: AbortSignal): Interruption {
  return {
    get signal() {
      return isFinishing.getStore() === true ? undefined : signal
    },
    finish: (_stake, work) => isFinishing.run(true, work),
  }
}

/** Nobody presses Ctrl-C. */
export const UNINTERRUPTED: Interruption = interruptedBy(new AbortController().signal)
