// The generated key file: one key a line in base64, the current one first; 0600.

import { chmod, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { readOwnFile } from '../files/own-file.ts'
import { createFile, replaceFile } from '../files/write-file.ts'
import { makeFolder } from '../store/permissions.ts'
import { refuseStrangers } from '../store/strangers.ts'
import { type KeyPlace, keyText, parseKey } from './key-place.ts'

const NAME = 'calreconnect.key'
const OTHERS = 0o077
/** Thousands of keys: a store is never re-keyed so often. */
const BYTES_MAX = 256 * 1024

export function keyFilePlace(configDir: string): KeyPlace {
  const path = join(configDir, NAME)
  const keys = (): Promise<readonly Uint8Array[]> => translating(path, () => readKeys(path))
  return {
    name: 'file',
    describe: () => path,
    keys,
    add: (key) =>
      translating(path, async () => {
        makeFolder(configDir)
        replaceFile(path, textOf([key, ...(await readKeys(path))]), { durable: true })
      }),
    createFirst: (fresh) =>
      translating(path, async () => {
        makeFolder(configDir)
        createFile(path, textOf([fresh]), { durable: true })
        const [key] = await readKeys(path)
        return key ?? fresh
      }),
  }
}

async function readKeys(path: string): Promise<readonly Uint8Array[]> {
  const text = readOwnFile(path, BYTES_MAX)
  if (text === null) return []
  refuseStrangers(path, 'the key file')
  if (process.platform !== 'win32' && ((await stat(path)).mode & OTHERS) !== 0) await chmod(path, 0o600)
  const keys = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => parseKey(line.trim()))
  const good = keys.filter((key) => key !== null)
  if (good.length === 0 || good.length < keys.length) {
    throw new CalreconnectError('STORE_KEY_WRONG', `The key file ${path} is damaged: it must hold 32 bytes in base64 a line`, {
      hint: `Restore ${path} from a backup`,
    })
  }
  return good
}

/** Renames a file that cannot be used; nothing in it is lost. Its new path. */
export async function setAside(path: string, unique: string): Promise<string> {
  const aside = `${path}.damaged-${unique.slice(0, 8)}`
  await translating(path, () => rename(path, aside))
  return aside
}

function textOf(keys: readonly Uint8Array[]): string {
  return keys.map((key) => `${keyText(key)}\n`).join('')
}

async function translating<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof CalreconnectError || !(cause instanceof Error) || !('code' in cause)) throw cause
    throw new CalreconnectError('STORE_KEY_MISSING', `The key file ${path} cannot be read or made (${String(cause.code)})`, {
      hint: 'Make its folder writable for you, or set CALRECONNECT_CONFIG_DIR or CALRECONNECT_KEY',
      cause,
    })
  }
}
