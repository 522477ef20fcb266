// What the process may, and what it leaves to others: its umask, and another user. By themselves, since a worker thread can have neither.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newTokens, openTestStore, storeFolder, storeProcess } from '../../support/store.ts'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Runs `work` as a process with umask 000 would. */
async function underUmask0<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0)
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}

test('openStore under umask 000 makes a folder 0700 and files 0600, -wal and -shm included', async () => {
  const path = join(storeFolder(), 'data', 'calreconnect.db')
  await underUmask0(async () => {
    const store = await openTestStore({ path })
    await store.connections.connect('a', newTokens())
    await store.lock.hold('a', async () => {}, { waitMsMax: 0 })
  })
  expect(modeOf(dirname(path))).toBe('700')
  const files = readdirSync(dirname(path))
  expect(files.length).toBe(4)
  for (const file of files) expect([file, modeOf(join(dirname(path), file))]).toEqual([file, '600'])
})

test('openStore in a folder without write permission fails with STORE_READ_ONLY', async () => {
  // Not in the private folder of these tests: another user must reach it.
  const folder = mkdtempSync(join(tmpdir(), 'calreconnect-readonly-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'calreconnect.db')
  await (await openTestStore({ path })).close()
  mkdirSync(join(folder, 'empty'))
  chmodSync(path, 0o444)
  for (const each of [join(folder, 'empty'), folder]) chmodSync(each, 0o555)
  // Permissions do not stop root: somebody else tries.
  const as = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  for (const wanted of [path, join(folder, 'empty', 'calreconnect.db')]) {
    const { ended } = await storeProcess('open', { path: wanted }, as)
    expect((await ended).lines).toEqual(['STORE_READ_ONLY'])
  }
})
