// Reads small files that this tool looks for by itself: its key, its settings. Nobody named them, so nobody would know what is waited for
// if a pipe or a device stood in their place: only a file of a size that it may have is read.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** Null when there is none. @throws errors of the file system; ENOTSUP when it is no file, EFBIG when it is larger than `bytesMax` */
export function readOwnFile(path: string, bytesMax: number): string | null {
  const descriptor = openedOrNull(path)
  if (descriptor === null) return null
  try {
    const there = fstatSync(descriptor)
    if (!there.isFile()) throw refusal('ENOTSUP', path, 'it is no file')
    if (there.size > bytesMax) throw refusal('EFBIG', path, `it has more than ${bytesMax} bytes`)
    // These files are replaced whole, never added to: what was open keeps its size.
    const bytes = Buffer.alloc(there.size)
    let size = 0
    for (let length = -1; length !== 0 && size < bytes.length; size += length)
      length = readSync(descriptor, bytes, size, bytes.length - size, null)
    return bytes.toString('utf8', 0, size)
  } finally {
    closeSync(descriptor)
  }
}

/** Does not wait for whoever may write into a pipe. */
function openedOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')) return null
    throw thrown
  }
}

function refusal(code: string, path: string, why: string): Error {
  return Object.assign(new Error(`${code}: ${why}, open '${path}'`), { code })
}
