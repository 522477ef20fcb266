import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { openKeySource } from '../../../src/adapters/keys/key-source.ts'
import type { AskKeyring } from '../../../src/adapters/keys/keyring.ts'
import { askScript, keyringPlace } from '../../../src/adapters/keys/keyring.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { storeKeys } from '../../../src/adapters/store/store-keys.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { keyIdOf } from '../../../src/core/secrets/envelope.ts'
import { keyOf, newTokens, openTestStore, storeFolder, storeProcess } from '../../support/store.ts'
import { UNINTERRUPTED } from '../../support/interruption.ts'

const base64 = (key: Uint8Array) => Buffer.from(key).toString('base64')

/** A keyring that lives as long as the test. */
function memoryKeyring(): AskKeyring {
  let stored = ''
  return async (verb, text = '') => (verb === 'set' ? (stored = text) : stored)
}

function sourceIn(configDir: string, envKey?: string, askKeyring: AskKeyring = memoryKeyring()) {
  return openKeySource({ envKey, configDir, random: systemRandom, askKeyring })
}

/** A store that took its key from `source`, with one connection; and how to open it again with another source. */
async function storeWith(source: ReturnType<typeof sourceIn>, path = join(storeFolder(), 'calreconnect.db')) {
  const store = await openTestStore({ path, key: source })
  const keys = storeKeys(store, source, { clock: systemClock, random: systemRandom, interruption: UNINTERRUPTED })
  const again = (other: ReturnType<typeof sourceIn>) => storeWith(other, path)
  const token = async () => (await store.connections.get('a'))?.accessToken?.reveal()
  return { store, keys, again, token, path }
}

test('openKeySource makes a key file on first use: 32 random bytes in base64, 0600 in a folder 0700', async () => {
  const configDir = join(storeFolder(), 'config')
  const source = sourceIn(configDir)
  expect([existsSync(configDir), source.describe()]).toEqual([false, join(configDir, 'calreconnect.key')])
  const key = await source.key()
  expect(readFileSync(join(configDir, 'calreconnect.key'), 'utf8')).toBe(`${base64(key)}\n`)
  expect(key.length).toBe(32)
  expect((statSync(join(configDir, 'calreconnect.key')).mode & 0o777).toString(8)).toBe('600')
  expect((statSync(configDir).mode & 0o777).toString(8)).toBe('700')
  expect(await sourceIn(configDir).key()).toEqual(key)
  expect(readdirSync(configDir)).toEqual(['calreconnect.key'])
})

test('openKeySource tightens a key file that others may read', async () => {
  const configDir = storeFolder()
  await sourceIn(configDir).key()
  chmodSync(join(configDir, 'calreconnect.key'), 0o644)
  await sourceIn(configDir).key()
  expect((statSync(join(configDir, 'calreconnect.key')).mode & 0o777).toString(8)).toBe('600')
})

test('openKeySource in six processes at once makes one key', async () => {
  const configDir = join(storeFolder(), 'config')
  const processes = await Promise.all(Array.from({ length: 6 }, () => storeProcess('key', { configDir })))
  const ids = (await Promise.all(processes.map(({ ended }) => ended))).flatMap(({ lines }) => lines)
  expect(ids).toEqual(ids.map(() => keyIdOf(Buffer.from(readFileSync(join(configDir, 'calreconnect.key'), 'utf8'), 'base64'))))
  expect(ids.length).toBe(6)
})

test('createFirst of a key file gives the key that another process made a moment before', async () => {
  const configDir = storeFolder()
  const first = sourceIn(configDir).place('file').createFirst
  expect(await first?.(keyOf(1))).toEqual(keyOf(1))
  expect(await first?.(keyOf(2))).toEqual(keyOf(1))
})

test('CALRECONNECT_KEY is taken where it is set, and no file is made', async () => {
  const configDir = join(storeFolder(), 'config')
  for (const text of [base64(keyOf(3)), base64(keyOf(3)).replace(/=$/, '')]) expect(await sourceIn(configDir, text).key()).toEqual(keyOf(3))
  expect(await sourceIn(configDir, Buffer.alloc(32, 0xfb).toString('base64url')).key()).toEqual(keyOf(0xfb))
  expect(sourceIn(configDir, base64(keyOf(3))).describe()).toBe('CALRECONNECT_KEY')
  expect(existsSync(configDir)).toBe(false)
})

for (const [what, text] of [
  ['a passphrase', 'correct horse battery staple'],
  ['31 bytes', Buffer.alloc(31).toString('base64')],
  ['33 bytes', Buffer.alloc(33).toString('base64')],
  ['hex', Buffer.alloc(32).toString('hex')],
  ['a key and garbage', `${base64(keyOf(3))},x`],
] as const)
  test(`CALRECONNECT_KEY with ${what} is refused without being shown`, async () => {
    const refused = await sourceIn(storeFolder(), text)
      .key()
      .then(
        () => null,
        (thrown: unknown) => thrown,
      )
    expect(refused).toMatchObject({ code: 'STORE_KEY_WRONG', exit: 'store', hint: 'openssl rand -base64 32' })
    expect(String(refused)).not.toContain(text)
  })

test('a damaged key file is refused, and never overwritten', async () => {
  const configDir = storeFolder()
  const path = join(configDir, 'calreconnect.key')
  for (const content of ['', 'garbage\n', `${base64(keyOf(1))}\ngarbage\n`]) {
    writeFileSync(path, content)
    await expect(sourceIn(configDir).key()).rejects.toMatchObject({ code: 'STORE_KEY_WRONG', message: expect.stringContaining(path) })
    expect(readFileSync(path, 'utf8')).toBe(content)
  }
})

test('a lost key file is not made anew while the store has secrets', async () => {
  const first = await storeWith(sourceIn(storeFolder()))
  await first.store.connections.connect('a', newTokens())
  await first.store.close()
  const configDir = storeFolder()
  const { store, keys } = await first.again(sourceIn(configDir))
  expect((await store.connections.get('a'))?.accessToken?.problem).toMatchObject({
    code: 'STORE_KEY_MISSING',
    hint: expect.stringContaining('If the key is lost: calreconnect store reset-secrets'),
  })
  await expect(store.connections.connect('b', newTokens())).rejects.toMatchObject({ code: 'STORE_KEY_MISSING' })
  expect(readdirSync(configDir)).toEqual([])
  expect(await keys.status()).toMatchObject({ source: 'file', usable: false, problem: { code: 'STORE_KEY_MISSING' } })
})

test('store key status says where the key is', async () => {
  const configDir = storeFolder()
  const { store, keys } = await storeWith(sourceIn(configDir))
  const location = join(configDir, 'calreconnect.key')
  expect(await keys.status()).toMatchObject({ source: 'file', location, keyId: null, usable: true, problem: null })
  await store.connections.connect('a', newTokens())
  const keyId = keyIdOf(Buffer.from(readFileSync(location, 'utf8'), 'base64'))
  const elsewhere = { keyIds: [], opensStore: false, chosen: false, problem: null }
  expect(await keys.status()).toEqual({
    source: 'file',
    location,
    keyId,
    usable: true,
    problem: null,
    places: [
      { source: 'file', location, keyIds: [keyId], opensStore: true, chosen: true, problem: null },
      { ...elsewhere, source: 'env', location: 'CALRECONNECT_KEY' },
      { ...elsewhere, source: 'keyring', location: 'keyring of the operating system' },
    ],
  })
})

for (const [what, envKey, ring, source] of [
  ['the environment, although a file has another', base64(keyOf(1)), '', 'env'],
  ['the keyring, although nothing says that it was chosen', undefined, base64(keyOf(1)), 'keyring'],
  ['the keyring, although CALRECONNECT_KEY has another', base64(keyOf(2)), base64(keyOf(1)), 'keyring'],
] as const)
  test(`store key status names the place that opens the store, not where one would be looked for: ${what}`, async () => {
    const first = await storeWith(sourceIn(storeFolder(), base64(keyOf(1))))
    await first.store.connections.connect('a', newTokens())
    const configDir = storeFolder()
    writeFileSync(join(configDir, 'calreconnect.key'), `${base64(keyOf(9))}\n`)
    const second = await first.again(sourceIn(configDir, envKey, async () => ring))
    expect(await second.token()).toBe('access-1')
    const status = await second.keys.status()
    expect(status).toMatchObject({ source, keyId: keyIdOf(keyOf(1)), usable: true, problem: null })
    expect(status.places.find((place) => place.source === 'file')).toMatchObject({ keyIds: [keyIdOf(keyOf(9))], opensStore: false })
  })

test('store reset-secrets forgets what the lost key encrypted, and the next secret takes the key that there is', async () => {
  const first = await storeWith(sourceIn(storeFolder()))
  await first.store.connections.connect('a', newTokens(), { userUri: 'https://api.calendly.com/users/U' })
  const configDir = storeFolder()
  const { store, keys, token } = await first.again(sourceIn(configDir))
  expect(await keys.reset()).toEqual({ accounts: ['a'], signingKeys: 0, apps: [], keyFileSetAside: null })
  expect(await store.connections.get('a')).toMatchObject({
    accessToken: null,
    refreshToken: null,
    isActive: false,
    needsConnect: null,
    userUri: 'https://api.calendly.com/users/U',
  })
  expect(await keys.status()).toMatchObject({ keyId: null, usable: true })
  expect(await keys.reset()).toEqual({ accounts: [], signingKeys: 0, apps: [], keyFileSetAside: null })
  await store.connections.connect('a', newTokens('new'))
  expect(await token()).toBe('new')
})

test('store reset-secrets puts a damaged key file aside, so that a new one can be made', async () => {
  const first = await storeWith(sourceIn(storeFolder()))
  await first.store.connections.connect('a', newTokens())
  const configDir = storeFolder()
  writeFileSync(join(configDir, 'calreconnect.key'), 'half a k')
  const { store, keys } = await first.again(sourceIn(configDir))
  const { keyFileSetAside } = await keys.reset()
  expect(readFileSync(keyFileSetAside ?? '', 'utf8')).toBe('half a k')
  await store.connections.connect('a', newTokens())
  expect(readdirSync(configDir).filter((name) => name.startsWith('calreconnect.key')).length).toBeGreaterThan(1)
})

test('store key rotate takes a new key from now on, and keeps the old one for other stores', async () => {
  const configDir = storeFolder()
  const other = await storeWith(sourceIn(configDir))
  await other.store.connections.connect('a', newTokens('of the other store'))
  const { store, keys, again } = await storeWith(sourceIn(configDir))
  await store.connections.connect('a', newTokens())
  const before = await keys.status()
  const after = await keys.rotate()
  expect(after.keyId).not.toBe(before.keyId)
  expect(after).toMatchObject({ source: 'file', usable: true })
  await store.close()
  expect(await (await again(sourceIn(configDir))).token()).toBe('access-1')
  expect(await (await other.again(sourceIn(configDir))).token()).toBe('of the other store')
  expect((await other.keys.rotate()).keyId).toBe(after.keyId)
})

test('store key rotate with CALRECONNECT_KEY needs <new>,<old>', async () => {
  const configDir = storeFolder()
  const [old, next] = [base64(keyOf(1)), base64(keyOf(2))]
  const first = await storeWith(sourceIn(configDir, old))
  await first.store.connections.connect('a', newTokens())
  await expect(first.keys.rotate()).rejects.toMatchObject({ code: 'STORE_KEY_MISSING', hint: expect.stringContaining('<new>,<old>') })
  const second = await first.again(sourceIn(configDir, `${next},${old}`))
  expect(await second.token()).toBe('access-1')
  expect(await second.keys.rotate()).toMatchObject({ source: 'env', keyId: keyIdOf(keyOf(2)) })
  expect(await (await first.again(sourceIn(configDir, next))).token()).toBe('access-1')
  await expect((await first.again(sourceIn(configDir, old))).token()).rejects.toMatchObject({ code: 'STORE_KEY_WRONG' })
})

for (const crashAt of ['commit:reencrypt:before', 'commit:reencrypt:after'])
  test(`store key rotate killed at ${crashAt} leaves a store that opens, and is finished by another rotate`, async () => {
    const [configDir, path] = [storeFolder(), join(storeFolder(), 'calreconnect.db')]
    expect((await (await storeProcess('connect', { path, configDir, name: 'a' })).ended).status).toBe(0)
    expect((await (await storeProcess('rotate', { path, configDir, crashAt })).ended).signal).toBe('SIGKILL')
    const keyFile = () => readFileSync(join(configDir, 'calreconnect.key'), 'utf8').trim().split('\n')
    expect(keyFile().length).toBe(2)
    const { token, keys } = await storeWith(sourceIn(configDir), path)
    expect(await token()).toBe('access')
    const staged = keyIdOf(Buffer.from(keyFile()[0] ?? '', 'base64'))
    const finished = crashAt.endsWith('after')
    expect((await keys.status()).keyId === staged).toBe(finished)
    if (!finished) expect((await keys.rotate()).keyId).toBe(staged)
    expect(await token()).toBe('access')
  })

test('two rotations at once leave a store that opens', async () => {
  const [configDir, path] = [storeFolder(), join(storeFolder(), 'calreconnect.db')]
  await (
    await storeProcess('connect', { path, configDir, name: 'a' })
  ).ended
  const processes = await Promise.all(Array.from({ length: 4 }, () => storeProcess('rotate', { path, configDir })))
  for (const { ended } of processes) expect(await ended).toEqual({ lines: [], status: 0, signal: null })
  expect(await (await storeWith(sourceIn(configDir), path)).token()).toBe('access')
})

test('store key use keyring moves the store there, and back to the file', async () => {
  const [configDir, askKeyring] = [storeFolder(), memoryKeyring()]
  const first = await storeWith(sourceIn(configDir, undefined, askKeyring))
  await first.store.connections.connect('a', newTokens())
  expect(await first.keys.use('keyring')).toMatchObject({ source: 'keyring', usable: true })
  expect(await askKeyring('get')).toHaveLength(44)
  const second = await first.again(sourceIn(configDir, undefined, askKeyring))
  expect(await second.token()).toBe('access-1')
  expect((await second.store.info()).keySource).toBe('keyring of the operating system')
  expect(await second.keys.use('file')).toMatchObject({ source: 'file', usable: true })
  expect(await (await first.again(sourceIn(configDir))).token()).toBe('access-1')
})

test('store key use env and use file, with CALRECONNECT_KEY still set', async () => {
  const configDir = storeFolder()
  const first = await storeWith(sourceIn(configDir))
  await first.store.connections.connect('a', newTokens())
  await expect(first.keys.use('env')).rejects.toMatchObject({ code: 'STORE_KEY_MISSING' })
  const env = base64(keyOf(1))
  const second = await first.again(sourceIn(configDir, env))
  expect(await second.keys.use('env')).toMatchObject({ source: 'env', keyId: keyIdOf(keyOf(1)) })
  expect(await second.keys.use('file')).toMatchObject({ source: 'file', usable: true })
  expect(await second.token()).toBe('access-1')
  expect(await (await first.again(sourceIn(configDir))).token()).toBe('access-1')
})

test('a keyring that was chosen and does not answer is an error, not a reason for a key file', async () => {
  const [configDir, askKeyring] = [storeFolder(), memoryKeyring()]
  await sourceIn(configDir, undefined, askKeyring).choose('keyring')
  const broken: AskKeyring = () => Promise.reject(new CalreconnectError('STORE_KEY_MISSING', 'The keyring is locked'))
  const { store } = await storeWith(sourceIn(configDir, undefined, broken))
  await expect(store.connections.connect('a', newTokens())).rejects.toMatchObject({ code: 'STORE_KEY_MISSING' })
  expect(readdirSync(configDir)).toEqual(['key-source.json'])
})

test('a damaged settings file is an error that says what to do, and status still answers', async () => {
  const configDir = storeFolder()
  for (const content of ['', '{', '{"key_source":"clay tablet"}', '[]']) {
    writeFileSync(join(configDir, 'key-source.json'), content)
    await expect(sourceIn(configDir).key()).rejects.toMatchObject({
      code: 'STORE_KEY_MISSING',
      hint: expect.stringContaining('key-source.json'),
    })
    const { store } = await storeWith(sourceIn(configDir))
    expect((await store.info()).keySource).toContain('key-source.json')
  }
})

test('askScript ends a keyring that hangs', async () => {
  await expect(askScript(['-e', 'setInterval(() => {}, 1000)'], 'get', '', 300)).rejects.toMatchObject({
    code: 'STORE_KEY_MISSING',
    message: expect.stringContaining('did not answer within 0.3 s'),
  })
})

test('askScript tells a keyring that refuses', async () => {
  await expect(askScript(['-e', 'process.exit(1)'], 'get', '')).rejects.toMatchObject({ code: 'STORE_KEY_MISSING' })
})

test('askScript hands text over on stdin, never in arguments', async () => {
  const echo =
    "let input = ''; process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => process.stdout.write('ok ' + input + process.argv.length))"
  expect(await askScript(['-e', echo], 'set', 'text')).toBe('set\ntext1')
})

test('keyringPlace refuses an entry that is no key', async () => {
  await expect(keyringPlace(async () => 'not a key').keys()).rejects.toMatchObject({ code: 'STORE_KEY_WRONG' })
})
