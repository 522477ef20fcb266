import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { MIGRATIONS } from '../../../src/adapters/store/sqlite/schema.ts'
import { fixedKey, newTokens, openTestStore, ORGANIZATION, storeFolder, storeProcess, subscription } from '../../support/store.ts'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('openStore makes missing folders', async () => {
  const path = join(storeFolder(), 'a', 'b', 'c.db')
  const store = await openTestStore({ path })
  expect(await store.info()).toMatchObject({ location: path, schemaVersion: MIGRATIONS.length, integrity: 'ok', keySource: 'a test' })
})

test('openStore tightens files that others may read, and a folder that holds nothing else', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const first = await openTestStore({ path })
  await first.connections.connect('a', newTokens())
  for (const file of [path, `${path}-wal`, `${path}-shm`]) chmodSync(file, 0o644)
  chmodSync(dirname(path), 0o755)
  await openTestStore({ path })
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(modeOf(file)).toBe('600')
  expect(modeOf(dirname(path))).toBe('700')
})

test('openStore leaves a folder that it shares with other files as it is', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  writeFileSync(join(dirname(path), 'package.json'), '{}')
  chmodSync(dirname(path), 0o755)
  await openTestStore({ path })
  expect([modeOf(dirname(path)), modeOf(path)]).toEqual(['755', '600'])
})

test('openStore sets WAL, synchronous FULL, foreign keys and secure delete on every open', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const names = ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'busy_timeout', 'fullfsync']
  for (const _time of ['first', 'second']) {
    const pragmas: unknown[] = []
    const onOpen = (db: Database.Database) => void pragmas.push(...names.map((name) => db.pragma(name, { simple: true })))
    await (await openTestStore({ path, onOpen })).close()
    expect(pragmas).toEqual(['wal', 2, 1, 1, 5000, 1])
  }
})

test('a commit that may be forgotten on power loss does not make the next one so', async () => {
  let synchronous: () => unknown = () => null
  const seen: unknown[] = []
  const onOpen = (db: Database.Database) => void (synchronous = () => db.pragma('synchronous', { simple: true }))
  const store = await openTestStore({ onOpen, crashpoint: (name) => void (name.endsWith('before') && seen.push([name, synchronous()])) })
  await store.budget.take('api', 1, 1_000)
  await store.connections.connect('a', newTokens())
  expect(seen).toEqual([
    ['commit:migrate:before', null],
    ['commit:rate_budget:before', 1],
    ['commit:connect:before', 2],
  ])
})

test('openStore of a store from before owners gives each subscription to whoever looks after it or calls it theirs', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const old = await openTestStore({ path, migrations: MIGRATIONS.slice(0, 2) })
  await old.close()
  const db = new Database(path)
  const uri = subscription('1').uri
  for (const name of ['robin', 'kim', 'lee']) {
    db.prepare(
      `INSERT INTO calendar_connections (id, user_id, auth, token_generation, scopes, calendly_webhook_id, is_active, created_at, updated_at)
       VALUES (?, ?, 'oauth', 1, '[]', ?, 1, 0, 0)`,
    ).run(name, name, name === 'lee' ? null : uri)
  }
  db.prepare(
    `INSERT INTO calendly_webhook_subscriptions (webhook_subscription_uri, user_id, organization_uri, callback_url, events, scope, origin,
       is_active, created_at, updated_at) VALUES (?, 'robin', ?, 'https://example.com/hook', '[]', 'organization', 'connection', 1, 5, 5)`,
  ).run(uri, ORGANIZATION)
  db.close()
  const store = await openTestStore({ path })
  expect(await store.subscriptions.known('kim')).toMatchObject([{ uri, account: 'robin', owners: ['kim', 'robin'] }])
  expect(await store.subscriptions.known('lee')).toEqual([])
})

test('openStore of a store from before open values keeps roles and scopes, and takes ones that are not known', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const old = await openTestStore({ path, migrations: MIGRATIONS.slice(0, 3) })
  await old.connections.connect('a', newTokens(), { role: 'admin' })
  await old.subscriptions.keep(subscription('1', { scope: 'user' }), { account: 'a', origin: 'connection', signingKey: null })
  await old.close()
  const store = await openTestStore({ path })
  expect((await store.connections.get('a'))?.role).toBe('admin')
  expect((await store.subscriptions.known(null)).map(({ scope }) => scope)).toEqual(['user'])
  await store.connections.update('a', { role: 'superadmin' })
  await store.subscriptions.keep(subscription('2', { scope: 'team' }), { account: 'a', origin: 'key_added', signingKey: null })
  expect((await store.connections.get('a'))?.role).toBe('superadmin')
  expect((await store.subscriptions.known(null)).map(({ scope }) => scope).toSorted()).toEqual(['team', 'user'])
})

test('openStore migrates from an older schema, keeping what is there', async () => {
  const path = join(storeFolder(), 'old.db')
  const old = await openTestStore({ path, migrations: MIGRATIONS })
  await old.connections.connect('a', newTokens())
  await old.close()
  const next = [
    ...MIGRATIONS,
    'ALTER TABLE calendar_connections ADD COLUMN note TEXT',
    'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT',
  ]
  const store = await openTestStore({ path, migrations: next })
  expect((await store.info()).schemaVersion).toBe(MIGRATIONS.length + 2)
  expect((await store.connections.get('a'))?.accessToken?.reveal()).toBe('access-1')
})

test('openStore undoes a migration that fails half-way', async () => {
  const path = join(storeFolder(), 'old.db')
  await (await openTestStore({ path })).close()
  const broken = [...MIGRATIONS, 'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT']
  await expect(openTestStore({ path, migrations: broken })).rejects.toMatchObject({ code: 'STORE_FAILED' })
  const db = new Database(path)
  expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
  expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'notes'").pluck().get()).toBe(0)
  db.close()
})

test('openStore by eight processes at once makes one store', async () => {
  const path = join(storeFolder(), 'new', 'calreconnect.db')
  const processes = await Promise.all(Array.from({ length: 8 }, () => storeProcess('open', { path })))
  const ends = await Promise.all(processes.map(({ ended }) => ended))
  expect(ends).toEqual(ends.map(() => ({ lines: [String(MIGRATIONS.length)], status: 0, signal: null })))
  expect((await (await openTestStore({ path })).info()).integrity).toBe('ok')
})

test('openStore after a kill within the migration begins it anew', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const killed = await storeProcess('open', { path, crashAt: 'commit:migrate:before' })
  expect((await killed.ended).signal).toBe('SIGKILL')
  expect((await (await openTestStore({ path })).info()).schemaVersion).toBe(MIGRATIONS.length)
})

test('openStore refuses a newer schema with STORE_NEWER, and leaves it alone', async () => {
  const path = join(storeFolder(), 'newer.db')
  await (await openTestStore({ path, migrations: [...MIGRATIONS, 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT'] })).close()
  const before = readFileSync(path)
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: 'STORE_NEWER', exit: 'store' })
  expect(readFileSync(path).equals(before)).toBe(true)
})

for (const [what, content] of [
  ['a text', 'not a database\n'],
  ['two bytes', 'xy'],
  ['a kilobyte of zeros and more', `${'\u0000'.repeat(1024)}x`],
  ['an SQLite header and garbage', `SQLite format 3\u0000${'garbage'.repeat(1000)}`],
] as const)
  test(`openStore refuses ${what} with STORE_DAMAGED naming the path, and leaves it alone`, async () => {
    const path = join(storeFolder(), 'calreconnect.db')
    writeFileSync(path, content, { mode: 0o644 })
    await expect(openTestStore({ path })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('--db'),
    })
    expect([readFileSync(path, 'utf8'), modeOf(path), readdirSync(dirname(path))]).toEqual([content, '644', ['calreconnect.db']])
  })

test("openStore refuses another program's database, and leaves it alone", async () => {
  const path = join(storeFolder(), 'other.db')
  const other = new Database(path)
  other.exec('CREATE TABLE theirs (id INTEGER)')
  other.close()
  const before = readFileSync(path)
  await expect(openTestStore({ path })).rejects.toMatchObject({
    code: 'STORE_DAMAGED',
    message: expect.stringContaining('another program'),
  })
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('openStore takes an empty file for a new store', async () => {
  const path = join(storeFolder(), 'empty.db')
  writeFileSync(path, '')
  expect((await (await openTestStore({ path })).info()).schemaVersion).toBe(MIGRATIONS.length)
})

test('openStore below a regular file, at a folder or in /proc fails with STORE_READ_ONLY', async () => {
  const folder = storeFolder()
  writeFileSync(join(folder, 'file'), '')
  for (const path of [join(folder, 'file', 'calreconnect.db'), folder, '/proc/calreconnect/calreconnect.db'])
    await expect(openTestStore({ path })).rejects.toMatchObject({ code: 'STORE_READ_ONLY', message: expect.stringContaining(path) })
})

test('a store whose write lock is held fails with STORE_LOCKED', async () => {
  const path = join(storeFolder(), 'calreconnect.db')
  const store = await openTestStore({ path, onOpen: (db) => void db.pragma('busy_timeout = 20') })
  const db = new Database(path)
  db.exec('BEGIN IMMEDIATE')
  await expect(store.connections.connect('a', newTokens())).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: expect.stringContaining(path),
  })
  db.exec('ROLLBACK')
  expect((await store.connections.connect('a', newTokens())).name).toBe('a')
})

/** As a disk that holds some 60 pages more or less. */
const small = { onOpen: (db: Database.Database) => void db.pragma('max_page_count = 60') }

test('a store that may not grow fails with STORE_FULL and keeps what it had', async () => {
  const store = await openTestStore(small)
  await store.connections.connect('a', newTokens())
  const huge = newTokens('x'.repeat(400_000))
  await expect(store.connections.connect('b', huge)).rejects.toMatchObject({ code: 'STORE_FULL', exit: 'store' })
  expect((await store.connections.list()).map(({ name }) => name)).toEqual(['a'])
})

test('a store on a full disk fails with STORE_FULL before a token is spent', async () => {
  const store = await openTestStore(small)
  await store.connections.connect('a', newTokens())
  await expect(
    (async () => {
      for (let each = 0; each < 10_000; each++) await store.refreshes.begin('a', 1)
    })(),
  ).rejects.toMatchObject({ code: 'STORE_FULL' })
})

test('the API log never fails a command, although the store is full', async () => {
  const store = await openTestStore(small)
  const answer = { status: 200 }
  const nothing = { runId: null, account: null, requestBody: null, failure: null }
  const responseBody = 'x'.repeat(4_000)
  for (let each = 0; each < 500; each++)
    await store.apiLog.append({ ...nothing, atMs: each, method: 'GET', path: '/', attempt: 1, durationMs: 1, responseBody, answer })
  await store.close()
})

test('info does not ask for the key', async () => {
  const key = fixedKey()
  const store = await openTestStore({ key })
  await store.info()
  expect(key.asked).toBe(0)
})

test('close may be called twice', async () => {
  const store = await openTestStore()
  await store.close()
  await store.close()
})
