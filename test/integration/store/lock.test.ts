import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { newTokens, openTestStore, storeFolder, storeProcess } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

test('hold asks again every 3 to 7 milliseconds', async () => {
  const sleeps: number[] = []
  let nowMs = 0
  const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void ((nowMs += ms), sleeps.push(ms)) }
  const { lock } = await openTestStore({ clock })
  const inner = () => lock.hold('a', async () => {}, { waitMsMax: 1_000 })
  await expect(lock.hold('a', inner, { waitMsMax: 0 })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  const whole = sleeps.slice(0, -1)
  expect(whole.every((ms) => ms >= 3 && ms <= 7)).toBe(true)
  expect(new Set(whole).size).toBeGreaterThan(10)
  expect(nowMs).toBe(1_000)
})

onEveryEngine((engine) => {
  test('hold gives the result of its work, or its error, and lets go in both cases', async () => {
    const { lock } = await engine.open()
    expect(await lock.hold('a', async () => 7, { waitMsMax: 0 })).toBe(7)
    await expect(lock.hold('a', () => Promise.reject(new Error('inner')), { waitMsMax: 0 })).rejects.toThrow('inner')
    expect(await lock.hold('a', async () => 8, { waitMsMax: 0 })).toBe(8)
  })

  test('hold excludes other holders in the same process', async () => {
    const { lock } = await engine.open()
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await sleep(2)
      inside--
    }
    await Promise.all(Array.from({ length: 10 }, () => lock.hold('a', work, { waitMsMax: 30_000 })))
    expect([most, inside]).toEqual([1, 0])
  })

  test('hold of another name does not wait', async () => {
    const { lock } = await engine.open()
    const inner = () => lock.hold('b', async () => 'both', { waitMsMax: 0 })
    expect(await lock.hold('a', inner, { waitMsMax: 0 })).toBe('both')
  })

  test('hold of the same name in another store does not wait', async () => {
    const [one, two] = [await engine.open(), await engine.open()]
    const inner = () => two.lock.hold('a', async () => 'both', { waitMsMax: 0 })
    expect(await one.lock.hold('a', inner, { waitMsMax: 0 })).toBe('both')
  })

  test('hold gives up with STORE_LOCKED naming the lock, after saying once that it waits', async () => {
    const { lock } = await engine.open()
    let told = 0
    const inner = () => lock.hold('refresh of a', async () => {}, { waitMsMax: 1, onWait: () => void told++ })
    await expect(lock.hold('refresh of a', inner, { waitMsMax: 0, onWait: () => void told++ })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining('refresh of a'),
    })
    expect(told).toBe(1)
  })

  test('hold is exclusive between processes', async () => {
    const path = engine.newPath()
    const file = join(storeFolder(), 'count')
    writeFileSync(file, '0')
    const processes = await Promise.all(Array.from({ length: 4 }, () => storeProcess('count', { path, file, times: 25 })))
    for (const { ended } of processes) expect(await ended).toEqual({ lines: [], status: 0, signal: null })
    expect(readFileSync(file, 'utf8')).toBe('100')
  })

  test('hold is free as soon as its holder is killed', async () => {
    const path = engine.newPath()
    const holder = await storeProcess('hold', { path, lock: 'a' })
    await holder.said('held')
    const { lock } = await engine.open({ path })
    await expect(lock.hold('a', async () => {}, { waitMsMax: 20 })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    const waiting = lock.hold('a', async () => 'mine', { waitMsMax: 10_000 })
    holder.child.kill('SIGKILL')
    await holder.ended
    expect(await waiting).toBe('mine')
  })

  test('hold of a stopped process stays held, and what it writes late is refused', async () => {
    const path = engine.newPath()
    const store = await engine.open({ path, clock: systemClock })
    await store.connections.connect('a', newTokens())
    const holder = await storeProcess('hold', { path, lock: 'a', name: 'a', ms: 50 })
    await holder.said('held')
    holder.child.kill('SIGSTOP')
    await expect(store.lock.hold('a', async () => {}, { waitMsMax: 150 })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await store.connections.connect('a', newTokens('access-2', 'refresh-2'))
    holder.child.kill('SIGCONT')
    expect((await holder.ended).lines).toEqual(['held', 'late write: false'])
    expect((await store.connections.get('a'))?.accessToken?.reveal()).toBe('access-2')
  })

  test('hold after a kill leaves the store itself unlocked', async () => {
    const path = engine.newPath()
    const holder = await storeProcess('hold', { path, lock: 'a' })
    await holder.said('held')
    const store = await engine.open({ path })
    expect((await store.connections.connect('a', newTokens())).name).toBe('a')
    holder.child.kill('SIGKILL')
    await holder.ended
  })
})
