// Writes whole files for everything that this tool writes beside its store: a file is there as it was or as it should be, never half.
// A link stays a link and what it points to is replaced; a device or pipe (/dev/stdout, /dev/null, a FIFO) is written to as it is.
// Knows nothing of what is in them. Synchronous, since files are small and a HAR is written between two requests.

import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** For whoever may hold a secret; also for what replaces nothing. */
const PRIVATE = 0o600
const PERMISSIONS = 0o777
/** Names of what is open already, whatever that is. */
const AS_IT_IS = /^\/(?:dev\/(?:std(?:in|out|err)$|fd\/)|proc\/)/
const LOOK_EVERY_MS = 5
const READER_WAIT_MS = 10_000
/** Of a process that was killed while it wrote: no write takes this long. */
const LEFT_OVER_MS = 60 * 60 * 1000

const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/

export interface Written {
  /** Of a new file; what is replaced keeps its own. Default 0600. */
  readonly mode?: number
  /** Survives power loss. Costs two fsyncs. */
  readonly durable?: boolean
}

/** Puts `text` in the place of whatever is there. @throws errors of the file system */
export function replaceFile(path: string, text: string, how: Written = {}): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there !== undefined && (!there.isFile() || AS_IT_IS.test(resolve(path)))) return writeInto(path, there, text)
  const target = there === undefined ? targetOf(path) : realpathSync(path)
  const mode = there === undefined ? how.mode : there.mode & PERMISSIONS
  viaTemporary(target, text, { ...how, ...(mode !== undefined && { mode }) }, (temporary) => renameSync(temporary, target))
}

/** False when something is there already: it is left as it is. @throws errors of the file system */
export function createFile(path: string, text: string, how: Written = {}): boolean {
  try {
    viaTemporary(resolve(path), text, how, (temporary) => linkSync(temporary, path))
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false
    throw thrown
  }
}

/** A link that points to nothing yet: the file is made where it points to, as a shell's `>` does. */
function targetOf(path: string): string {
  try {
    return join(realpathSync(dirname(resolve(path))), basename(path))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return resolve(path)
    throw thrown
  }
}

function writeInto(path: string, there: Stats, text: string): void {
  if (there.isDirectory()) throw Object.assign(new Error(`EISDIR: it is a folder, open '${path}'`), { code: 'EISDIR' })
  // Neither truncated nor created: it is somebody's device. A FIFO that nobody reads is an error (ENXIO), since a wait would hear no signal.
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND | (there.isFIFO() ? constants.O_NONBLOCK : 0))
  try {
    writeWhole(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

function viaTemporary(target: string, text: string, how: Written, publish: (temporary: string) => void): void {
  const { mode = PRIVATE, durable = false } = how
  sweep(target)
  const temporary = `${target}.${randomUUID().slice(0, 8)}.tmp`
  try {
    // Neither a link nor a file that somebody else put there is followed or taken.
    const descriptor = openSync(temporary, 'wx', PRIVATE)
    try {
      writeWhole(descriptor, text)
      if (durable) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    // Whatever the umask: the mode is meant.
    chmodSync(temporary, mode)
    publish(temporary)
  } finally {
    rmSync(temporary, { force: true })
  }
  if (durable) syncFolder(dirname(target))
}

/** A write may take less than it was given, and a full pipe nothing. @throws EAGAIN for a reader that takes nothing for too long */
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  let written = 0
  let waitedMs = 0
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written)
      waitedMs = 0
    } catch (thrown) {
      const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN'
      if (!isFull || waitedMs >= READER_WAIT_MS) throw thrown
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS)
      waitedMs += LOOK_EVERY_MS
    }
  }
}

/** What killed processes left of earlier writes of this file. */
function sweep(target: string): void {
  const folder = dirname(target)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(target)}.`) || !TEMPORARY.test(name)) continue
    const left = statSync(join(folder, name), { throwIfNoEntry: false })
    if (left !== undefined && Date.now() - left.mtimeMs > LEFT_OVER_MS) rmSync(join(folder, name), { force: true })
  }
}

/** Without it a power loss may forget the new name. Windows cannot open folders, and needs it not. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
