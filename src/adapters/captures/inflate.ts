// Compression undone: of bodies in memory, and of archives that are read as a stream.

import { brotliDecompressSync, createGunzip, gunzipSync, inflateSync } from 'node:zlib'
import * as zlib from 'node:zlib'
import type { Transform } from 'node:stream'

/** A small body that says it is larger is a bomb. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024
const LIMIT = { maxOutputLength: INFLATED_BYTES_MAX }

/** By what the bytes say they are; null when they are not compressed, cut off, or too large. */
export function inflate(bytes: Uint8Array): Uint8Array | null {
  const [first, second] = bytes
  if (first === 0x1f && second === 0x8b) return attempt(() => gunzipSync(bytes, LIMIT))
  // zlib's header is a multiple of 31 and names a window of at most 32 KiB.
  if (first === 0x78 && second !== undefined && ((first << 8) | second) % 31 === 0) return attempt(() => inflateSync(bytes, LIMIT))
  return null
}

/** By what a Content-Encoding header says; the bytes themselves when they are not that. */
export function decodeContent(bytes: Buffer, encoding: string): Buffer {
  const names = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  let decoded: Uint8Array = bytes
  for (const name of names.toReversed()) {
    if (name === 'br') decoded = attempt(() => brotliDecompressSync(decoded, LIMIT)) ?? decoded
    else if (name !== '' && name !== 'identity') decoded = inflate(decoded) ?? decoded
  }
  return Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength)
}

function attempt(work: () => Uint8Array): Uint8Array | null {
  try {
    return work()
  } catch {
    // Not what its first bytes promised: then it is not compressed.
    return null
  }
}

export type Compression = 'gzip' | 'zstd'

export function compressionOf(beginning: Buffer): Compression | null {
  const magic = beginning.toString('hex', 0, 4)
  if (magic.startsWith('1f8b')) return 'gzip'
  return magic === '28b52ffd' ? 'zstd' : null
}

/** A stream that undoes it; null where this Node cannot (zstd before 22.15). */
export function openDecompressor(compression: Compression): Transform | null {
  if (compression === 'gzip') return createGunzip()
  const make: unknown = Reflect.get(zlib, 'createZstdDecompress')
  return typeof make === 'function' ? make() : null
}
