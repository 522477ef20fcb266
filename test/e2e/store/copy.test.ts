// `store copy`: whatever happens in between, a refresh token has one home, and all of it arrives.

import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { openMover } from '../../../src/adapters/store/copy.ts'
import { openStore } from '../../../src/adapters/store/sqlite/open.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { storeCopySchema } from '../../../src/cli/schemas/store.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const HOOK = 'https://app.acme.example/hooks'
let cli: AccountCli
let to: string

beforeEach(async () => {
  cli = await accountCli()
  to = join(cli.folder, 'moved.db')
  for (const name of ['robin', 'kit']) expect((await cli.consenting(['connect', name, '--callback-url', `${HOOK}/${name}`])).code).toBe(0)
  expect((await cli.run(['webhooks', 'recreate', '--yes', '-a', 'robin'])).code).toBe(0)
  expect((await cli.run(['accounts', 'use', 'kit'])).code).toBe(0)
})
afterEach(() => cli.remove())

const copy = (env: Readonly<Record<string, string>> = {}) => cli.json(['store', 'copy', '--to', to], { env })

/** Whether a store gives a token: it is a home. */
async function isHome(db: string): Promise<boolean> {
  if (!existsSync(db)) return false
  return (await cli.run(['token', '-a', 'robin', '--db', db])).code === 0
}

/** Everything that a script can see of a store. */
async function contentsOf(db: string): Promise<unknown> {
  const answers = await Promise.all(
    [['accounts', 'list'], ['runs'], ['webhooks', 'keys', 'list'], ['app', 'show']].map((args) => cli.json([...args, '--db', db])),
  )
  return answers.map(({ code, envelope }) => [code, envelope.data])
}

test('store copy moves all of it; the source is a home no more and says where it is', async () => {
  const before = await contentsOf(cli.db)
  const { code, envelope } = await copy()
  expect([code, v.parse(storeCopySchema, envelope.data)]).toEqual([0, { from: cli.db, to, connections: 2, rows: expect.any(Number) }])
  expect(await contentsOf(to)).toEqual(before)
  const refused = await cli.json(['status'])
  expect([refused.code, refused.envelope.error?.code, refused.envelope.error?.message]).toEqual([
    9,
    'STORE_MOVED',
    `The connections of ${cli.db} were moved to ${to}: a refresh token has one home`,
  ])
  expect(refused.envelope.error?.hint).toContain(`--db ${to}`)
  cli.emulator.control.expireAccessTokens()
  const db = new Database(to)
  db.prepare('UPDATE calendar_connections SET token_expires_at = 1').run()
  db.close()
  expect((await cli.run(['reconnect', '--all', '--db', to])).code).toBe(0)
  for (const { uri, signingKey } of cli.emulator.control.subscriptions()) {
    expect((await cli.run(['webhooks', 'get', uri, '--show-secret', '--db', to])).stdout).toContain(signingKey)
  }
  // Once more: done already, and nothing that happened since is undone.
  expect((await cli.json(['store', 'copy', '--from', cli.db, '--to', to])).envelope.data).toMatchObject({ connections: 2 })
  expect(await isHome(to)).toBe(true)
})

test.each([
  ['a store that has connections', async () => void (await cli.consenting(['connect', 'other', '--no-webhook', '--db', to]))],
  ['itself', async () => void (to = cli.db)],
])('store copy into %s is refused, and the source stays the home', async (_what, prepare) => {
  await prepare()
  const { code, envelope } = await copy()
  expect([code, envelope.error?.code]).toEqual([2, 'USAGE'])
  expect(await isHome(cli.db)).toBe(true)
})

test('store copy to a place that cannot be written leaves the source as the home', async () => {
  to = '/proc/nowhere/moved.db'
  expect((await copy()).code).toBe(9)
  expect(await isHome(cli.db)).toBe(true)
})

const POINTS = ['move_begin', 'move_rows'].flatMap((name) => ['before', 'after'].map((side) => `commit:${name}:${side}`))

test.each(POINTS)('store copy killed at %s leaves one home at most, and the same command goes on', async (point) => {
  const before = await contentsOf(cli.db)
  const killed = await cli.run(['store', 'copy', '--to', to], { env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: point } })
  expect([point, killed.signal]).toEqual([point, 'SIGKILL'])
  const homes = [await isHome(cli.db), await isHome(to)].filter(Boolean)
  expect(homes.length).toBeLessThanOrEqual(1)
  expect((await copy()).code).toBe(0)
  expect([await isHome(cli.db), await isHome(to)]).toEqual([false, true])
  expect(await contentsOf(to)).toEqual(before)
})

test('a process that had the source open spends nothing any more, and a pair that was on its way still arrives there', async () => {
  const key = { key: async () => new Uint8Array(32).fill(7), describe: () => 'a test' }
  const shared = { key, clock: systemClock, random: systemRandom }
  const [path, target] = [join(cli.folder, 'a.db'), join(cli.folder, 'b.db')]
  const open = await openStore({ path, ...shared })
  await open.connections.connect('a', {
    auth: 'personal_access_token',
    clientId: null,
    accessToken: new Secret('a-token'),
    refreshToken: null,
    tokenExpiresAtMs: null,
    scopes: [],
  })
  const refreshId = await open.refreshes.begin('a', 1)
  const mover = await openMover({ path, ...shared }, { path: target, ...shared })
  expect(await mover.begin()).toEqual(['a'])
  await expect(open.refreshes.begin('a', 1)).rejects.toMatchObject({ code: 'STORE_MOVED' })
  expect(await open.connections.markNeedsConnect('a', 'revoked', 1, refreshId)).toBe(true)
  expect(await mover.copy()).toMatchObject({ connections: 1 })
  await mover.close()
  const moved = await openStore({ path: target, ...shared })
  expect((await moved.connections.get('a'))?.needsConnect).toBe('revoked')
  await moved.close()
  await open.close()
})
