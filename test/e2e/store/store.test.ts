// `store`: what is told of it without the key, and how it gets another key. Whether a rotation survives a crash: integration/store.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { storeInfoSchema, storeInitSchema, storeKeySchema } from '../../../src/cli/schemas/store.ts'
import { MIGRATIONS } from '../../../src/adapters/store/sqlite/schema.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const KEY = Buffer.alloc(32, 5).toString('base64')
const NEXT = Buffer.alloc(32, 6).toString('base64')

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

const keyFile = (): string => join(cli.folder, 'config', 'calreconnect.key')

/** A connection whose token is a secret in the store. */
async function connect(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { personalAccessToken } = cli.emulator.info
  const { code, stderr } = await cli.run(['connect', '--token-stdin'], { stdin: personalAccessToken, env })
  expect([code, stderr.includes('Error')]).toEqual([0, false])
}

async function key(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, envelope } = await cli.json(['store', 'key', ...args], { env })
  if (envelope.data !== null) v.parse(storeKeySchema, envelope.data)
  return { code, data: envelope.data, error: envelope.error?.code ?? null }
}

const tokenWith = async (env: Readonly<Record<string, string>> = {}): Promise<string> => (await cli.run(['token'], { env })).stdout.trim()

test('store info tells of a store that is not made yet, and makes none', async () => {
  const { code, envelope } = await cli.json(['store', 'info'])
  v.parse(storeInfoSchema, envelope.data)
  expect({ code, data: envelope.data }).toEqual({
    code: 0,
    data: {
      path: cli.db,
      schema_version: null,
      size_bytes: 0,
      integrity: null,
      permissions: null,
      key_source: keyFile(),
      key_usable: null,
      key_places: [],
    },
  })
  expect([existsSync(cli.db), existsSync(keyFile())]).toEqual([false, false])
})

test('store info tells path, schema, size, integrity, permissions and key source, and needs no key for it', async () => {
  await connect()
  rmSync(keyFile())
  const { code, envelope } = await cli.json(['store', 'info'])
  const { size_bytes: size, ...data } = v.parse(storeInfoSchema, envelope.data)
  expect({ code, data }).toEqual({
    code: 0,
    data: {
      path: cli.db,
      schema_version: MIGRATIONS.length,
      integrity: 'ok',
      permissions: { file: '0600', folder: '0700', private: true },
      key_source: keyFile(),
      key_usable: false,
      key_places: expect.arrayContaining([expect.objectContaining({ source: 'file', key_ids: [], opens_store: false, chosen: true })]),
    },
  })
  expect(size).toBeGreaterThan(4096)
  expect(existsSync(keyFile())).toBe(false)
})

test('store info prints aligned lines for people', async () => {
  await connect()
  const { code, stdout } = await cli.run(['store', 'info'])
  expect({ code, stdout: stdout.replace(/\d+ KiB/, 'SIZE') }).toEqual({
    code: 0,
    stdout: [
      `Path         ${cli.db}`,
      `Schema       version ${MIGRATIONS.length}`,
      'Size         SIZE',
      'Integrity    ok',
      'Permissions  0600, folder 0700 (yours alone)',
      `Key          ${keyFile()}`,
      '',
    ].join('\n'),
  })
})

test('store info says what is damaged and ends with 9', async () => {
  await connect()
  const bytes = readFileSync(cli.db)
  // Past the header and the schema: pages whose content SQLite only looks at when asked to.
  bytes.fill(0xff, bytes.length - 6 * 4096)
  writeFileSync(cli.db, bytes)
  const { code, envelope } = await cli.json(['store', 'info'])
  expect({ code, error: envelope.error?.code }).toEqual({ code: 9, error: 'STORE_DAMAGED' })
})

test('store key status says where the key is, and ends with 9 when it does not open the store', async () => {
  expect(await key(['status'])).toEqual({
    code: 0,
    data: { source: 'file', location: keyFile(), key_id: null, usable: true, problem: null, places: expect.any(Array) },
    error: null,
  })
  await connect()
  const good = await key(['status'])
  expect(good).toMatchObject({ code: 0, data: { source: 'file', location: keyFile(), usable: true, problem: null } })
  rmSync(keyFile())
  const bad = await key(['status'])
  expect(bad).toEqual({
    code: 9,
    data: {
      ...good.data,
      usable: false,
      places: expect.any(Array),
      problem: expect.objectContaining({ code: 'STORE_KEY_MISSING', exit: 'store' }),
    },
    error: 'STORE_KEY_MISSING',
  })
  expect((await cli.run(['token'])).code).toBe(9)
})

test('store key rotate seals the store with a new key and keeps the earlier one in the file', async () => {
  await connect()
  const [before, token] = [await key(['status']), await tokenWith()]
  const old = readFileSync(keyFile(), 'utf8')
  const rotated = await key(['rotate'])
  expect(rotated).toMatchObject({ code: 0, data: { source: 'file', usable: true, problem: null } })
  expect(rotated.data.key_id).not.toBe(before.data.key_id)
  expect(readFileSync(keyFile(), 'utf8').endsWith(old)).toBe(true)
  expect(await tokenWith()).toBe(token)
  expect(await key(['status'])).toEqual(rotated)
})

test('store key use env moves the store to CALRECONNECT_KEY, which later runs then need', async () => {
  await connect()
  const token = await tokenWith()
  expect(await key(['use', 'env'])).toMatchObject({ code: 9, data: null, error: 'STORE_KEY_MISSING' })
  expect(await tokenWith()).toBe(token)
  const moved = await key(['use', 'env'], { CALRECONNECT_KEY: KEY })
  expect(moved).toMatchObject({ code: 0, data: { source: 'env', location: 'CALRECONNECT_KEY', usable: true } })
  expect(await tokenWith({ CALRECONNECT_KEY: KEY })).toBe(token)
  expect((await cli.run(['token'])).code).toBe(9)
  expect((await cli.run(['token'], { env: { CALRECONNECT_KEY: NEXT } })).code).toBe(9)
  const rotated = await key(['rotate'], { CALRECONNECT_KEY: `${NEXT},${KEY}` })
  expect(rotated).toMatchObject({ code: 0, data: { source: 'env', usable: true } })
  expect(await tokenWith({ CALRECONNECT_KEY: NEXT })).toBe(token)
  expect(await key(['use', 'file'], { CALRECONNECT_KEY: NEXT })).toMatchObject({ code: 0, data: { source: 'file', location: keyFile() } })
  expect(await tokenWith()).toBe(token)
})

test('store key rotate with one key in CALRECONNECT_KEY says how to give the next one', async () => {
  await connect({ CALRECONNECT_KEY: KEY })
  const { code, stderr } = await cli.run(['store', 'key', 'rotate'], { env: { CALRECONNECT_KEY: KEY } })
  expect(code).toBe(9)
  expect(stderr).toContain('CALRECONNECT_KEY=<new>,<old>')
})

test('store key use keyring never falls back to another place when there is no keyring', async () => {
  await connect()
  // Asked of the same nobody each time: what this machine has of a keyring is not the test's business.
  const nobody = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }
  const before = await key(['status'], nobody)
  // Not the kernel's keys either, which a reboot forgets.
  const refused = expect.objectContaining({ source: 'keyring', problem: expect.objectContaining({ code: 'STORE_KEY_MISSING' }) })
  expect(before.data.places).toContainEqual(refused)
  expect(await key(['use', 'keyring'], nobody)).toMatchObject({ code: 9, data: null, error: 'STORE_KEY_MISSING' })
  expect(await key(['status'], nobody)).toEqual(before)
})

test('store key use with another word ends with 2 and names the places', async () => {
  const { code, stderr } = await cli.run(['store', 'key', 'use', 'pocket'])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'Error: A key is kept in file, env or keyring, not in “pocket”\nHint: calreconnect store key use --help\n',
  })
})

test('store key never shows a key', async () => {
  await connect({ CALRECONNECT_KEY: KEY })
  const shown: string[] = []
  for (const args of [['status'], ['use', 'file'], ['rotate'], ['use', 'env']]) {
    const { stdout, stderr } = await cli.run(['store', 'key', ...args, '--debug'], { env: { CALRECONNECT_KEY: KEY } })
    shown.push(stdout, stderr)
  }
  const keys = [KEY, ...readFileSync(keyFile(), 'utf8').trim().split('\n')]
  expect(keys.filter((secret) => shown.some((text) => text.includes(secret.slice(0, 20))))).toEqual([])
})

test('store init makes the store once, readable by its owner alone', async () => {
  const first = await cli.json(['store', 'init'])
  v.parse(storeInitSchema, first.envelope.data)
  expect([first.code, first.envelope.data]).toEqual([0, { path: cli.db, schema_version: MIGRATIONS.length, created: true, sql: null }])
  expect((statSync(cli.db).mode & 0o777).toString(8)).toBe('600')
  expect((await cli.json(['store', 'init'])).envelope.data.created).toBe(false)
})

test('store init --print-sql prints what makes a store, and makes none', async () => {
  const { code, stdout } = await cli.run(['store', 'init', '--print-sql'])
  expect([code, existsSync(cli.db)]).toEqual([0, false])
  const made = join(cli.folder, 'made.db')
  const db = new Database(made)
  db.exec(stdout)
  db.close()
  const env = { CALRECONNECT_DB: made }
  const { envelope } = await cli.json(['store', 'info'], { env })
  expect([envelope.data.schema_version, envelope.data.integrity]).toEqual([MIGRATIONS.length, 'ok'])
  expect((await cli.run(['connect', '--token-stdin'], { stdin: cli.emulator.info.personalAccessToken, env })).code).toBe(0)
})
