// Captured deliveries from a file or standard input, whatever format they are in.

import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { batchOf, type CaptureBatch, type CaptureFormat } from '../../core/signature/capture.ts'
import { readGiven } from '../given-file.ts'
import { containerText, isUtf16 } from './container.ts'
import { fromFile } from './header-values.ts'
import { compressionOf } from './inflate.ts'
import { printedRequestsIn, requestsIn } from './logged-request.ts'
import { looksLikeCapture, type NdjsonOptions, ndjsonIn, readNdjson } from './ndjson.ts'
import { beginningOf, decompressed, openSource, readRest, type Source, unreadable } from './source.ts'
import { looksLikeHar, looksLikeHttp, readHar, readHttp } from './whole-file.ts'

export interface CaptureInput {
  /** `-` is standard input. */
  readonly file: string
  readonly stdin: Readable
  readonly format: CaptureFormat | 'auto'
  /** For a bare body: the signature's header, from wherever it is. */
  readonly header: string | null
  readonly quick?: NdjsonOptions['quick']
  /** @param total null where the length is not known */
  readonly onBytes?: ((done: number, total: number | null) => void) | undefined
  /** Ends the wait for whatever the bytes come from. */
  readonly signal?: AbortSignal | undefined
}

const HEADERS_BYTES_MAX = 1024 * 1024
/** Lines that are looked at: the first ones may be spoilt. */
const BEGINNING_LINES = 20

/** Batches in the order of the input. @throws FILE_UNREADABLE */
export async function* readCaptures(input: CaptureInput): AsyncGenerator<CaptureBatch, void> {
  let source = openSource(input.file, input.stdin, input.signal)
  try {
    let begun = await beginningOf(source)
    const compression = isContainer(input) ? compressionOf(begun) : null
    if (compression !== null) {
      source = decompressed(source, begun, compression)
      begun = await beginningOf(source)
    }
    yield* deliveriesOf(source, begun, input)
  } finally {
    await source.close()
  }
}

/** The signature in a --headers file. @throws FILE_UNREADABLE */
export async function readHeaders(file: string, signal?: AbortSignal): Promise<string | null> {
  const bytes = await readGiven(file, HEADERS_BYTES_MAX, signal)
  try {
    return fromFile(containerText(bytes))
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error)
  }
}

/** The bytes of a file as they are. @throws FILE_UNREADABLE */
export async function readRawBody(file: string, stdin: Readable, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const source = openSource(file, stdin, signal)
  try {
    return await readRest(source, await beginningOf(source))
  } finally {
    await source.close()
  }
}

async function* deliveriesOf(source: Source, begun: Buffer, input: CaptureInput): AsyncGenerator<CaptureBatch, void> {
  const { format, header } = input
  switch (format === 'auto' ? formatOf(begun, header) : format) {
    case 'ndjson':
      if (isUtf16(begun)) yield ndjsonIn(containerText(await readRest(source, begun)))
      else yield* readNdjson(source, withoutBom(begun), await ndjsonOptions(input, begun))
      return
    case 'http':
      yield batchOf([readHttp(await readRest(source, begun), source.name)])
      return
    case 'har':
      yield batchOf(readHar(await readRest(source, begun), source.name))
      return
    case 'body':
      yield* bodyOf(await readRest(source, begun), header)
      return
    case 'unclear':
      yield* unclear(await readRest(source, begun))
  }
}

/** A compressed archive's length tells nothing of how much there is to read, and only a plain file can be read from its middle. */
async function ndjsonOptions({ file, quick, onBytes }: CaptureInput, begun: Buffer): Promise<NdjsonOptions> {
  const kind = file === '-' ? null : await stat(file)
  const size = kind?.isFile() === true ? kind.size : null
  const isPlain = size !== null && (await isBeginningOf(file, begun))
  return {
    quick,
    onBytes: onBytes === undefined ? undefined : (done) => onBytes(done, isPlain ? size : null),
    file: isPlain ? { path: file, size } : undefined,
  }
}

/** False for what was decompressed, and behind a byte order mark. */
async function isBeginningOf(file: string, begun: Buffer): Promise<boolean> {
  const handle = await open(file)
  try {
    const bytes = Buffer.alloc(Math.min(4, begun.length))
    await handle.read(bytes, 0, bytes.length, 0)
    return begun.subarray(0, bytes.length).equals(bytes) && begun[0] !== 0xef
  } finally {
    await handle.close()
  }
}

/** JSON, or something printed: a logged request, or many; else a body. */
function* unclear(bytes: Buffer): Generator<CaptureBatch, void> {
  const text = containerText(bytes)
  const requests = requestsIn(text)
  if (requests !== null) return yield batchOf(requests)
  if (isArchive(text)) return yield ndjsonIn(text)
  const printed = printedRequestsIn(text)
  if (printed !== null) return yield batchOf(printed)
  yield* bodyOf(bytes, null)
}

function* bodyOf(rawBody: Buffer, header: string | null): Generator<CaptureBatch, void> {
  // Nothing at all is no delivery, unless somebody has a signature for it.
  if (rawBody.length > 0 || header !== null) yield batchOf([{ rawBody, header }])
}

/** A delivery whose signature was given apart is a bare body; else the beginning tells, or the whole has to. */
function formatOf(begun: Buffer, header: string | null): CaptureFormat | 'unclear' {
  if (header !== null) return 'body'
  const beginning = containerText(begun)
  if (looksLikeHttp(beginning)) return 'http'
  if (looksLikeHar(beginning)) return 'har'
  if (isArchive(beginning)) return 'ndjson'
  return /[{[]/.test(beginning) ? 'unclear' : 'body'
}

function isArchive(beginning: string): boolean {
  return beginning.split('\n', BEGINNING_LINES).some((line) => looksLikeCapture(line.trim()))
}

function isContainer({ format, header }: CaptureInput): boolean {
  return format !== 'body' && (format !== 'auto' || header === null)
}

function withoutBom(begun: Buffer): Buffer {
  return begun[0] === 0xef && begun[1] === 0xbb && begun[2] === 0xbf ? begun.subarray(3) : begun
}
