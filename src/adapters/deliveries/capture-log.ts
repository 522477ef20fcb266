// An NDJSON file that grows by whole lines, private, and mended where an earlier process died within a line.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { CaptureLog } from '../../core/ports/deliveries.ts'

const FILE_MODE = 0o600
const NEWLINE = 0x0a

/** @throws FILE_UNWRITABLE */
export async function openCaptureLog(file: string): Promise<CaptureLog> {
  // Appended in one write each: lines of two processes do not mix. A link at the end of a shared folder is not followed.
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR | (constants.O_NONBLOCK ?? 0)
  const handle = await open(file, flags, FILE_MODE).catch((error: unknown) => {
    throw unwritable(file, error)
  })
  let queue: Promise<void> = isCutOff(handle).then(async (cut) => {
    // Deliveries after a line that was cut off must not be lost with it.
    if (cut) await handle.write('\n')
  })
  return {
    append(line) {
      const written = queue.then(async () => {
        await handle.write(`${line}\n`)
      })
      // The next line is tried even where this one failed: a full disk may have room again.
      queue = written.catch(() => {})
      return written.catch((error: unknown) => {
        throw unwritable(file, error)
      })
    },
    async close() {
      await queue
      try {
        // What is no file (a pipe, a terminal) cannot be synced.
        if ((await handle.stat()).isFile()) await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}

async function isCutOff(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== NEWLINE
}

function unwritable(file: string, cause: unknown): CalreconnectError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${file}: ${reason}`, { cause })
}
