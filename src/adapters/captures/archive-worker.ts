// A thread that judges stretches of one archive, built as a file of its own. It gets the keys from the thread that made it.

import { openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { Secret } from '../../core/secrets/secret.ts'
import { judgeSegment, type Segment } from './archive-segment.ts'
import { QuickLines } from './quick-lines.ts'

/** What a thread is made with. Secrets cannot pass as such; they stay within the process. */
export interface ArchiveWorkerData {
  readonly file: string
  readonly keys: readonly string[]
  readonly secondsMin: number
  readonly secondsMax: number
}

const { file, keys, secondsMin, secondsMax }: ArchiveWorkerData = workerData
const quick = new QuickLines({ keys: keys.map((key) => new Secret(key)), secondsMin, secondsMax })
const fd = openSync(file, 'r')
parentPort?.on('message', (segment: Segment) => parentPort?.postMessage(judgeSegment(fd, segment, quick), []))
