// A disk that is full, or gets full between the request and its answer: no token is spent whose successor has no place.

import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import type { DatabaseStore } from '../../../src/adapters/store/ports.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { newTokens, openTestStore } from '../../support/store.ts'

const [MOUNT, UNMOUNT] = ['mount', 'umount']
const DISK_KIB = 1_536
/** A file system gives space in pages. */
const PAGE_KIB = 4
/** As long as real ones, and longer than those before. */
const NEW_ACCESS = 'a'.repeat(1_500)
const NEW_REFRESH = 'r'.repeat(400)

/** A small file system of its own; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'calreconnect-disk-'))
  try {
    execFileSync(MOUNT, ['-t', 'tmpfs', '-o', `size=${DISK_KIB}k`, 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
}

const disk = process.platform === 'linux' ? smallDisk() : null
if (disk === null) console.warn('full-disk.test.ts: no small disk can be mounted here, so what needs one is left out')
afterAll(() => {
  if (disk === null) return
  execFileSync(UNMOUNT, ['-l', disk])
  rmSync(disk, { recursive: true })
})

/** Fills the disk until it holds `leftKib` more, or nothing. */
function fill(folder: string, leftKib: number): void {
  const spare = join(folder, 'spare')
  if (leftKib > 0) write(spare, leftKib)
  write(join(folder, `filler-${leftKib}`), Number.POSITIVE_INFINITY)
  rmSync(spare, { force: true })
}

function write(file: string, kib: number): void {
  const descriptor = openSync(file, 'w')
  try {
    for (let written = 0; written < kib; written += 1) writeSync(descriptor, Buffer.alloc(1024, 1))
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown
  } finally {
    closeSync(descriptor)
  }
}

type Level = 'not begun' | 'stored'

/** A refresh whose answer always comes; the disk is filled to its last byte while it is awaited. */
async function refreshed(store: DatabaseStore, whileAwaited: () => void): Promise<Level> {
  let id: string
  try {
    id = await store.refreshes.begin('a', 1)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CalreconnectError)
    expect(thrown).toMatchObject({ code: 'STORE_FULL' })
    return 'not begun'
  }
  whileAwaited()
  const pair = { accessToken: new Secret(NEW_ACCESS), refreshToken: new Secret(NEW_REFRESH), expiresAtMs: 1, scopes: [] }
  expect(await store.connections.saveRefreshed('a', { ...pair, owner: null, organization: null }, 1, id)).toBe(true)
  return 'stored'
}

test.skipIf(disk === null)(
  'a pair is stored at every fill level at which its refresh was begun, the last 256 KiB page by page',
  async () => {
    const levels: Level[] = []
    for (let leftKib = 0; leftKib <= 256 + 64; leftKib += PAGE_KIB) {
      const folder = mkdtempSync(join(disk ?? '', 'store-'))
      const path = join(folder, 'calreconnect.db')
      const store = await openTestStore({ path })
      await store.connections.connect('a', newTokens())
      fill(folder, leftKib)
      const level = await refreshed(store, () => fill(folder, 0))
      await store.close()
      for (const filler of [`filler-${leftKib}`, 'filler-0']) rmSync(join(folder, filler), { force: true })
      const again = await openTestStore({ path })
      const { refreshToken } = (await again.connections.get('a')) ?? {}
      expect([leftKib, refreshToken?.reveal()]).toEqual([leftKib, level === 'stored' ? NEW_REFRESH : 'refresh-1'])
      await again.close()
      rmSync(folder, { recursive: true })
      levels.push(level)
    }
    // Neither end proves anything alone.
    expect(new Set(levels)).toEqual(new Set(['not begun', 'stored']))
  },
)

test('a pair is stored at every number of pages at which its refresh was begun', async () => {
  const levels: Level[] = []
  let handle: Database.Database | null = null
  for (let spare = 0; spare <= 25; spare += 1) {
    const store = await openTestStore({ onOpen: (db) => void (handle = db) })
    await store.connections.connect('a', newTokens())
    const db = handle as Database.Database | null
    const pages = Number(db?.pragma('page_count', { simple: true }))
    db?.pragma(`max_page_count = ${pages + spare}`)
    levels.push(await refreshed(store, () => {}))
    await store.close()
  }
  expect(new Set(levels)).toEqual(new Set(['not begun', 'stored']))
})

test('room that is reserved costs nothing the second time, and is given back only to what cannot be had again', async () => {
  const store = await openTestStore()
  const { location } = await store.info()
  await store.connections.connect('a', newTokens())
  expect(existsSync(`${location}-room`)).toBe(false)
  await store.refreshes.begin('a', 1)
  expect(existsSync(`${location}-room`)).toBe(true)
  await store.close()
})
