// An NDJSON archive read for sending its deliveries again: all headers and the time of each, beside its bytes.

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { RecordedDelivery } from '../../core/ports/files.ts'
import type { HeaderList } from '../../core/signature/capture.ts'
import { isObject } from './header-values.ts'
import { compressionOf } from './inflate.ts'
import { captureIn } from './logged-request.ts'
import { beginningOf, chunksOf, decompressed, openSource } from './source.ts'

/** One after the other, blank lines left out. @throws FILE_UNREADABLE */
export async function* readRecorded(
  file: string,
  stdin: Readable,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordedDelivery, void> {
  let source = openSource(file, stdin, signal)
  try {
    const begun = await beginningOf(source)
    const compression = compressionOf(begun)
    if (compression !== null) source = decompressed(source, begun, compression)
    const lines = createInterface({
      input: Readable.from(chunksOf(source, compression === null ? begun : Buffer.alloc(0))),
      crlfDelay: Infinity,
    })
    let line = 0
    for await (const text of lines) {
      line += 1
      const trimmed = text.replace(/^\uFEFF/, '').trim()
      if (trimmed !== '') yield { line, recorded: recordedIn(trimmed) }
    }
  } finally {
    await source.close()
  }
}

/** Null when the line holds none. */
function recordedIn(text: string): RecordedDelivery['recorded'] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // Told by the number of its line.
    return null
  }
  const capture = captureIn(parsed, text)
  if (capture === null || !isObject(parsed)) return null
  const receivedAtMs = typeof parsed['received_at'] === 'string' ? Date.parse(parsed['received_at']) : Number.NaN
  return { headers: headersIn(parsed['headers']), rawBody: capture.rawBody, receivedAtMs: Number.isNaN(receivedAtMs) ? null : receivedAtMs }
}

function headersIn(headers: unknown): HeaderList {
  if (Array.isArray(headers)) {
    return headers.flatMap((one): HeaderList => {
      const [name, value]: unknown[] = Array.isArray(one) ? one : isObject(one) ? [one['name'], one['value']] : []
      return typeof name === 'string' && typeof value === 'string' ? [[name, value]] : []
    })
  }
  if (!isObject(headers)) return []
  return Object.entries(headers).flatMap(([name, value]): HeaderList => {
    const values = Array.isArray(value) ? value : [value]
    return values.flatMap((one): HeaderList => (typeof one === 'string' ? [[name, one]] : []))
  })
}
