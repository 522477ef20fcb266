// Where captures are read from: a file or standard input, into buffers that the reader brings, so that a long archive leaves no litter.

import { Readable } from 'node:stream'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { fillerFrom, givenStream, openGiven } from '../given-file.ts'
import { type Compression, openDecompressor } from './inflate.ts'

/** Formats that are read as a whole are not longer than this. */
const WHOLE_BYTES_MAX = 256 * 1024 * 1024
const WHOLE_BYTES_FIRST = 256 * 1024
const STDIN_NAME = 'standard input'
/** As much as tells the format, where it is at hand. */
const BEGINNING_BYTES = 64 * 1024
/** What tells something of any format. A pipe that is still being written to is waited for no longer. */
const BEGINNING_BYTES_MIN = 512

export interface Source {
  /** For messages. */
  readonly name: string
  /** Fills `into` from `at` on, as far as bytes are at hand. The number of bytes; 0 at the end. @throws FILE_UNREADABLE */
  read(into: Buffer, at: number): Promise<number>
  close(): Promise<void>
}

/** @param stdin read instead of a file when `file` is `-` */
export function openSource(file: string, stdin: Readable, signal: AbortSignal | undefined): Source {
  const name = file === '-' ? STDIN_NAME : file
  return { name, ...(file === '-' ? givenStream(name, stdin, signal) : openGiven(file, signal)) }
}

/** What tells the compression and the format. A pipe's first piece may be a single byte, which tells nothing. @throws FILE_UNREADABLE */
export async function beginningOf(source: Source): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(BEGINNING_BYTES)
  let length = 0
  while (length < BEGINNING_BYTES_MIN) {
    const read = await source.read(bytes, length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}

/** The same source with its compression undone. @param begun what was read of it already @throws FILE_UNREADABLE */
export function decompressed(source: Source, begun: Buffer, compression: Compression): Source {
  const decompressor = openDecompressor(compression)
  if (decompressor === null) {
    throw new CalreconnectError('FILE_UNREADABLE', `Cannot read ${source.name}: this Node cannot undo ${compression}`, {
      hint: `${compression} -dc ${source.name === STDIN_NAME ? 'FILE' : source.name} | calreconnect verify -`,
    })
  }
  const compressed = Readable.from(chunksOf(source, begun))
  compressed.on('error', (error) => decompressor.destroy(error))
  const fill = fillerFrom(compressed.pipe(decompressor))
  const read: Source['read'] = (into, at) =>
    fill(into, at).catch((error: unknown) => {
      throw decompressionFailure(source.name, error)
    })
  return { name: source.name, read, close: () => source.close() }
}

/** What was read already, and the rest. */
export async function* chunksOf(source: Source, begun: Buffer): AsyncGenerator<Buffer, void> {
  yield begun
  for (;;) {
    const chunk = Buffer.allocUnsafe(WHOLE_BYTES_FIRST)
    const read = await source.read(chunk, 0)
    if (read === 0) return
    yield chunk.subarray(0, read)
  }
}

const DECOMPRESSION_FAILURES: ReadonlyMap<string, string> = new Map([
  ['Z_BUF_ERROR', 'its compressed data is cut off'],
  ['Z_DATA_ERROR', 'its compressed data is damaged'],
])

/** What the source itself could not read is told already. */
function decompressionFailure(name: string, error: unknown): CalreconnectError {
  if (error instanceof CalreconnectError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return unreadable(name, DECOMPRESSION_FAILURES.get(code) ?? (error instanceof Error ? error.message : String(error)), error)
}

export function unreadable(name: string, reason: string, cause?: unknown): CalreconnectError {
  return new CalreconnectError('FILE_UNREADABLE', `Cannot read ${name}: ${reason}`, { cause })
}

/** Everything, `begun` first. @throws FILE_UNREADABLE when that is more than any delivery can be */
export async function readRest(source: Source, begun: Buffer): Promise<Buffer> {
  let bytes = grown(begun, Math.max(WHOLE_BYTES_FIRST, begun.length * 2))
  let length = begun.length
  for (;;) {
    const read = await source.read(bytes, length)
    if (read === 0) return bytes.subarray(0, length)
    length += read
    if (length > WHOLE_BYTES_MAX) {
      throw unreadable(source.name, `it is larger than ${WHOLE_BYTES_MAX / 1024 / 1024} MiB; use --format ndjson for archives`)
    }
    if (length === bytes.length) bytes = grown(bytes, bytes.length * 2)
  }
}

/** The same bytes with room behind them. */
export function grown(bytes: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(length)
  bytes.copy(larger)
  return larger
}
