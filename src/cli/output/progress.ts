// Progress on stderr: a spinner for waiting, a bar with an estimate for long lists, nothing where nobody looks.

import type { Clock, Progress } from '../../core/ports/desk.ts'
import { duration } from '../render/words.ts'
import type { Spinner } from './spinner.ts'
import type { Output } from './streams.ts'

const BAR_WIDTH = 20
/** Before this much was done, an estimate would only be a guess. */
const ESTIMATE_FROM = 0.05

/** Says waits and warnings only: for pipes and CI logs. */
export function plainProgress(stderr: Output, quiet: boolean): Progress {
  return {
    start: nothing,
    advance: nothing,
    note: (text) => {
      if (!quiet) stderr.write(`${text}\n`)
    },
    stop: nothing,
  }
}

function nothing(): void {}

interface Work {
  readonly label: string
  readonly total: number | null
  readonly startedAtMs: number
  readonly unit?: 'things' | 'bytes'
  done: number
}

/** For a terminal. */
export function terminalProgress(stderr: Output, spinner: Spinner, clock: Clock): Progress {
  let work: Work | null = null
  const show = (): void => {
    if (work !== null) spinner.show(progressText(work, clock.nowMs()))
  }
  return {
    start(label, total, unit = 'things') {
      work = { label, total: total ?? null, startedAtMs: clock.nowMs(), unit, done: 0 }
      show()
    },
    advance(by = 1) {
      if (work !== null) work.done += by
      show()
    },
    note: (text) => spinner.aside(() => stderr.write(`${text}\n`)),
    stop() {
      work = null
      spinner.stop()
    },
  }
}

const MEGABYTE = 1_000_000

/** `Deleting  ███████░░░ 34/137  12 seconds left`, `Verifying  ███░░░ 120/400 MB  95 MB/s  2 seconds left`. Pure. */
export function progressText(work: Readonly<Work>, nowMs: number): string {
  const isBytes = work.unit === 'bytes'
  const elapsedMs = nowMs - work.startedAtMs
  const amount = (of: number): string => String(isBytes ? Math.round(of / MEGABYTE) : of)
  const rate = isBytes && elapsedMs > 0 ? `  ${Math.round((work.done / MEGABYTE / elapsedMs) * 1000)} MB/s` : ''
  const unit = isBytes ? ' MB' : ''
  if (work.total === null) return work.done === 0 ? work.label : `${work.label} ${amount(work.done)}${unit}${rate}`
  const share = work.total === 0 ? 1 : Math.min(1, work.done / work.total)
  const filled = Math.round(share * BAR_WIDTH)
  const left = share >= ESTIMATE_FROM && share < 1 ? `  ${duration((elapsedMs * (1 - share)) / share)} left` : ''
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
  return `${work.label}  ${bar} ${amount(work.done)}/${amount(work.total)}${unit}${rate}${left}`
}
