// The emulator's own time: real time, run faster when accelerated, moved on by tests. Knows nothing of what is timed by it.

/** The time that everything at the emulator goes by, in epoch milliseconds. */
export interface EmulatorClock {
  readonly accelerate: number
  nowMs(): number
  /** Jumps forward; never back, since tokens and windows would come to life again. */
  jumpTo(ms: number): void
}

/** Starts the clock at `startMs`, running `accelerate` times as fast as `realNowMs`. */
export function startClock(realNowMs: () => number, accelerate: number, startMs: number = realNowMs()): EmulatorClock {
  const realStartMs = realNowMs()
  let offsetMs = 0
  const nowMs = () => Math.floor(startMs + (realNowMs() - realStartMs) * accelerate + offsetMs)
  return {
    accelerate,
    nowMs,
    jumpTo(ms) {
      offsetMs += Math.max(0, ms - nowMs())
    },
  }
}

/** Calendly's spelling of a time: UTC with six decimals. `microseconds` are the last three digits. */
export function wireTime(ms: number, microseconds = 0): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(microseconds % 1000).padStart(3, '0')}Z`
}
