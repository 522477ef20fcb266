import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { StoredSigningKey } from '../../../src/core/ports/store.ts'
import { ORGANIZATION, newTokens, openTestStore, standingClock, subscription } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

const plain = (keys: readonly StoredSigningKey[]) => keys.map((key) => ({ ...key, key: key.key.reveal() }))

test('calendly_webhook_signing_key of a connection is the envelope of its subscription, whichever came first', async () => {
  const store = await openTestStore()
  const { uri } = subscription('1')
  const { location } = await store.info()
  const envelopes = () => {
    const db = new Database(location, { readonly: true })
    const row = db
      .prepare<[], { copy: Buffer | null; original: Buffer | null }>(
        `SELECT calendly_webhook_signing_key AS copy,
           (SELECT webhook_signing_key FROM calendly_webhook_subscriptions) AS original FROM calendar_connections`,
      )
      .get()
    db.close()
    return { same: row?.copy?.equals(row.original ?? Buffer.alloc(0)) ?? false, there: row?.copy !== null }
  }
  await store.connections.connect('a', newTokens(), { webhookUri: uri })
  expect(envelopes()).toEqual({ same: false, there: false })
  await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret('k') })
  expect(envelopes()).toEqual({ same: true, there: true })
  await store.connections.update('a', { webhookUri: null })
  expect(envelopes().there).toBe(false)
  await store.connections.update('a', { webhookUri: uri })
  expect(envelopes()).toEqual({ same: true, there: true })
  await store.connections.clear('a')
  expect(envelopes().there).toBe(false)
})

onEveryEngine((engine) => {
  test('keep stores what is known of a subscription', async () => {
    const store = await engine.open()
    const user = 'https://api.calendly.com/users/U'
    await store.subscriptions.keep(subscription('1', { scope: 'user', user }), { account: 'a', origin: 'created', signingKey: null })
    expect(await store.subscriptions.known('a')).toEqual([
      {
        uri: subscription('1').uri,
        account: 'a',
        owners: [],
        origin: 'created',
        keyStored: false,
        isActive: true,
        adopted: false,
        displaced: false,
        callbackUrl: 'https://example.com/hook',
        events: ['invitee.created'],
        scope: 'user',
        organization: ORGANIZATION,
        user,
        group: null,
      },
    ])
  })

  test('keep again updates the definition and keeps the key', async () => {
    const store = await engine.open()
    const options = { account: 'a', origin: 'connection' } as const
    await store.subscriptions.keep(subscription('1'), { ...options, signingKey: new Secret('k') })
    await store.subscriptions.keep(subscription('1', { events: ['invitee.canceled'] }), { ...options, signingKey: null })
    const [known] = await store.subscriptions.known('a')
    expect(known).toMatchObject({ events: ['invitee.canceled'], keyStored: true })
    expect((await store.subscriptions.signingKey(subscription('1').uri))?.reveal()).toBe('k')
  })

  test('keep with another key makes the stored one the previous key, with its date', async () => {
    const clock = standingClock(100)
    const store = await engine.open({ clock })
    const keep = (key: string) =>
      store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret(key) })
    await keep('first')
    clock.pass(10)
    await keep('first')
    await keep('second')
    const webhookUri = subscription('1').uri
    expect(plain(await store.subscriptions.signingKeys())).toEqual([
      { key: 'second', account: 'a', webhookUri, current: true, sinceMs: 110 },
      { key: 'first', account: 'a', webhookUri, current: false, sinceMs: 100 },
    ])
  })

  test('keep with key_added does not make a managed subscription foreign, nor nameless', async () => {
    const store = await engine.open()
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: null })
    await store.subscriptions.keep(subscription('1'), { account: null, origin: 'key_added', signingKey: new Secret('k') })
    expect(await store.subscriptions.known()).toMatchObject([{ account: 'a', origin: 'connection', keyStored: true }])
  })

  test('known leaves out other accounts, and deleted ones unless asked for', async () => {
    const store = await engine.open()
    const keep = (id: string, account: string | null) =>
      store.subscriptions.keep(subscription(id), { account, origin: 'created', signingKey: null })
    await keep('1', 'a')
    await keep('2', 'b')
    await keep('3', null)
    await keep('4', 'a')
    await store.subscriptions.forget(subscription('4').uri)
    const ids = async (...query: Parameters<typeof store.subscriptions.known>) =>
      (await store.subscriptions.known(...query)).map(({ uri, isActive }) => [uri.slice(-1), isActive])
    expect(await ids('a')).toEqual([['1', true]])
    expect(await ids('a', { gone: true })).toEqual([
      ['1', true],
      ['4', false],
    ])
    expect((await ids()).map(([id]) => id)).toEqual(['1', '2', '3'])
    expect((await ids(null, { gone: true })).map(([id]) => id)).toEqual(['1', '2', '3', '4'])
  })

  test('forget keeps the key for late deliveries, and takes the subscription off its connection', async () => {
    const store = await engine.open()
    const { uri } = subscription('1')
    await store.connections.connect('a', newTokens(), { webhookUri: uri })
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret('k') })
    await store.subscriptions.forget(uri)
    await store.subscriptions.forget('https://api.calendly.com/webhook_subscriptions/unknown')
    expect((await store.subscriptions.signingKey(uri))?.reveal()).toBe('k')
    expect((await store.subscriptions.signingKeys()).length).toBe(1)
    expect((await store.connections.get('a'))?.webhookUri).toBe(null)
  })

  test('keep makes a forgotten subscription active again', async () => {
    const store = await engine.open()
    const options = { account: 'a', origin: 'connection', signingKey: null } as const
    await store.subscriptions.keep(subscription('1'), options)
    await store.subscriptions.forget(subscription('1').uri)
    await store.subscriptions.keep(subscription('1'), options)
    expect(await store.subscriptions.known('a')).toMatchObject([{ isActive: true }])
  })

  test('signingKeys gives the newest first over all subscriptions', async () => {
    const clock = standingClock(100)
    const store = await engine.open({ clock })
    for (const id of ['b', 'c', 'a']) {
      await store.subscriptions.keep(subscription(id), { account: null, origin: 'key_added', signingKey: new Secret(`key ${id}`) })
      clock.pass(1)
    }
    expect(plain(await store.subscriptions.signingKeys()).map(({ key }) => key)).toEqual(['key a', 'key c', 'key b'])
  })

  test('signingKey gives null for what is not known or has no key', async () => {
    const store = await engine.open()
    await store.subscriptions.keep(subscription('1'), { account: null, origin: 'created', signingKey: null })
    expect(await store.subscriptions.signingKey(subscription('1').uri)).toBe(null)
    expect(await store.subscriptions.signingKey('unknown')).toBe(null)
  })

  test('removeKey takes current and previous key away, and says whether there was one', async () => {
    const store = await engine.open()
    const { uri } = subscription('1')
    for (const key of ['one', 'two'])
      await store.subscriptions.keep(subscription('1'), { account: null, origin: 'key_added', signingKey: new Secret(key) })
    expect(await store.subscriptions.removeKey(uri)).toBe(true)
    expect(await store.subscriptions.removeKey(uri)).toBe(false)
    expect(await store.subscriptions.removeKey('unknown')).toBe(false)
    expect(await store.subscriptions.signingKeys()).toEqual([])
    expect(await store.subscriptions.known()).toMatchObject([{ uri, keyStored: false }])
  })
})
