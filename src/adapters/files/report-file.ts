// Reports that a command writes to a file that a person named. Readable for others, unlike anything that may hold a secret.

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { ReportFiles } from '../../core/ports/files.ts'
import { replaceFile } from './write-file.ts'

const READABLE = 0o644

export const reportFiles: ReportFiles = {
  async check(file) {
    const kind = await stat(file).catch(() => null)
    try {
      if (kind?.isDirectory() === true) throw new Error('it is a folder')
      await access(kind === null || kind.isFile() ? dirname(resolve(file)) : file, constants.W_OK)
    } catch (error) {
      throw unwritable(file, error)
    }
  },
  async write(file, text) {
    try {
      replaceFile(file, text, { mode: READABLE })
    } catch (error) {
      throw unwritable(file, error)
    }
  },
}

function unwritable(file: string, cause: unknown): CalreconnectError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${file}: ${reason}`, { cause })
}
