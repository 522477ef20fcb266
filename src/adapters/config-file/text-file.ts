// Reading a text file that a person named, with an error that names it and a limit on its size.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { readGiven } from '../given-file.ts'

/** @throws FILE_UNREADABLE when it is not there, cannot be read, is no UTF-8 text or is larger than `bytesMax`; INTERRUPTED */
export async function readTextFile(file: string, bytesMax: number, signal?: AbortSignal): Promise<string> {
  const bytes = await readGiven(file, bytesMax, signal)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new CalreconnectError('FILE_UNREADABLE', `${file} is not UTF-8 text`, { cause: error })
  }
}

/** Node's error in few words, without the path that it repeats. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EEXIST') return 'it exists already'
  return error.message
}
