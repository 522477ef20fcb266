// Small private files that survive power loss and are never seen half-written: temporary file, fsync, rename or link, fsync of the folder.

import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../store/permissions.ts'

const FILE_MODE = 0o600

/** Puts `text` in the place of whatever is there. */
export async function replaceFile(path: string, text: string, unique: string): Promise<void> {
  await viaTemporary(path, text, unique, (temporary) => rename(temporary, path))
}

/** False when the file exists already: it is left as it is. */
export async function createFile(path: string, text: string, unique: string): Promise<boolean> {
  try {
    await viaTemporary(path, text, unique, (temporary) => link(temporary, path))
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false
    throw thrown
  }
}

async function viaTemporary(path: string, text: string, unique: string, publish: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path)
  makeFolder(folder)
  const temporary = `${path}.${unique}`
  try {
    const file = await open(temporary, 'wx', FILE_MODE)
    try {
      await file.chmod(FILE_MODE)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await publish(temporary)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(folder)
}

/** Without it a power loss may forget the new name. Windows cannot open folders, and needs it not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
