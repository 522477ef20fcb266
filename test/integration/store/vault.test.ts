// The store's key under other processes that change it, and more keys in one store than are at hand.

import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { keyIdOf } from '../../../src/core/secrets/envelope.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { fixedKey, keyOf, newTokens, openTestStore, subscription } from '../../support/store.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'

const WRONG = { code: 'STORE_KEY_WRONG', exit: 'store' }

onEveryEngine((engine) => {
  /** Another process's store with a signing key, and this one's: while it waits for a key, that changes the store's. */
  async function underRotation(comes: 'the old one' | 'the next one') {
    const theirs = await engine.open()
    await theirs.connections.connect('a', newTokens())
    await theirs.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret('signing') })
    const { location } = await theirs.info()
    const asked: (string | undefined)[] = []
    let byte = 7
    const key = async (id?: string) => {
      asked.push(id)
      const old = keyOf(byte)
      byte += 1
      await theirs.reencrypt(keyOf(byte))
      return comes === 'the old one' ? old : keyOf(byte)
    }
    const ours = await engine.open({ path: location, key: { key, describe: () => 'always late' } })
    return { ours, theirs, asked }
  }
  const THREE = [7, 8, 9].map((byte) => keyIdOf(keyOf(byte)))

  test('a write gives up after three keys that another process has replaced meanwhile, and has written nothing', async () => {
    const { ours, theirs, asked } = await underRotation('the old one')
    await expect(ours.connections.connect('b', newTokens())).rejects.toMatchObject(WRONG)
    expect(asked).toEqual(THREE)
    expect((await theirs.connections.list()).map(({ name }) => name)).toEqual(['a'])
  })

  test('a read gives up after three keys that another process has replaced meanwhile', async () => {
    const { ours, asked } = await underRotation('the next one')
    await expect(ours.subscriptions.signingKey(subscription('1').uri)).rejects.toMatchObject(WRONG)
    expect(asked).toEqual(THREE)
  })

  test('a key is asked for once, however much is read and written', async () => {
    const first = fixedKey()
    const store = await engine.open({ key: first })
    for (const name of ['a', 'b']) await store.connections.connect(name, newTokens())
    expect(first.asked).toBe(1)
    const { location } = await store.info()
    const key = fixedKey()
    const other = await engine.open({ path: location, key })
    expect((await other.connections.list()).map(({ accessToken }) => accessToken?.reveal())).toEqual(['access-1', 'access-1'])
    await other.connections.connect('c', newTokens())
    await other.connections.get('c')
    expect(key.asked).toBe(1)
  })

  test('reencrypt with the key that the store has writes nothing', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    const { location } = await store.info()
    const points: string[] = []
    const watched = await engine.open({ path: location, crashpoint: (name) => void points.push(name) })
    await watched.reencrypt(keyOf(7))
    expect(points).toEqual([])
    await watched.reencrypt(keyOf(9))
    expect(points).toEqual(['commit:reencrypt:before', 'commit:reencrypt:after'])
  })

  test('reencrypt asks for no lost key where nothing is sealed with it any more', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    await store.connections.clear('a')
    const { location } = await store.info()
    const lost = fixedKey(keyOf(8))
    const other = await engine.open({ path: location, key: lost })
    await other.reencrypt(keyOf(9))
    expect(lost.asked).toBe(0)
    const after = await engine.open({ path: location, key: fixedKey(keyOf(9)) })
    expect((await after.connections.connect('a', newTokens('anew'))).accessToken?.reveal()).toBe('anew')
  })

  test('reencrypt without the old key is refused and leaves it in force', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    const { location } = await store.info()
    const other = await engine.open({ path: location, key: fixedKey(keyOf(8)) })
    await expect(other.reencrypt(keyOf(9))).rejects.toMatchObject(WRONG)
    const again = await engine.open({ path: location })
    expect((await again.connections.get('a'))?.accessToken?.reveal()).toBe('access-1')
  })
})

test('a secret that was sealed with another key takes no other connection with it', async () => {
  const [store, elsewhere] = [await openTestStore(), await openTestStore({ key: fixedKey(keyOf(8)) })]
  for (const name of ['a', 'b']) await store.connections.connect(name, newTokens(`of ${name}`))
  await elsewhere.connections.connect('b', newTokens())
  const [here, there] = [new Database((await store.info()).location), new Database((await elsewhere.info()).location)]
  const sql = "SELECT access_token AS envelope FROM calendar_connections WHERE user_id = 'b'"
  const foreign = there.prepare<[], { envelope: Buffer }>(sql).get()
  here.prepare("UPDATE calendar_connections SET access_token = ? WHERE user_id = 'b'").run(foreign?.envelope)
  for (const db of [here, there]) db.close()
  const [a, b] = await store.connections.list()
  expect([a?.accessToken?.reveal(), a?.refreshToken?.reveal(), b?.refreshToken?.reveal()]).toEqual(['of a', 'refresh-1', 'refresh-1'])
  expect(b?.accessToken?.problem).toMatchObject(WRONG)
})
