// `npm run growth -- [--max 8388608] [--only WORD] [--once]`: the time that text from outside takes grows with its length and no faster.
// Processor time, the best of several: what else the machine does must not count. `--once` measures nothing and runs each subject at the
// largest size, which a quadratic one does not live to see the end of.

import { GROWTH_SUBJECTS, type GrowthSubject } from '../support/growth-subjects.ts'
import { tableText } from './table.ts'

const SIZE_MIN = 1024
const SIZE_MAX = 8 * 1024 * 1024
const RATIO_MAX = 2.6
/** Below this, what is measured is the compiler and the garbage collector. */
const TELLING_MS = 20
const TRIES = 3
const RETRIES = 6

/** 0 when nothing grew faster than its input. */
export async function main(args: readonly string[]): Promise<number> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const max = Number(option('--max') ?? SIZE_MAX)
  const subjects = GROWTH_SUBJECTS.filter(({ name }) => name.includes(option('--only') ?? ''))
  if (args.includes('--once')) {
    for (const { prepare } of subjects) prepare(max)()
    process.stdout.write(`${subjects.length} ended\n`)
    return 0
  }
  const measured = subjects.map((subject) => growthOf(subject, max))
  const rows = measured.map(({ name, lastMs, size, worst }) => [name, size / 1024, lastMs.toFixed(0), worst.toFixed(2)])
  process.stdout.write(`${tableText(['subject', 'KiB', 'ms', 'worst ratio'], rows)}\n`)
  const tooFast = measured.filter(({ worst }) => worst > RATIO_MAX)
  process.stdout.write(`${measured.length} subjects, ${tooFast.length} grew by more than ${RATIO_MAX} times when the input doubled\n`)
  return tooFast.length === 0 ? 0 : 1
}

interface Growth {
  readonly name: string
  readonly size: number
  readonly lastMs: number
  readonly worst: number
}

/** Stops at the first size whose time grew too much: the next would only take longer. */
function growthOf({ name, prepare }: GrowthSubject, max: number): Growth {
  let worst = 0
  let lastMs = 0
  let size = SIZE_MIN
  for (; size <= max && worst <= RATIO_MAX; size *= 2) {
    const half = prepare(size / 2)
    const whole = prepare(size)
    let wholeMs = best(whole, TRIES)
    if (wholeMs >= TELLING_MS) {
      let halfMs = best(half, TRIES)
      for (let retry = 0; retry < RETRIES && wholeMs / halfMs > RATIO_MAX; retry += 1) {
        wholeMs = Math.min(wholeMs, best(whole, TRIES))
        halfMs = Math.max(halfMs, best(half, TRIES))
      }
      worst = Math.max(worst, wholeMs / halfMs)
    }
    lastMs = wholeMs
  }
  return { name, size: size / 2, lastMs, worst }
}

function best(run: () => unknown, tries: number): number {
  let ms = Infinity
  for (let tried = 0; tried < tries; tried += 1) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    ms = Math.min(ms, (user + system) / 1000)
  }
  return ms
}
