import { expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { Connection } from '../../../src/core/connection/model.ts'
import { createStep, fixedKey, newTokens, ORGANIZATION, planOf, standingClock, subscription, USER } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

onEveryEngine((engine) => {
  const pair = (access: string, refresh: string | null, scopes: readonly string[] = []) => ({
    accessToken: new Secret(access),
    refreshToken: refresh === null ? null : new Secret(refresh),
    expiresAtMs: 9_000,
    scopes,
    owner: null,
    organization: null,
  })

  /** Secrets as text, so that values can be compared whole. */
  function plain(connection: Connection | null): unknown {
    if (connection === null) return null
    return { ...connection, accessToken: connection.accessToken?.reveal(), refreshToken: connection.refreshToken?.reveal() }
  }

  test('connect stores everything it is given, and gives it back', async () => {
    const store = await engine.open({ clock: standingClock(500) })
    const desired = { callbackUrl: 'https://example.com/hook', events: ['invitee.created'], scope: 'organization', group: null } as const
    const patch = { email: 'a@example.com', userUri: USER, organizationUri: ORGANIZATION, role: 'owner', desired, webhookUri: 'w' } as const
    const connection = await store.connections.connect('work', newTokens(), patch)
    expect(plain(connection)).toEqual({
      name: 'work',
      email: 'a@example.com',
      userUri: USER,
      organizationUri: ORGANIZATION,
      organizationName: null,
      role: 'owner',
      auth: 'oauth',
      clientId: 'client',
      isActive: true,
      needsConnect: null,
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      tokenExpiresAtMs: 1_000,
      tokenGeneration: 1,
      scopes: ['users:read'],
      desired,
      webhookUri: 'w',
      createdAtMs: 500,
      updatedAtMs: 500,
    })
    expect(plain(await store.connections.get('work'))).toEqual(plain(connection))
    expect((await store.connections.list()).map(plain)).toEqual([plain(connection)])
  })

  test('an organization’s name is kept until the connection is in another one', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens(), { organizationUri: ORGANIZATION })
    expect((await store.connections.update('work', { organizationName: 'Acme' })).organizationName).toBe('Acme')
    expect((await store.connections.update('work', { organizationUri: ORGANIZATION, role: 'admin' })).organizationName).toBe('Acme')
    expect((await store.connections.update('work', { organizationUri: `${ORGANIZATION}X` })).organizationName).toBeNull()
  })

  test('connect puts new tokens into a connection that needs them, and leaves the rest', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens(), { email: 'a@example.com' })
    await store.connections.markNeedsConnect('work', 'revoked', 1, null)
    await store.connections.update('work', { isActive: false })
    const connection = await store.connections.connect('work', newTokens('access-2', null))
    expect(plain(connection)).toMatchObject({
      email: 'a@example.com',
      isActive: true,
      needsConnect: null,
      accessToken: 'access-2',
      refreshToken: undefined,
      tokenGeneration: 2,
    })
  })

  test('get gives null for a name that is not stored', async () => {
    const store = await engine.open()
    expect(await store.connections.get('nobody')).toBe(null)
  })

  test('list gives connections in the order in which they were made, without the key where none has a token', async () => {
    const key = fixedKey()
    const clock = standingClock()
    const store = await engine.open({ key, clock })
    expect(await store.connections.list()).toEqual([])
    expect(key.asked).toBe(0)
    for (const name of ['zoe', 'adam']) {
      await store.connections.connect(name, newTokens())
      clock.pass(1)
    }
    expect((await store.connections.list()).map(({ name }) => name)).toEqual(['zoe', 'adam'])
    expect(key.asked).toBe(1)
  })

  test('update changes what the patch has, null included, and nothing else', async () => {
    const clock = standingClock(500)
    const store = await engine.open({ clock })
    const before = await store.connections.connect('work', newTokens(), { email: 'a@example.com', webhookUri: 'w', role: 'owner' })
    clock.pass(5)
    const after = await store.connections.update('work', { email: null, role: 'user', scopes: ['default'], needsConnect: 'client_changed' })
    expect(plain(after)).toEqual({
      ...(plain(before) as object),
      email: null,
      role: 'user',
      scopes: ['default'],
      needsConnect: 'client_changed',
      updatedAtMs: 505,
    })
  })

  test('update of a connection that is not stored fails with ACCOUNT_UNKNOWN', async () => {
    const store = await engine.open()
    await expect(store.connections.update('nobody', {})).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
  })

  test('saveRefreshed stores the pair and settles the in-flight row', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    const refreshId = await store.refreshes.begin('work', 1)
    expect(await store.refreshes.open('work', 1)).toBe(1)
    expect(await store.connections.saveRefreshed('work', pair('access-2', 'refresh-2', ['webhooks:write']), 1, refreshId)).toBe(true)
    expect(await store.refreshes.open('work', 1)).toBe(0)
    expect(plain(await store.connections.get('work'))).toMatchObject({
      accessToken: 'access-2',
      refreshToken: 'refresh-2',
      tokenExpiresAtMs: 9_000,
      tokenGeneration: 2,
      scopes: ['webhooks:write'],
    })
  })

  test('saveRefreshed keeps the old refresh token and scopes when the answer had none', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    await store.connections.saveRefreshed('work', pair('access-2', null), 1, await store.refreshes.begin('work', 1))
    expect(plain(await store.connections.get('work'))).toMatchObject({
      accessToken: 'access-2',
      refreshToken: 'refresh-1',
      scopes: ['users:read'],
    })
  })

  test('saveRefreshed stores nothing when another pair was stored meanwhile', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    const refreshId = await store.refreshes.begin('work', 1)
    await store.connections.connect('work', newTokens('access-2', 'refresh-2'))
    expect(await store.connections.saveRefreshed('work', pair('late', 'late'), 1, refreshId)).toBe(false)
    expect(plain(await store.connections.get('work'))).toMatchObject({
      accessToken: 'access-2',
      refreshToken: 'refresh-2',
      tokenGeneration: 2,
    })
    expect(await store.refreshes.open('work', 1)).toBe(0)
  })

  test('saveRefreshed does not bring tokens back after clear', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    const refreshId = await store.refreshes.begin('work', 1)
    await store.connections.clear('work')
    expect(await store.connections.saveRefreshed('work', pair('late', 'late'), 1, refreshId)).toBe(false)
    expect(plain(await store.connections.get('work'))).toMatchObject({ accessToken: undefined, refreshToken: undefined, isActive: false })
  })

  test('markNeedsConnect keeps the tokens and settles the in-flight row', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    const refreshId = await store.refreshes.begin('work', 1)
    expect(await store.connections.markNeedsConnect('work', 'lost_response', 1, refreshId)).toBe(true)
    expect(await store.refreshes.open('work', 1)).toBe(0)
    expect(plain(await store.connections.get('work'))).toMatchObject({
      needsConnect: 'lost_response',
      refreshToken: 'refresh-1',
      tokenGeneration: 1,
    })
  })

  test('markNeedsConnect does nothing to a newer pair', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    await store.connections.connect('work', newTokens('access-2'))
    expect(await store.connections.markNeedsConnect('work', 'revoked', 1, null)).toBe(false)
    expect((await store.connections.get('work'))?.needsConnect).toBe(null)
  })

  test('rename keeps tokens, subscriptions, runs and the choice of `accounts use`', async () => {
    const store = await engine.open()
    await store.connections.connect('old', newTokens())
    await store.connections.use('old')
    await store.subscriptions.keep(subscription('1'), { account: 'old', origin: 'connection', signingKey: new Secret('k') })
    const runId = await store.runs.begin('reconnect', planOf('old', [createStep()]))
    const refreshId = await store.refreshes.begin('old', 1)
    const renamed = await store.connections.rename('old', 'new')
    expect(plain(renamed)).toMatchObject({ name: 'new', accessToken: 'access-1', refreshToken: 'refresh-1' })
    expect(await store.connections.get('old')).toBe(null)
    expect(await store.connections.inUse()).toBe('new')
    expect((await store.subscriptions.known('new')).map(({ account }) => account)).toEqual(['new'])
    expect((await store.runs.list({ account: 'new' })).map(({ id }) => id)).toEqual([runId])
    expect(await store.refreshes.open('new', 1)).toBe(1)
    expect(await store.connections.saveRefreshed('new', pair('access-2', 'refresh-2'), 1, refreshId)).toBe(true)
  })

  test('rename to a name that is taken fails with ACCOUNT_EXISTS, from one that is not there with ACCOUNT_UNKNOWN', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    await store.connections.connect('b', newTokens())
    await expect(store.connections.rename('a', 'b')).rejects.toMatchObject({ code: 'ACCOUNT_EXISTS' })
    await expect(store.connections.rename('c', 'd')).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
    expect((await store.connections.rename('a', 'a')).name).toBe('a')
  })

  test('clear takes away the tokens and every signing key of this connection, and of no other', async () => {
    const store = await engine.open()
    for (const name of ['gone', 'stays']) {
      await store.connections.connect(name, newTokens())
      const origin = 'connection'
      await store.subscriptions.keep(subscription(name), { account: name, origin, signingKey: new Secret(`key of ${name}`) })
      await store.subscriptions.keep(subscription(name), { account: name, origin, signingKey: new Secret(`new key of ${name}`) })
    }
    const runId = await store.runs.begin('reconnect', planOf('gone', [createStep()]))
    const intent = { step: createStep(), origin: 'connection', remoteStartedAtMs: 0, seenBefore: [], backup: null } as const
    await store.runs.intend(runId, 0, { ...intent, signingKey: new Secret('intended') })
    await store.connections.clear('gone')
    expect(plain(await store.connections.get('gone'))).toMatchObject({
      accessToken: undefined,
      refreshToken: undefined,
      tokenExpiresAtMs: null,
      isActive: false,
      tokenGeneration: 2,
    })
    expect((await store.subscriptions.signingKeys()).map(({ account, current }) => [account, current])).toEqual([
      ['stays', true],
      ['stays', false],
    ])
    expect(await store.runs.intendedKey(runId, 0)).toBe(null)
    expect(plain(await store.connections.get('stays'))).toMatchObject({ accessToken: 'access-1', isActive: true })
  })

  test('clear works without the key, so that a lost key does not keep anybody from disconnecting', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    const { location } = await store.info()
    await store.close()
    const without = await engine.open({ path: location, key: { key: () => Promise.reject(new Error('asked')), describe: () => 'none' } })
    await without.connections.clear('work')
    expect(plain(await without.connections.get('work'))).toMatchObject({ accessToken: undefined, isActive: false })
  })

  test('discard removes a connection with its subscriptions, runs and refreshes; a second time nothing', async () => {
    const store = await engine.open()
    await store.connections.connect('half', newTokens())
    await store.connections.use('half')
    await store.subscriptions.keep(subscription('1'), { account: 'half', origin: 'connection', signingKey: null })
    await store.runs.begin('connect', planOf('half', []))
    await store.refreshes.begin('half', 1)
    await store.connections.discard('half')
    await store.connections.discard('half')
    expect(await store.connections.list()).toEqual([])
    expect(await store.connections.inUse()).toBe(null)
    expect(await store.subscriptions.known(null, { gone: true })).toEqual([])
    expect(await store.runs.list()).toEqual([])
  })

  test('use remembers one connection, and forgets it again', async () => {
    const store = await engine.open()
    await store.connections.connect('a', newTokens())
    expect(await store.connections.inUse()).toBe(null)
    await store.connections.use('a')
    expect(await store.connections.inUse()).toBe('a')
    await expect(store.connections.use('nobody')).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
    expect(await store.connections.inUse()).toBe('a')
    await store.connections.use(null)
    expect(await store.connections.inUse()).toBe(null)
  })

  test('refreshes.begin for a connection that is not stored fails with ACCOUNT_UNKNOWN', async () => {
    const store = await engine.open()
    await expect(store.refreshes.begin('nobody', 1)).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
  })

  test('refreshes.open counts in-flight rows of this generation other than the given one', async () => {
    const store = await engine.open()
    await store.connections.connect('work', newTokens())
    await store.connections.connect('other', newTokens())
    const lost = await store.refreshes.begin('work', 1)
    const mine = await store.refreshes.begin('work', 1)
    await store.refreshes.begin('work', 2)
    await store.refreshes.begin('other', 1)
    expect(await store.refreshes.open('work', 1)).toBe(2)
    expect(await store.refreshes.open('work', 1, mine)).toBe(1)
    await store.refreshes.settle(lost, 'not_sent')
    expect(await store.refreshes.open('work', 1, mine)).toBe(0)
  })
})
