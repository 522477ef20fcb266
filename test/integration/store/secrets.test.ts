import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { createStep, fixedKey, keyOf, newTokens, openTestStore, planOf, standingClock, subscription } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

const CANARY = 'canary-5f1e'
const intent = { step: createStep(), origin: 'connection', remoteStartedAtMs: 0, seenBefore: [], backup: null } as const

/** A store with one secret in every secret column. */
async function fullStore(open: typeof openTestStore = openTestStore) {
  const clock = standingClock(100)
  const store = await open({ clock })
  await store.connections.connect('a', newTokens(`${CANARY}-access`, `${CANARY}-refresh`), { webhookUri: subscription('1').uri })
  for (const key of ['first', 'second'])
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret(`${CANARY}-${key}`) })
  const runId = await store.runs.begin('reconnect', planOf('a', []))
  await store.runs.intend(runId, 0, { ...intent, signingKey: new Secret(`${CANARY}-intended`) })
  const flow = { flowId: 'f', state: 's', redirectUri: 'r', scopes: null, request: '{}', expiresAtMs: 1_000 }
  await store.flows.add({ ...flow, codeVerifier: new Secret(`${CANARY}-verifier`) })
  const { location } = await store.info()
  return { store, location, runId, clock }
}

/** All bytes of a store's folder, as the encodings in which a secret could be hiding. */
function everywhere(location: string): string {
  const folder = dirname(location)
  const bytes = Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))))
  return [bytes.toString('latin1'), bytes.toString('utf16le')].join('\n')
}

async function allSecrets({ store, runId }: Awaited<ReturnType<typeof fullStore>>): Promise<unknown> {
  const connection = await store.connections.get('a')
  return [
    connection?.accessToken?.reveal(),
    connection?.refreshToken?.reveal(),
    (await store.subscriptions.signingKeys()).map(({ key }) => key.reveal()).toSorted(),
    (await store.runs.intendedKey(runId, 0))?.reveal(),
  ]
}

const ALL = [`${CANARY}-access`, `${CANARY}-refresh`, [`${CANARY}-first`, `${CANARY}-second`], `${CANARY}-intended`]

test('no secret is readable in the database, the -wal or the -shm, before and after a checkpoint', async () => {
  const { store, location } = await fullStore()
  const texts = (what: string) => [what, Buffer.from(what).toString('base64').slice(0, 12), Buffer.from(what).toString('hex')]
  for (const text of texts(CANARY)) expect(everywhere(location)).not.toContain(text)
  await store.close()
  for (const text of texts(CANARY)) expect(everywhere(location)).not.toContain(text)
  expect(everywhere(location)).toContain('https://example.com/hook')
})

test('no secret stands in a row in the clear, and no nonce is used twice', async () => {
  const { location } = await fullStore()
  const db = new Database(location, { readonly: true })
  const envelopes = db
    .prepare<[], { envelope: Buffer }>(
      `SELECT access_token AS envelope FROM calendar_connections UNION ALL SELECT refresh_token FROM calendar_connections
       UNION ALL SELECT webhook_signing_key FROM calendly_webhook_subscriptions
       UNION ALL SELECT previous_signing_key FROM calendly_webhook_subscriptions
       UNION ALL SELECT signing_key FROM run_steps UNION ALL SELECT code_verifier FROM flows`,
    )
    .all()
  db.close()
  expect(envelopes.length).toBe(6)
  expect(new Set(envelopes.map(({ envelope }) => envelope.subarray(9, 21).toString('hex'))).size).toBe(6)
})

test('clear leaves no envelope of a token in the files', async () => {
  const { store, location } = await fullStore()
  const db = new Database(location, { readonly: true })
  const row = db
    .prepare<[], { access: Buffer; refresh: Buffer }>('SELECT access_token AS access, refresh_token AS refresh FROM calendar_connections')
    .get()
  db.close()
  const envelopes = [row?.access, row?.refresh].map((envelope) => envelope?.toString('latin1') ?? '')
  for (const envelope of envelopes) expect(everywhere(location)).toContain(envelope)
  await store.connections.clear('a')
  for (const envelope of envelopes) expect(everywhere(location)).not.toContain(envelope)
})

for (const [what, sql] of [
  ['a truncated envelope', 'UPDATE calendar_connections SET access_token = substr(access_token, 1, 20)'],
  ['an envelope without its last byte', 'UPDATE calendar_connections SET access_token = substr(access_token, 1, length(access_token) - 1)'],
  ['an envelope of another version', "UPDATE calendar_connections SET access_token = CAST(x'02' || substr(access_token, 2) AS BLOB)"],
  ['a token moved to the other column', 'UPDATE calendar_connections SET access_token = refresh_token'],
  [
    "another connection's token",
    "UPDATE calendar_connections SET access_token = (SELECT access_token FROM calendar_connections WHERE user_id = 'b') WHERE user_id = 'a'",
  ],
] as const)
  test(`${what} is refused with STORE_DAMAGED naming the column`, async () => {
    const store = await openTestStore()
    await store.connections.connect('a', newTokens())
    await store.connections.connect('b', newTokens())
    const { location } = await store.info()
    const db = new Database(location)
    db.exec(sql)
    db.close()
    await expect(store.connections.get('a')).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('access_token of calendar_connections'),
    })
  })

test('reencrypt changes nothing when one secret does not open', async () => {
  const full = await fullStore()
  const db = new Database(full.location)
  db.exec("UPDATE flows SET code_verifier = x'00'")
  db.close()
  await expect(full.store.reencrypt(keyOf(9))).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  expect(await allSecrets(full)).toEqual(ALL)
})

onEveryEngine((engine) => {
  test('without the key everything but the secrets is there, and a secret is refused with STORE_KEY_WRONG, read or written', async () => {
    const { store, location } = await fullStore(engine.open)
    await store.close()
    const other = await engine.open({ path: location, key: fixedKey(keyOf(8)) })
    const wrong = { code: 'STORE_KEY_WRONG', exit: 'store' }
    const [connection] = await other.connections.list()
    expect(connection).toMatchObject({ name: 'a', clientId: 'client', isActive: true, scopes: ['users:read'] })
    for (const secret of [connection?.accessToken, connection?.refreshToken]) {
      expect(secret?.problem).toMatchObject(wrong)
      expect(() => secret?.reveal()).toThrow(expect.objectContaining(wrong))
    }
    const keys = await other.subscriptions.signingKeys()
    expect(keys.length).toBeGreaterThan(0)
    for (const { key } of keys) expect(() => key.reveal()).toThrow(expect.objectContaining(wrong))
    await expect(other.subscriptions.signingKey(keys[0]?.webhookUri ?? '')).rejects.toMatchObject(wrong)
    await expect(other.connections.connect('b', newTokens())).rejects.toMatchObject(wrong)
    expect((await other.subscriptions.known('a')).length).toBe(1)
    expect((await other.info()).integrity).toBe('ok')
  })

  test('another key is taken once nothing is encrypted any more', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    await store.connections.clear('a')
    const { location } = await store.info()
    await store.close()
    const other = await engine.open({ path: location, key: fixedKey(keyOf(8)) })
    expect((await other.connections.connect('a', newTokens())).accessToken?.reveal()).toBe('access-1')
  })

  test('a secret with any characters and of any length comes back as it was', async () => {
    const store = await engine.open()
    for (const text of ['', ' \u0000 ', 'ünïcödé 🔑', 'x'.repeat(20_000)]) {
      await store.connections.connect('a', newTokens(text))
      expect((await store.connections.get('a'))?.accessToken?.reveal()).toBe(text)
    }
  })

  test('reencrypt seals every secret with the new key, and the old one opens none', async () => {
    const full = await fullStore(engine.open)
    await full.store.reencrypt(keyOf(9))
    expect(await allSecrets(full)).toEqual(ALL)
    await full.store.close()
    const old = await engine.open({ path: full.location, key: fixedKey(keyOf(7)) })
    expect((await old.connections.get('a'))?.accessToken?.problem).toMatchObject({ code: 'STORE_KEY_WRONG' })
    const { clock } = full
    const store = await engine.open({ path: full.location, key: fixedKey(keyOf(9)), clock })
    expect(await allSecrets({ ...full, store })).toEqual(ALL)
    expect((await store.flows.take('s'))?.codeVerifier.reveal()).toBe(`${CANARY}-verifier`)
  })

  test('a process that had the old key at hand writes with the new one after another process rotated', async () => {
    const full = await fullStore(engine.open)
    const keys = [keyOf(7), keyOf(9)]
    const { keyIdOf } = await import('../../../src/core/secrets/envelope.ts')
    const ring = {
      key: async (id?: string) => keys.find((key) => id === undefined || keyIdOf(key) === id) ?? keyOf(0),
      describe: () => 'ring',
    }
    const other = await engine.open({ path: full.location, key: ring })
    await other.connections.get('a')
    await full.store.reencrypt(keyOf(9))
    await other.connections.connect('b', newTokens('by other'))
    expect((await full.store.connections.get('b'))?.accessToken?.reveal()).toBe('by other')
  })

  test('a read whose key was replaced between the rows and their key is done with the new one', async () => {
    const full = await fullStore(engine.open)
    const key = async () => {
      await full.store.reencrypt(keyOf(9))
      return keyOf(9)
    }
    const other = await engine.open({ path: full.location, key: { key, describe: () => 'slow' } })
    const before = await full.store.connections.get('a')
    expect((await other.connections.get('a'))?.accessToken?.reveal()).toBe(before?.accessToken?.reveal())
  })

  test('a write whose key was replaced between asking for it and committing is done with the new one', async () => {
    const full = await fullStore(engine.open)
    const { keyIdOf } = await import('../../../src/core/secrets/envelope.ts')
    const asked: (string | undefined)[] = []
    const key = async (id?: string) => {
      asked.push(id)
      const held = [keyOf(7), keyOf(9)].find((each) => keyIdOf(each) === id) ?? keyOf(0)
      await full.store.reencrypt(keyOf(9))
      return held
    }
    const other = await engine.open({ path: full.location, key: { key, describe: () => 'slow' } })
    await other.connections.connect('b', newTokens('by other'))
    expect(asked).toEqual([keyIdOf(keyOf(7)), keyIdOf(keyOf(9))])
    expect((await full.store.connections.get('b'))?.accessToken?.reveal()).toBe('by other')
  })
})
