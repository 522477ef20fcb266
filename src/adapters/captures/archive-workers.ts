// The rest of a large archive, judged on several cores: stretches of its file go to threads, and come back in their order.

import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { QuickCheck } from '../../core/signature/capture.ts'
import type { ArchiveWorkerData } from './archive-worker.ts'
import type { Segment } from './archive-segment.ts'
import type { QuickResult } from './quick-lines.ts'

const SEGMENT_BYTES = 2 * 1024 * 1024
const WORKERS_MAX = 8
/** Below this, threads take longer to start than they save. */
const FILE_BYTES_MIN = 48 * 1024 * 1024

export interface Rest {
  readonly file: string
  /** Where a line begins. */
  readonly from: number
  readonly size: number
  readonly check: QuickCheck
}

/** Ticks of all cores, so that those that nobody uses can be counted later. */
export interface CoreUse {
  readonly idle: number
  readonly all: number
}

export function coreUse(): CoreUse {
  let [idle, all] = [0, 0]
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.idle + times.user + times.sys + times.nice + times.irq
  }
  return { idle, all }
}

/** How many threads are worth it; 1: none but this one. */
export function workersWorth(size: number, before: CoreUse): number {
  const now = coreUse()
  const cores = cpus().length
  const isIdle = now.all > before.all ? ((now.idle - before.idle) / (now.all - before.all)) * cores : 0
  // This thread's own core is free as well once it only waits.
  const workers = Math.min(WORKERS_MAX, cores, Math.round(isIdle) + 1)
  return size < FILE_BYTES_MIN || !existsSync(ownWorkerFile()) ? 1 : workers
}

/** In the order of the file. Ends its threads, also when nobody wants the rest. */
export async function* judgeOnWorkers(
  { file, from, size, check }: Rest,
  count: number,
  how: { readonly workerFile?: string; readonly segmentBytes?: number } = {},
): AsyncGenerator<QuickResult & { readonly to: number }, void> {
  const { workerFile = ownWorkerFile(), segmentBytes = SEGMENT_BYTES } = how
  const { keys, secondsMin, secondsMax } = check
  const workerData: ArchiveWorkerData = { file, keys: keys.map((key) => key.reveal()), secondsMin, secondsMax }
  const workers = Array.from({ length: count }, () => new Worker(workerFile, { workerData }))
  const lanes = workers.map(laneOf)
  const waiting: { readonly result: Promise<QuickResult>; readonly to: number }[] = []
  let next = from
  try {
    for (let turn = 0; next < size || waiting.length > 0; turn += 1) {
      while (next < size && waiting.length < count * 2) {
        const to = Math.min(size, next + segmentBytes)
        const lane = lanes[(turn + waiting.length) % count]
        if (lane !== undefined) waiting.push({ result: lane({ from: next, to, size }), to })
        next = to
      }
      const first = waiting.shift()
      if (first !== undefined) yield { ...(await first.result), to: first.to }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** Answers come in the order of the questions. */
function laneOf(worker: Worker): (segment: Segment) => Promise<QuickResult> {
  const asked: { readonly resolve: (result: QuickResult) => void; readonly reject: (error: Error) => void }[] = []
  let failure: Error | null = null
  worker.on('message', (result: QuickResult) => asked.shift()?.resolve(result))
  worker.on('error', (error: Error) => {
    failure = error
    for (const { reject } of asked.splice(0)) reject(error)
  })
  return (segment) => {
    const answer = new Promise<QuickResult>((resolve, reject) => {
      if (failure !== null) return reject(failure)
      asked.push({ resolve, reject })
      worker.postMessage(segment, [])
    })
    // Looked at when its turn comes.
    answer.catch(() => {})
    return answer
  }
}

/** Beside this file, once it is built. */
function ownWorkerFile(): string {
  return fileURLToPath(new URL('./archive-worker.js', import.meta.url))
}
