// NDJSON captures: one delivery a line, read as a stream. No schema library here: 100,000 lines are looked at in a second, and
// of each only three members matter, every one of which is checked by hand.

import type { Capture } from '../../core/signature/capture.ts'
import { fromList, fromObject, isObject } from './header-values.ts'
import { grown, type Source, unreadable } from './source.ts'

const NEWLINE = 0x0a
/** Read at once: small enough to stay in the processor's cache. */
const READ_BYTES = 256 * 1024
const LINE_BYTES_MAX = 64 * 1024 * 1024

/** @throws FILE_UNREADABLE naming the line that is no capture */
export async function* readNdjson(source: Source, begun: Buffer): AsyncGenerator<readonly Capture[], void> {
  let bytes = grown(begun, begun.length + READ_BYTES)
  let length = begun.length
  let lineNumber = 0
  for (;;) {
    const captures: Capture[] = []
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1 && end < length; end = bytes.indexOf(NEWLINE, from)) {
      lineNumber += 1
      const line = bytes.toString('utf8', from, end).trim()
      if (line !== '') captures.push(captureOf(line, source.name, lineNumber))
      from = end + 1
    }
    if (captures.length > 0) yield captures
    bytes.copyWithin(0, from, length)
    length -= from
    if (length > LINE_BYTES_MAX) throw unreadable(source.name, `line ${lineNumber + 1} is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`)
    if (bytes.length - length < READ_BYTES) bytes = grown(bytes, bytes.length * 2)
    const read = await source.read(bytes, length)
    length += read
    if (read > 0) continue
    const line = bytes.toString('utf8', 0, length).trim()
    if (line !== '') yield [captureOf(line, source.name, lineNumber + 1)]
    return
  }
}

/** Whether a first line reads as a capture. */
export function looksLikeCapture(line: string): boolean {
  try {
    return partsOf(JSON.parse(line)) !== null
  } catch {
    // Not JSON: then it is no capture either.
    return false
  }
}

function captureOf(line: string, name: string, lineNumber: number): Capture {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    throw unreadable(name, `line ${lineNumber} is not JSON`, error)
  }
  const capture = partsOf(parsed)
  if (capture === null) throw unreadable(name, `line ${lineNumber} is no capture: it needs headers, and body_base64 or body`)
  return capture
}

function partsOf(parsed: unknown): Capture | null {
  if (!isObject(parsed)) return null
  const { headers, body, body_base64: encoded } = parsed
  const rawBody = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : typeof body === 'string' ? Buffer.from(body, 'utf8') : null
  if (rawBody === null) return null
  if (Array.isArray(headers)) return { rawBody, header: fromList(headers) }
  return isObject(headers) ? { rawBody, header: fromObject(headers) } : null
}
