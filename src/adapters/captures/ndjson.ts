// NDJSON captures: one delivery a line, read as a stream. No schema library here: 100,000 lines are looked at in a second, and
// of each only three members matter, every one of which is checked by hand.

import { batchOf, type Capture, type CaptureBatch, type UnreadableLine } from '../../core/signature/capture.ts'
import { fromList, fromObject, isObject } from './header-values.ts'
import { captureIn } from './logged-request.ts'
import { grown, type Source, unreadable } from './source.ts'

const NEWLINE = 0x0a
/** Read at once: small enough to stay in the processor's cache. */
const READ_BYTES = 256 * 1024
const LINE_BYTES_MAX = 64 * 1024 * 1024

/** @throws FILE_UNREADABLE for a line that is longer than any delivery */
export async function* readNdjson(source: Source, begun: Buffer): AsyncGenerator<CaptureBatch, void> {
  let bytes = grown(begun, begun.length + READ_BYTES)
  let length = begun.length
  let lineNumber = 0
  for (;;) {
    const captures: Capture[] = []
    const spoilt: UnreadableLine[] = []
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1 && end < length; end = bytes.indexOf(NEWLINE, from)) {
      lineNumber += 1
      readLine(bytes.toString('utf8', from, end), lineNumber, false, captures, spoilt)
      from = end + 1
    }
    if (captures.length + spoilt.length > 0) yield batchOf(captures, spoilt)
    bytes.copyWithin(0, from, length)
    length -= from
    if (length > LINE_BYTES_MAX) throw unreadable(source.name, `line ${lineNumber + 1} is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`)
    if (bytes.length - length < READ_BYTES) bytes = grown(bytes, bytes.length * 2)
    const read = await source.read(bytes, length)
    length += read
    if (read > 0) continue
    const [last, spoiltLast]: [Capture[], UnreadableLine[]] = [[], []]
    readLine(bytes.toString('utf8', 0, length), lineNumber + 1, true, last, spoiltLast)
    if (last.length + spoiltLast.length > 0) yield batchOf(last, spoiltLast)
    return
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
