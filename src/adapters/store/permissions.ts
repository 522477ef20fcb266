// Who may read the store: its owner. On Windows modes mean nothing, and profile folders are private already.

import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { StorePermissions } from '../../core/ports/store.ts'
import { codeOf } from './store-errors.ts'

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700
const OTHERS = 0o077

/** Makes the folder (0700) where it is missing, and an empty file (0600) where there is none, whatever the umask. */
export function makePrivate(path: string): void {
  makeFolder(dirname(path))
  try {
    // Never opened when it exists: closing any descriptor of a file drops this process's POSIX locks on it.
    closeSync(openSync(path, 'wx', FILE_MODE))
    chmodSync(path, FILE_MODE)
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  }
}

/**
 * Makes a folder (0700) and those above it where they are missing. Not `mkdir` with `recursive`: where the system refuses
 * with ENOENT (/proc), Node 20 tries for ever. @returns false when it was there
 */
export function makeFolder(folder: string): boolean {
  try {
    return makeOne(folder)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' || dirname(folder) === folder) throw thrown
  }
  makeFolder(dirname(folder))
  return makeOne(folder)
}

/** False when another process made it meanwhile. */
function makeOne(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
    chmodSync(folder, FOLDER_MODE)
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST' && statSync(folder).isDirectory()) return false
    throw thrown
  }
}

/**
 * Takes away what others may do with the store's files and with a folder that holds nothing else.
 * A folder that is shared with other files is the person's own business.
 */
export function tighten(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) tightenFile(file)
  const folder = dirname(path)
  const mode = statSync(folder).mode
  if ((mode & OTHERS) === 0 || !readdirSync(folder).every((name) => name.startsWith(basename(path)))) return
  unlessNotOurs(() => chmodSync(folder, FOLDER_MODE))
}

/** As they are now. Null where modes mean nothing. */
export function permissionsOf(path: string): StorePermissions | null {
  if (process.platform === 'win32') return null
  const [file, folder] = [statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]
  const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
  return { file: octal(file), folder: octal(folder), private: (file & OTHERS) === 0 }
}

/** 0600, if the file is there and more open than that. */
function tightenFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || (stat.mode & OTHERS) === 0) return
  unlessNotOurs(() => chmodSync(file, FILE_MODE))
}

function unlessNotOurs(work: () => void): void {
  try {
    work()
  } catch (thrown) {
    // Another user's, or gone since (SQLite removes -wal and -shm when the last process closes the store).
    const code = codeOf(thrown)
    if (code !== 'EPERM' && code !== 'ENOENT') throw thrown
  }
}
