// NDJSON captures: one delivery a line, read as a stream. No schema library here: 100,000 lines are looked at in a second, and
// of each only three members matter, every one of which is checked by hand.

import { open } from 'node:fs/promises'
import { batchOf, type Capture, type CaptureBatch, type QuickCheck, type UnreadableLine } from '../../core/signature/capture.ts'
import { fromList, fromObject, isObject } from './header-values.ts'
import { coreUse, judgeOnWorkers, type Rest, workersWorth } from './archive-workers.ts'
import { captureIn } from './logged-request.ts'
import { QuickLines } from './quick-lines.ts'
import { grown, type Source, unreadable } from './source.ts'

const NEWLINE = 0x0a
/** Read at once: small enough to stay in the processor's cache. */
const READ_BYTES = 512 * 1024
const LINE_BYTES_MAX = 64 * 1024 * 1024

export interface NdjsonOptions {
  /** Deliveries behind so many are only looked at; those that pass are counted and not given. */
  readonly quick?: { readonly after: number; readonly check: () => QuickCheck } | undefined
  readonly onBytes?: ((done: number) => void) | undefined
  /** The rest of a regular file is shared out to threads where cores are idle. */
  readonly file?: { readonly path: string; readonly size: number } | undefined
}

/** Reads on while it looks at what was read. @throws FILE_UNREADABLE for a line that is longer than any delivery */
export async function* readNdjson(source: Source, begun: Buffer, options: NdjsonOptions = {}): AsyncGenerator<CaptureBatch, void> {
  const { quick, onBytes, file } = options
  const before = file === undefined ? null : coreUse()
  let bytes: Buffer = grown(begun, Math.max(READ_BYTES, begun.length * 2))
  let other: Buffer = Buffer.allocUnsafeSlow(bytes.length)
  let length = begun.length
  let [lines, deliveries, done] = [0, 0, begun.length]
  const quickLines = preparedOnce()
  for (;;) {
    if (quick !== undefined && file !== undefined && before !== null && deliveries >= quick.after) {
      const workers = workersWorth(file.size, before)
      if (workers > 1) {
        const rest = { file: file.path, from: done - length, size: file.size, check: quick.check() }
        return yield* judgedByWorkers(source, rest, workers, lines, onBytes)
      }
    }
    const whole = length === 0 ? 0 : bytes.lastIndexOf(NEWLINE, length - 1) + 1
    const rest = length - whole
    if (rest > LINE_BYTES_MAX) throw unreadable(source.name, `line ${lines + 1} is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`)
    if (other.length < rest * 2) other = Buffer.allocUnsafeSlow(rest * 4)
    bytes.copy(other, 0, whole, length)
    const reading = source.read(other, rest)
    // Waited for below; a failure before that must not count as nobody's.
    reading.catch(() => {})
    const stretch = { bytes, to: whole, lines, isLast: false }
    const batch = quick !== undefined && deliveries >= quick.after ? judged(stretch, quickLines(quick.check())) : readAll(stretch)
    lines += batch.lines
    deliveries += batch.batch.total
    if (batch.batch.total + batch.batch.unreadable.length > 0) yield batch.batch
    const read = await reading
    done += read
    onBytes?.(done)
    ;[bytes, other, length] = [other, bytes, rest + read]
    if (read > 0) continue
    const last = readAll({ bytes, to: length, lines, isLast: true }).batch
    if (last.total + last.unreadable.length > 0) yield last
    return
  }
}

/** Keys are prepared anew only when they, or their order, have changed. */
function preparedOnce(): (check: QuickCheck) => QuickLines {
  let prepared: { readonly check: QuickCheck; readonly lines: QuickLines } | null = null
  return (check) => {
    if (prepared === null || prepared.check.keys.some((key, index) => key !== check.keys[index]))
      prepared = { check, lines: new QuickLines(check) }
    return prepared.lines
  }
}

interface Stretch {
  readonly bytes: Buffer
  /** From the beginning to here: whole lines. */
  readonly to: number
  /** Before it. */
  readonly lines: number
  /** Its end is the end of the file, where a line may be cut off. */
  readonly isLast: boolean
}

interface StretchRead {
  readonly batch: CaptureBatch
  readonly lines: number
}

function readAll({ bytes, to, lines, isLast }: Stretch): StretchRead {
  const captures: Capture[] = []
  const spoilt: UnreadableLine[] = []
  let count = 0
  for (let from = 0; from < to;) {
    const newline = bytes.indexOf(NEWLINE, from)
    const end = newline === -1 || newline >= to ? to : newline
    count += 1
    readLine(bytes.toString('utf8', from, end), lines + count, isLast && end === to, captures, spoilt)
    from = end + 1
  }
  return { batch: batchOf(captures, spoilt), lines: count }
}

/** The same of a long archive: what is not authentic at once goes the plain way. */
function judged({ bytes, to, lines }: Stretch, quick: QuickLines): StretchRead {
  const result = quick.judge(bytes, 0, to)
  const captures: CaptureBatch['captures'][number][] = []
  const spoilt: UnreadableLine[] = []
  for (const { line, authenticBefore, from, to: end } of result.doubtful) {
    const found: Capture[] = []
    readLine(bytes.toString('utf8', from, end), lines + line + 1, false, found, spoilt)
    for (const { rawBody, header } of found) captures.push({ rawBody, header, at: authenticBefore + captures.length })
  }
  return { batch: { total: result.authentic + captures.length, captures, unreadable: spoilt }, lines: result.lines }
}

async function* judgedByWorkers(
  source: Source,
  rest: Rest,
  workers: number,
  before: number,
  onBytes: NdjsonOptions['onBytes'],
): AsyncGenerator<CaptureBatch, void> {
  const handle = await open(rest.file)
  let lines = before
  try {
    for await (const { to, ...result } of judgeOnWorkers(rest, workers)) {
      const captures: CaptureBatch['captures'][number][] = []
      const spoilt: UnreadableLine[] = []
      for (const { line, authenticBefore, from, to: end } of result.doubtful) {
        if (end - from > LINE_BYTES_MAX)
          throw unreadable(source.name, `line ${lines + line + 1} is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`)
        const bytes = Buffer.allocUnsafe(end - from)
        await handle.read(bytes, 0, bytes.length, from)
        const found: Capture[] = []
        readLine(bytes.toString('utf8'), lines + line + 1, end === rest.size, found, spoilt)
        for (const { rawBody, header } of found) captures.push({ rawBody, header, at: authenticBefore + captures.length })
      }
      lines += result.lines
      onBytes?.(to)
      const total = result.authentic + captures.length
      if (total + spoilt.length > 0) yield { total, captures, unreadable: spoilt }
    }
  } finally {
    await handle.close()
  }
}

/** Every line of a text that is in memory. */
export function ndjsonIn(text: string): CaptureBatch {
  const captures: Capture[] = []
  const spoilt: UnreadableLine[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) readLine(line, index + 1, index === lines.length - 1, captures, spoilt)
  return batchOf(captures, spoilt)
}

/** Whether a line reads as a capture. */
export function looksLikeCapture(line: string): boolean {
  const parsed = parsedLine(line)
  return parsed !== undefined && captureOf(parsed, line) !== null
}

/** Blank lines are none. @param isLast without a newline behind it: it may be cut off */
function readLine(text: string, line: number, isLast: boolean, captures: Capture[], spoilt: UnreadableLine[]): void {
  const trimmed = text.trim()
  if (trimmed === '') return
  const parsed = parsedLine(trimmed)
  const capture = parsed === undefined ? null : captureOf(parsed, trimmed)
  if (capture !== null) captures.push(capture)
  else if (parsed !== undefined) spoilt.push({ line, why: 'is no capture: it needs headers, and body_base64 or body' })
  else if (isLast && !/[}\]]$/.test(trimmed)) spoilt.push({ line, why: 'is cut off: the file ends within it' })
  else spoilt.push({ line, why: 'is not JSON' })
}

/** Undefined when it is not JSON. */
function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Said by line number: the rest of the archive is read all the same.
    return undefined
  }
}

function captureOf(parsed: unknown, line: string): Capture | null {
  if (!isObject(parsed)) return null
  const { headers, body, body_base64: encoded } = parsed
  // A function's event says apart whether its body is base64.
  const isPlain =
    typeof encoded === 'string' || (typeof body === 'string' && parsed['isBase64Encoded'] !== true && parsed['encoding'] === undefined)
  if (!isPlain) return captureIn(parsed, line)
  const rawBody = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : Buffer.from(String(body), 'utf8')
  const header = Array.isArray(headers) ? fromList(headers) : isObject(headers) ? fromObject(headers) : null
  if (header !== null) return { rawBody, header }
  return captureIn(parsed, line) ?? (isObject(headers) || Array.isArray(headers) ? { rawBody, header } : null)
}
