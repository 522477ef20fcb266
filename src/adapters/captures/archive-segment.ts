// One stretch of an archive's file, judged by whoever has a core for it. A line belongs to the stretch that it begins in.

import { readSync } from 'node:fs'
import type { QuickLines, QuickResult } from './quick-lines.ts'

const NEWLINE = 0x0a
/** Read at once beyond the stretch, for the end of its last line. */
const BEYOND_BYTES = 64 * 1024

export interface Segment {
  readonly from: number
  readonly to: number
  /** What was written to the file later is not looked at. */
  readonly size: number
}

/** Positions in the result are the file's. Reads synchronously: it runs in a thread of its own. @param from not 0 */
export function judgeSegment(fd: number, { from, to, size }: Segment, quick: QuickLines): QuickResult {
  const start = from - 1
  let bytes = readAt(fd, start, Math.min(size, to + BEYOND_BYTES))
  const first = bytes.indexOf(NEWLINE) + 1
  // All of it is the inside of a line that began before.
  if (first === 0 || start + first >= to) return { lines: 0, authentic: 0, doubtful: [] }
  let last = bytes.indexOf(NEWLINE, to - 1 - start)
  while (last === -1 && start + bytes.length < size) {
    bytes = Buffer.concat([bytes, readAt(fd, start + bytes.length, Math.min(size, start + bytes.length * 2))])
    last = bytes.indexOf(NEWLINE, to - 1 - start)
  }
  const { lines, authentic, doubtful } = quick.judge(bytes, first, last === -1 ? bytes.length : last + 1)
  return { lines, authentic, doubtful: doubtful.map((one) => ({ ...one, from: one.from + start, to: one.to + start })) }
}

function readAt(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(to - from)
  let length = 0
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, from + length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}
