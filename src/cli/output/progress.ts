// Progress on stderr: a spinner for waiting, a bar with an estimate for long lists, nothing where nobody looks.

import type { Clock, Progress } from '../../core/ports/desk.ts'
import { duration } from '../render/words.ts'
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
  done: number
}

interface Spinner {
  text: string
  start(): unknown
  stop(): unknown
  readonly isSpinning: boolean
}

/** For a terminal. The spinner's library is loaded when there is something to show. */
export async function terminalProgress(stderr: NodeJS.WriteStream, clock: Clock): Promise<Progress> {
  const { default: yoctoSpinner } = await import('yocto-spinner')
  const spinner: Spinner = yoctoSpinner({ stream: stderr })
  let work: Work | null = null
  const show = (): void => {
    if (work !== null) spinner.text = progressText(work, clock.nowMs())
  }
  return {
    start(label, total) {
      work = { label, total: total ?? null, startedAtMs: clock.nowMs(), done: 0 }
      show()
      if (!spinner.isSpinning) spinner.start()
    },
    advance(by = 1) {
      if (work !== null) work.done += by
      show()
    },
    note(text) {
      const spinning = spinner.isSpinning
      if (spinning) spinner.stop()
      stderr.write(`${text}\n`)
      if (spinning) spinner.start()
    },
    stop() {
      work = null
      if (spinner.isSpinning) spinner.stop()
    },
  }
}

/** `Deleting  ███████░░░ 34/137  about 12 seconds left`. Pure. */
export function progressText(work: Readonly<Work>, nowMs: number): string {
  if (work.total === null) return work.done === 0 ? work.label : `${work.label} ${work.done}`
  const share = work.total === 0 ? 1 : Math.min(1, work.done / work.total)
  const filled = Math.round(share * BAR_WIDTH)
  const left = share >= ESTIMATE_FROM && share < 1 ? `  ${duration(((nowMs - work.startedAtMs) * (1 - share)) / share)} left` : ''
  return `${work.label}  ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${work.done}/${work.total}${left}`
}
