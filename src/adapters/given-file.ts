// Reading what a person named on the command line: a file, a pipe, a device, a terminal. What may block is read through the event loop,
// never in a thread: a thread that waits for a pipe's other end would keep the process, and Ctrl-C with it. Sizes are counted while reading.

import { close, constants, fstat, open, read } from 'node:fs'
import { Socket } from 'node:net'
import { addAbortSignal, type Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { CalreconnectError } from '../core/errors/errors.ts'

const CHUNK_BYTES = 64 * 1024
/** Opens a pipe that nobody writes to yet. Windows has no such pipes. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

export interface GivenFile {
  /** Fills `into` from `at` on, as far as bytes are at hand. The number of bytes; 0 at the end. @throws FILE_UNREADABLE, INTERRUPTED */
  read(into: Buffer, at: number): Promise<number>
  close(): Promise<void>
}

/** Nothing is opened before the first read. */
export function openGiven(file: string, signal: AbortSignal | undefined): GivenFile {
  let opened: Promise<GivenFile> | null = null
  return {
    async read(into, at) {
      opened ??= openOnce(file, signal)
      return (await opened).read(into, at)
    },
    async close() {
      await (await opened?.catch(() => null))?.close()
    },
  }
}

/** The whole of it. @throws FILE_UNREADABLE when it cannot be read, or is larger than `bytesMax`; INTERRUPTED */
export async function readGiven(file: string, bytesMax: number, signal: AbortSignal | undefined): Promise<Buffer> {
  return whole(openGiven(file, signal), file, bytesMax)
}

/** The whole of a stream that is open already. @throws FILE_UNREADABLE, INTERRUPTED */
export async function readStream(name: string, stream: Readable, bytesMax: number, signal: AbortSignal | undefined): Promise<Buffer> {
  return whole(givenStream(name, stream, signal), name, bytesMax)
}

async function whole(given: GivenFile, file: string, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for (let size = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const length = await given.read(chunk, 0)
      if (length === 0) return Buffer.concat(chunks)
      size += length
      if (size > bytesMax) throw new CalreconnectError('FILE_UNREADABLE', `${file} is larger than ${Math.round(bytesMax / 1024)} KiB`)
      chunks.push(chunk.subarray(0, length))
    }
  } finally {
    await given.close()
  }
}

/** A stream that is open already, such as standard input. @param name for messages */
export function givenStream(name: string, stream: Readable, signal: AbortSignal | undefined): GivenFile {
  if (signal !== undefined) addAbortSignal(signal, stream)
  const fill = fillerFrom(stream)
  return {
    read: (into, at) =>
      fill(into, at).catch((error: unknown) => {
        throw readFailure(name, error)
      }),
    async close() {
      stream.destroy()
    },
  }
}

/** Fills buffers with what a stream gives; 0 at its end. @throws whatever the stream does */
export function fillerFrom(stream: Readable): GivenFile['read'] {
  const chunks = stream[Symbol.asyncIterator]()
  let pending: Buffer = Buffer.alloc(0)
  return async (into, at) => {
    while (pending.length === 0) {
      const next: IteratorResult<unknown> = await chunks.next()
      if (next.done === true) return 0
      pending = bytesOf(next.value)
    }
    const copied = pending.copy(into, at)
    pending = pending.subarray(copied)
    return copied
  }
}

async function openOnce(file: string, signal: AbortSignal | undefined): Promise<GivenFile> {
  let descriptor: number
  try {
    descriptor = await promisify(open)(file, FLAGS)
  } catch (error) {
    throw readFailure(file, error)
  }
  const kind = await promisify(fstat)(descriptor)
  if (kind.isFIFO()) return givenStream(file, new Socket({ fd: descriptor, readable: true, writable: false }), signal)
  if (isatty(descriptor)) return givenStream(file, new ReadStream(descriptor), signal)
  return {
    async read(into, at) {
      if (signal?.aborted === true) throw interrupted(file)
      try {
        return (await promisify(read)(descriptor, into, at, into.length - at, null)).bytesRead
      } catch (error) {
        throw readFailure(file, error)
      }
    },
    close: () => promisify(close)(descriptor),
  }
}

function bytesOf(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return Buffer.from(String(chunk), 'utf8')
}

const READ_FAILURES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
])

function readFailure(name: string, error: unknown): CalreconnectError {
  if (error instanceof CalreconnectError) return error
  if (error instanceof Error && error.name === 'AbortError') return interrupted(name)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = READ_FAILURES.get(code) ?? (error instanceof Error ? error.message : String(error))
  return new CalreconnectError('FILE_UNREADABLE', `Cannot read ${name}: ${reason}`, { cause: error })
}

function interrupted(name: string): CalreconnectError {
  return new CalreconnectError('INTERRUPTED', `Interrupted while reading ${name}`)
}
