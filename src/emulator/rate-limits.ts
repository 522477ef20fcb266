// Fixed windows of one minute by the emulator's clock, from the first request in them. Knows nothing of who is counted.
import type { EmulatorClock } from './clock.ts'

const WINDOW_MS = 60_000

/** Counts what each key has used of its minute. */
export class RateLimits {
  readonly #clock: EmulatorClock
  readonly #windows = new Map<string, { startMs: number; used: number }>()

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  /** Takes one of `limit`; returns how many are left, or null if there was none to take. */
  take(key: string, limit: number): number | null {
    const nowMs = this.#clock.nowMs()
    const known = this.#windows.get(key)
    const window = known === undefined || nowMs - known.startMs >= WINDOW_MS ? { startMs: nowMs, used: 0 } : known
    this.#windows.set(key, window)
    if (window.used >= limit) return null
    window.used += 1
    return limit - window.used
  }
}
