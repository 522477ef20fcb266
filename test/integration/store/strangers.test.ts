// A store that somebody else may have written is not opened, and two spellings of one store are one.

import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { keyFilePlace } from '../../../src/adapters/keys/key-file.ts'
import { newTokens, openTestStore, storeFolder } from '../../support/store.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('strangers.test.ts: only root can give files away, so what needs that is left out')
const SOMEBODY = 12_345

function giveToGroup(path: string, mode: number): void {
  chownSync(path, 0, SOMEBODY)
  chmodSync(path, mode)
}

async function closedStore(): Promise<string> {
  const store = await openTestStore()
  await store.connections.connect('a', newTokens())
  const { location } = await store.info()
  await store.close()
  return location
}

test.each<[string, (path: string) => void, RegExp]>([
  ['a file that all may write', (path) => chmodSync(path, 0o666), /chmod o-w \S+calreconnect\.db$/],
  ['a folder that all may write', (path) => chmodSync(dirname(path), 0o777), /chmod o-w \S+$/],
  ...(isRoot
    ? ([
        ['a file of another user', (path) => chownSync(path, SOMEBODY, SOMEBODY), /chown 0 \S+calreconnect\.db$/],
        ['a file that a group may write', (path) => giveToGroup(path, 0o660), /chmod g-w \S+calreconnect\.db$/],
        ['a folder that a group may write', (path) => giveToGroup(dirname(path), 0o770), /chmod g-w \S+$/],
        ['a folder of another user', (path) => chownSync(dirname(path), SOMEBODY, SOMEBODY), /chown 0 \S+$/],
      ] as [string, (path: string) => void, RegExp][])
    : []),
])('openStore refuses %s with the command that mends it', async (_what, spoil, mend) => {
  const path = await closedStore()
  spoil(path)
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: 'STORE_UNSAFE', exit: 'store', hint: expect.stringMatching(mend) })
})

test('openStore takes what the user’s own group may write: many systems make one for each user', async () => {
  const path = await closedStore()
  chmodSync(path, 0o660)
  chmodSync(dirname(path), 0o770)
  await (await openTestStore({ path })).close()
})

test('openStore takes a folder such as /tmp, where nobody may replace the file of another', async () => {
  const path = await closedStore()
  chmodSync(dirname(path), 0o1777)
  await (await openTestStore({ path })).close()
})

test('a key file that all may write is refused', async () => {
  const folder = storeFolder()
  writeFileSync(join(folder, 'calreconnect.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`)
  chmodSync(join(folder, 'calreconnect.key'), 0o606)
  await expect(keyFilePlace(folder).keys()).rejects.toMatchObject({ code: 'STORE_UNSAFE' })
})

test('two spellings of one store exclude each other', async () => {
  const path = await closedStore()
  const others = storeFolder()
  symlinkSync(dirname(path), join(others, 'folder'))
  symlinkSync(path, join(others, 'linked.db'))
  mkdirSync(join(dirname(path), 'in'))
  const spellings = [
    path,
    join(others, 'folder', 'calreconnect.db'),
    join(others, 'linked.db'),
    join(dirname(path), 'in', '..', 'calreconnect.db'),
  ]
  const stores = await Promise.all(spellings.map((each) => openTestStore({ path: each })))
  const [first, ...rest] = stores
  await first?.lock.hold(
    'tokens a',
    async () => {
      for (const other of rest)
        await expect(other.lock.hold('tokens a', async () => {}, { waitMsMax: 20 })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    },
    { waitMsMax: 1_000 },
  )
  for (const store of stores) await store.close()
})

test.each([9e15, -9e15, 2 ** 62])('a row whose time is %d is a damaged store, not a bug', async (moment) => {
  const path = await closedStore()
  const db = new Database(path)
  db.prepare('UPDATE calendar_connections SET token_expires_at = ?').run(BigInt(moment))
  db.close()
  const store = await openTestStore({ path })
  await expect(store.connections.list()).rejects.toMatchObject({ code: 'STORE_DAMAGED', exit: 'store' })
  await store.close()
})
