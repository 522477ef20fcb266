import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { createStep, newTokens, openTestStore, planOf, storeFolder, subscription } from '../../support/store.ts'

/** A small generator (mulberry32), so that a failing seed can be run again. From 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Copies the store as the disk would have it in this moment. @returns the copy's path */
function copyOf(path: string): string {
  const copy = join(storeFolder(), 'calreconnect.db')
  for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`)
  return copy
}

/** What a power loss may do to what was written last: cut it off, leave zeros, or leave garbage. */
function tear(path: string, random: () => number): void {
  if (!existsSync(`${path}-wal`)) return
  const wal = readFileSync(`${path}-wal`)
  const kept = Math.floor(wal.length * random())
  const kind = random()
  const tail = Buffer.alloc(kind < 1 / 3 ? 0 : wal.length - kept)
  if (kind > 2 / 3) for (let at = 0; at < tail.length; at++) tail[at] = Math.floor(random() * 256)
  writeFileSync(`${path}-wal`, Buffer.concat([wal.subarray(0, kept), tail]))
}

/** Every write of a connection's life; calls back around each commit. Pairs are `access-N` with `refresh-N`. */
async function live(path: string, crashpoint: (name: string) => void): Promise<void> {
  const store = await openTestStore({ path, crashpoint })
  await store.connections.connect('a', newTokens('access-1', 'refresh-1'))
  for (let generation = 1; generation <= 6; generation++) {
    const refreshId = await store.refreshes.begin('a', generation)
    const next = generation + 1
    const pair = { accessToken: new Secret(`access-${next}`), refreshToken: new Secret(`refresh-${next}`), expiresAtMs: next, scopes: [] }
    await store.connections.saveRefreshed('a', { ...pair, owner: null, organization: null }, generation, refreshId)
    const runId = await store.runs.begin('reconnect', planOf('a', [createStep()]))
    const intent = { step: createStep(), origin: 'connection', remoteStartedAtMs: 0, seenBefore: [], backup: null } as const
    await store.runs.intend(runId, 0, { ...intent, signingKey: new Secret(`key-${next}`) })
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret(`key-${next}`) })
    await store.runs.settle(runId, 0, { outcome: 'created', newUri: subscription('1').uri })
  }
  await store.close()
}

/** The store opens, is whole, and no pair is half. @returns the generation that survived; 0 for none */
async function survivor(path: string): Promise<number> {
  const store = await openTestStore({ path })
  expect((await store.info()).integrity).toBe('ok')
  const connection = await store.connections.get('a')
  const generation = connection?.tokenGeneration ?? 0
  const expected = generation === 0 ? [undefined, undefined] : [`access-${generation}`, `refresh-${generation}`]
  expect([connection?.accessToken?.reveal(), connection?.refreshToken?.reveal()]).toEqual(expected)
  await store.subscriptions.signingKeys()
  await store.close()
  return generation
}

test('a store copied after each commit has everything that was committed until then', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const copies: { readonly copy: string; readonly generation: number }[] = []
  let generation = 0
  await live(path, (name) => {
    if (name === 'commit:connect:after' || name === 'commit:save_refreshed:after') generation++
    if (name.endsWith(':after')) copies.push({ copy: copyOf(path), generation })
  })
  expect(copies.length).toBeGreaterThan(30)
  for (const { copy, generation } of copies) expect(await survivor(copy)).toBe(generation)
})

test('a store copied at any commit, its write-ahead log torn at random, opens whole and with no half pair', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const copies: string[] = []
  await live(path, () => void copies.push(copyOf(path)))
  for (const [seed, copy] of copies.entries())
    for (const round of [0, 1, 2]) {
      const torn = copyOf(copy)
      tear(torn, seeded(seed * 3 + round))
      await survivor(torn)
    }
})
