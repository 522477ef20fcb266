// Captured deliveries from a file or standard input, whatever format they are in.

import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Capture, CaptureFormat } from '../../core/signature/capture.ts'
import { fromFile } from './header-values.ts'
import { looksLikeCapture, readNdjson } from './ndjson.ts'
import { openSource, readRest, type Source, unreadable } from './source.ts'
import { looksLikeHar, looksLikeHttp, readHar, readHttp } from './whole-file.ts'

export interface CaptureInput {
  /** `-` is standard input. */
  readonly file: string
  readonly stdin: Readable
  readonly format: CaptureFormat | 'auto'
  /** For a bare body: the signature's header, from wherever it is. */
  readonly header: string | null
}

/** As much as tells the format. */
const BEGINNING_BYTES = 64 * 1024

/** Batches in the order of the input. @throws FILE_UNREADABLE */
export async function* readCaptures(input: CaptureInput): AsyncGenerator<readonly Capture[], void> {
  const source = openSource(input.file, input.stdin)
  try {
    const bytes = Buffer.allocUnsafeSlow(BEGINNING_BYTES)
    const begun = bytes.subarray(0, await source.read(bytes, 0))
    yield* deliveriesOf(source, begun, input)
  } finally {
    await source.close()
  }
}

async function* deliveriesOf(source: Source, begun: Buffer, { format, header }: CaptureInput): AsyncGenerator<readonly Capture[], void> {
  switch (format === 'auto' ? formatOf(begun, header) : format) {
    case 'ndjson':
      yield* readNdjson(source, begun)
      return
    case 'http':
      yield [readHttp(await readRest(source, begun), source.name)]
      return
    case 'har':
      yield readHar(await readRest(source, begun), source.name)
      return
    case 'body':
      yield* readBody(source, begun, header)
  }
}

/** The signature in a --headers file. @throws FILE_UNREADABLE */
export async function readHeaders(file: string): Promise<string | null> {
  try {
    return fromFile(await readFile(file, 'utf8'))
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error)
  }
}

async function* readBody(source: Source, begun: Buffer, header: string | null): AsyncGenerator<readonly Capture[], void> {
  const rawBody = await readRest(source, begun)
  // Nothing at all is no delivery, unless somebody has a signature for it.
  if (rawBody.length > 0 || header !== null) yield [{ rawBody, header }]
}

/** A delivery whose signature was given apart is a bare body; else the beginning tells. */
function formatOf(begun: Buffer, header: string | null): CaptureFormat {
  if (header !== null) return 'body'
  const beginning = begun.toString('utf8')
  if (looksLikeHttp(beginning)) return 'http'
  if (looksLikeHar(beginning)) return 'har'
  return looksLikeCapture(beginning.trimStart().split('\n', 1)[0] ?? '') ? 'ndjson' : 'body'
}
