// Reports that a command writes to a file: whole or not at all. Readable for others, unlike anything that may hold a secret.

import { constants } from 'node:fs'
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'

/** Asked before any work, so that a long command does not fail at its end. @throws FILE_UNWRITABLE */
export async function checkWritable(file: string): Promise<void> {
  const kind = await stat(file).catch(() => null)
  try {
    if (kind?.isDirectory() === true) throw new Error('it is a folder')
    await access(kind === null || kind.isFile() ? dirname(resolve(file)) : file, constants.W_OK)
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** Puts `text` in the place of whatever is there. A device or pipe is written to. @throws FILE_UNWRITABLE */
export async function writeReport(file: string, text: string): Promise<void> {
  try {
    const kind = await stat(file).catch(() => null)
    // A link stays a link: what it points to is replaced.
    const path = kind === null ? resolve(file) : await realpath(file)
    if (kind !== null && !kind.isFile()) return await writeTo(path, 'w', text)
    const temporary = `${path}.${process.pid}.tmp`
    try {
      await writeTo(temporary, 'wx', text)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
  } catch (error) {
    throw unwritable(file, error)
  }
}

async function writeTo(path: string, flags: 'w' | 'wx', text: string): Promise<void> {
  const handle = await open(path, flags, 0o666)
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
}

function unwritable(file: string, cause: unknown): CalreconnectError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${file}: ${reason}`, { cause })
}
