// `connect` against the emulator: consent in an automated browser, real loopback, real store.

import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../../../src/operations/connect/connect.ts'
import { accountRig, CONNECT, errorOf, type Rig, wanting } from '../../support/accounts.ts'
import { idOf } from '../../../src/core/calendly/identity.ts'
import { HOOK } from '../../support/connected.ts'

const rigs: Rig[] = []
async function rigOf(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await accountRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const TWO_USERS = {
  seed: {
    users: [
      { name: 'Ada', email: 'ada@example.com', role: 'owner' },
      { name: 'Ben', email: 'ben@example.com', role: 'user' },
    ],
  },
}

describe('connect() through OAuth', () => {
  test('connect() names a first connection after its e-mail and stores identity, scopes and tokens', async () => {
    const rig = await rigOf()
    const result = await connect(rig.deps, CONNECT, rig.consent())
    const stored = await rig.get(result.account.name)
    expect({ authorization: result.authorization, webhook: result.webhook, account: result.account }).toEqual({
      authorization: 'oauth',
      webhook: null,
      account: {
        name: stored.email,
        email: stored.email,
        userUri: rig.emulator.info.userUri,
        organizationUri: rig.emulator.info.organizationUri,
        organizationName: 'Acme',
        role: 'owner',
        auth: 'oauth',
        isActive: true,
        needsConnect: null,
        tokenExpiresAt: new Date(stored.tokenExpiresAtMs ?? 0).toISOString(),
        scopes: ['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read'],
        webhook: null,
      },
    })
    expect((await rig.store.connections.list()).map(({ name }) => name)).toEqual([stored.email])
  })

  test('connect() asks Calendly nothing between the code exchange and the stored pair', async () => {
    const rig = await rigOf()
    await connect(rig.deps, CONNECT, rig.consent())
    expect(rig.requests()).toEqual([
      'GET /oauth/authorize',
      'POST /oauth/authorize',
      'POST /oauth/token',
      'GET /users/me',
      'GET /organization_memberships',
      // Last of all, for people.
      `GET /organizations/${idOf(rig.emulator.info.organizationUri)}`,
    ])
  })

  test('connect() tells the browser whose account was connected', async () => {
    const rig = await rigOf()
    const { account } = await connect(rig.deps, CONNECT, rig.consent())
    await expect.poll(() => rig.pages.length).toBe(1)
    expect(rig.pages[0]).toMatchObject({ status: 200, text: expect.stringContaining(account.email ?? '-') })
  })

  test('connect() closes the port at once', async () => {
    const rig = await rigOf()
    await connect(rig.deps, CONNECT, rig.consent())
    await expect(fetch(rig.redirectUri)).rejects.toThrow()
  })

  test('connect() makes the webhook, remembers it and knows its signing key', async () => {
    const rig = await rigOf()
    const result = await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    expect(result.webhook?.applied.map(({ action, outcome, why }) => ({ action, outcome, why }))).toEqual([
      { action: 'create', outcome: 'created', why: 'missing' },
    ])
    const [made] = rig.emulator.control.subscriptions()
    expect(result.account.webhook).toEqual({
      uri: made?.uri,
      callbackUrl: HOOK,
      scope: 'organization',
      events: ['invitee.created', 'invitee.canceled'],
      state: 'active',
      signingKeyStored: true,
      retryStartedAt: null,
    })
    const { desired } = await rig.get('sales')
    expect(desired).toEqual({ callbackUrl: HOOK, events: ['invitee.created', 'invitee.canceled'], scope: 'organization', group: null })
  })

  test('connect() a second time says still_valid, opens no browser and writes nothing', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, wanted: wanting() }, rig.consent())
    rig.requests()
    const again = await connect(rig.deps, CONNECT, rig.consent())
    expect({ authorization: again.authorization, opened: rig.opened.length, applied: again.webhook?.applied }).toEqual({
      authorization: 'still_valid',
      opened: 1,
      applied: [],
    })
    expect(rig.requests().filter((request) => !request.startsWith('GET'))).toEqual([])
  })

  test('connect() with a stale access token refreshes it once and says refreshed', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const result = await connect(rig.deps, { ...CONNECT, name: 'sales' }, rig.consent())
    expect({ authorization: result.authorization, opened: rig.opened }).toEqual({ authorization: 'refreshed', opened: [] })
    expect(rig.requests().filter((request) => request === 'POST /oauth/token')).toHaveLength(1)
  })

  test('connect() with a dead refresh token goes through OAuth and mends the connection', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    const result = await connect(rig.deps, CONNECT, rig.consent())
    expect({ name: result.account.name, authorization: result.authorization, needsConnect: result.account.needsConnect }).toEqual({
      name: 'sales',
      authorization: 'oauth',
      needsConnect: null,
    })
  })

  test('connect() with tokens that Calendly revoked before they expired goes through OAuth', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    rig.emulator.control.revokeTokens()
    expect((await connect(rig.deps, CONNECT, rig.consent())).authorization).toBe('oauth')
  })

  test('connect() mends a connection whose client has changed', async () => {
    const rig = await rigOf({
      seed: { apps: [{ client_id: 'old-app', redirect_uris: ['http://localhost:1/callback'] }, { client_id: 'new-app' }] },
    })
    await rig.connected('sales', { clientId: 'old-app', expiresInMs: -1 })
    const app = rig.emulator.control.state.apps.get('new-app')
    Object.assign(app ?? {}, { redirectUris: [rig.redirectUri.href] })
    const deps = rig.other({ oauth: async () => rig.oauth('new-app', app?.clientSecret) })
    const result = await connect(deps, CONNECT, rig.consent())
    expect({ authorization: result.authorization, clientId: (await rig.get('sales')).clientId }).toEqual({
      authorization: 'oauth',
      clientId: 'new-app',
    })
  })

  test('connect() --force goes through OAuth although the tokens work', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales')
    const result = await connect(rig.deps, { ...CONNECT, force: true }, rig.consent())
    expect(result.authorization).toBe('oauth')
    expect((await rig.get('sales')).tokenGeneration).toBe(before.tokenGeneration + 1)
  })

  test('connect() --no-webhook remembers the callback URL and makes nothing', async () => {
    const rig = await rigOf()
    const result = await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting(), webhook: false }, rig.consent())
    expect({ webhook: result.webhook, made: rig.emulator.control.subscriptions() }).toEqual({ webhook: null, made: [] })
    expect((await rig.get('sales')).desired?.callbackUrl).toBe(HOOK)
  })

  test('connect() without a name and several stored ones wants one named', async () => {
    const rig = await rigOf(TWO_USERS)
    await rig.connected('one', { user: 'ada@example.com' })
    await rig.connected('two', { user: 'ben@example.com' })
    expect(await errorOf(connect(rig.deps, CONNECT, rig.consent()))).toMatchObject({ code: 'ACCOUNT_AMBIGUOUS', exit: 'usage' })
    await rig.store.connections.use('two')
    expect((await connect(rig.deps, CONNECT, rig.consent())).account.name).toBe('two')
  })

  test('connect() --name adds a further account', async () => {
    const rig = await rigOf(TWO_USERS)
    await rig.connected('one', { user: 'ada@example.com' })
    await connect(rig.deps, { ...CONNECT, name: 'two' }, rig.consent({ as: 'ben@example.com' }))
    const stored = await rig.store.connections.list()
    expect(stored.map(({ name, email, role }) => ({ name, email, role }))).toEqual([
      { name: 'one', email: 'ada@example.com', role: 'owner' },
      { name: 'two', email: 'ben@example.com', role: 'user' },
    ])
  })

  test.each(['', ' x', '-x', '~unfinished', 'a\u0000b', 'x'.repeat(101)])(
    'connect() refuses the name %j before anything is done',
    async (name) => {
      const rig = await rigOf()
      expect(await errorOf(connect(rig.deps, { ...CONNECT, name }, rig.consent()))).toMatchObject({ code: 'USAGE' })
      expect(rig.requests()).toEqual([])
    },
  )
})

describe('connect() and OAuth scopes', () => {
  test('connect() asks for the least that the events need', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, wanted: wanting({ events: ['routing_form_submission.created'] }), webhook: false }, rig.consent())
    expect(new URL(rig.opened[0] ?? '').searchParams.get('scope')).toBe('users:read organizations:read webhooks:write routing_forms:read')
  })

  test('connect() --oauth-scope default sends no scope parameter', async () => {
    const rig = await rigOf({ seed: { apps: [{ client_id: 'old', legacy: true }] } })
    const app = rig.emulator.control.state.apps.get('old')
    Object.assign(app ?? {}, { redirectUris: [rig.redirectUri.href] })
    const deps = rig.other({ oauth: async () => rig.oauth('old', app?.clientSecret) })
    const { account } = await connect(deps, { ...CONNECT, oauthScopes: 'default' }, rig.consent())
    expect(new URL(rig.opened[0] ?? '').searchParams.has('scope')).toBe(false)
    expect(account.scopes).toEqual(['default'])
  })

  test('connect() to an app from before scopes ends with INVALID_SCOPE and the hint', async () => {
    const rig = await rigOf({ seed: { apps: [{ client_id: 'old', legacy: true }] } })
    const app = rig.emulator.control.state.apps.get('old')
    Object.assign(app ?? {}, { redirectUris: [rig.redirectUri.href] })
    const deps = rig.other({ oauth: async () => rig.oauth('old', app?.clientSecret) })
    expect(await errorOf(connect(deps, CONNECT, rig.consent()))).toMatchObject({
      code: 'INVALID_SCOPE',
      exit: 'auth',
      hint: 'the same command with --oauth-scope default',
    })
  })

  test('connect() warns of declined scopes', async () => {
    const rig = await rigOf()
    await connect(rig.deps, CONNECT, rig.consent({ declined: ['scheduled_events:read'] }))
    expect(rig.shown).toContain('These OAuth scopes were asked for and not granted: scheduled_events:read')
  })

  test('connect() names a declined event scope before it would POST', async () => {
    const rig = await rigOf()
    const failed = await errorOf(connect(rig.deps, { ...CONNECT, wanted: wanting() }, rig.consent({ declined: ['scheduled_events:read'] })))
    expect({ code: failed.code, exit: failed.exit, scopes: failed.answer.requiredScopes }).toEqual({
      code: 'CALENDLY_INSUFFICIENT_SCOPE',
      exit: 'auth',
      scopes: ['scheduled_events:read'],
    })
    expect(rig.requests()).not.toContain('POST /webhook_subscriptions')
  })
})

describe('connect() and another user', () => {
  test('connect() refuses another user, revokes what was granted and leaves the stored pair alone', async () => {
    const rig = await rigOf(TWO_USERS)
    const before = await rig.connected('sales', { user: 'ada@example.com' })
    const failed = await errorOf(connect(rig.deps, { ...CONNECT, force: true }, rig.consent({ as: 'ben@example.com' })))
    expect({ code: failed.code, exit: failed.exit }).toEqual({ code: 'ACCOUNT_DIFFERS', exit: 'usage' })
    const after = await rig.get('sales')
    expect(after).toEqual(before)
    expect(rig.requests().filter((request) => request === 'POST /oauth/revoke')).toHaveLength(2)
    expect((await rig.deps.connections.list()).map(({ name }) => name)).toEqual(['sales'])
  })

  test('connect() --replace puts another user in its place and says what stays behind', async () => {
    const rig = await rigOf(TWO_USERS)
    await rig.connected('sales', { user: 'ada@example.com' })
    await connect(rig.deps, { ...CONNECT, wanted: wanting() }, rig.consent())
    const { account } = await connect(
      rig.deps,
      { ...CONNECT, force: true, replace: true, wanted: wanting({ scope: 'user' }) },
      rig.consent({ as: 'ben@example.com' }),
    )
    expect({ name: account.name, email: account.email, role: account.role }).toEqual({
      name: 'sales',
      email: 'ben@example.com',
      role: 'user',
    })
    expect(rig.shown.filter((line) => line.includes('stay at Calendly'))).toHaveLength(1)
  })

  test('connect() for a token answer without an owner keeps the old pair until it knows who it is', async () => {
    const rig = await rigOf(TWO_USERS)
    const before = await rig.connected('sales', { user: 'ada@example.com' })
    const ownerless = rig.oauth()
    const deps = rig.other({
      oauth: async () => ({ ...ownerless, exchange: async (...args) => ({ ...(await ownerless.exchange(...args)), owner: null }) }),
    })
    expect((await errorOf(connect(deps, { ...CONNECT, force: true }, rig.consent({ as: 'ben@example.com' })))).code).toBe('ACCOUNT_DIFFERS')
    expect(await rig.deps.connections.list()).toEqual([before])
    const { account } = await connect(deps, { ...CONNECT, force: true }, rig.consent({ as: 'ada@example.com' }))
    expect(account.name).toBe('sales')
    expect((await rig.deps.connections.list()).map(({ name, tokenGeneration }) => ({ name, tokenGeneration }))).toEqual([
      { name: 'sales', tokenGeneration: before.tokenGeneration + 1 },
    ])
  })
})

describe('connect() and failures', () => {
  test('connect() that is denied ends with AUTHORIZATION_DENIED, says so in the browser and stores nothing', async () => {
    const rig = await rigOf()
    expect(await errorOf(connect(rig.deps, CONNECT, rig.consent({ decision: 'deny' })))).toMatchObject({
      code: 'AUTHORIZATION_DENIED',
      exit: 'auth',
    })
    await expect.poll(() => rig.pages.length).toBe(1)
    expect(await rig.store.connections.list()).toEqual([])
  })

  test('connect() that nobody answers ends with AUTHORIZATION_TIMEOUT', async () => {
    const rig = await rigOf()
    const how = rig.consent({}, { openBrowser: false, timeoutMs: 50 })
    expect(await errorOf(connect(rig.deps, CONNECT, how))).toMatchObject({ code: 'AUTHORIZATION_TIMEOUT', exit: 'auth' })
  })

  test('connect() with Calendly unreachable changes nothing', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales')
    rig.emulator.control.addFaults([{ path: '/users/me', times: null, action: 'status', status: 503 }])
    expect(await errorOf(connect(rig.deps, CONNECT, rig.consent()))).toMatchObject({ exit: 'unreachable' })
    expect({ stored: await rig.get('sales'), opened: rig.opened }).toEqual({ stored: before, opened: [] })
  })

  test('connect() without an OAuth app passes SETTING_MISSING on, and only when one is needed', async () => {
    const rig = await rigOf()
    const { CalreconnectError } = await import('../../../src/core/errors/errors.ts')
    const deps = rig.other({
      oauth: async () => {
        throw new CalreconnectError('SETTING_MISSING', 'CALENDLY_CLIENT_ID is not set')
      },
    })
    expect(await errorOf(connect(deps, CONNECT, rig.consent()))).toMatchObject({ code: 'SETTING_MISSING' })
    await rig.connected('sales')
    expect((await connect(deps, CONNECT, rig.consent())).authorization).toBe('still_valid')
  })

  test('connect() with a role of user refuses organization scope before the POST and remembers nothing', async () => {
    const rig = await rigOf(TWO_USERS)
    const failed = await errorOf(connect(rig.deps, { ...CONNECT, name: 'ben', wanted: wanting() }, rig.consent({ as: 'ben@example.com' })))
    expect({ code: failed.code, exit: failed.exit, hint: failed.hint }).toMatchObject({
      code: 'ROLE_INSUFFICIENT',
      exit: 'refused',
      hint: expect.stringContaining('--scope user'),
    })
    expect(rig.requests()).not.toContain('POST /webhook_subscriptions')
    expect((await rig.get('ben')).desired).toBeNull()
    const mended = await connect(rig.deps, { ...CONNECT, wanted: wanting({ scope: 'user' }) }, rig.consent())
    expect(mended.webhook?.applied).toHaveLength(1)
  })

  test('connect() with a plan that has no webhooks reports Calendly’s own words', async () => {
    const rig = await rigOf({ seed: { organizations: [{ name: 'Acme', features: { webhooks: false } }] } })
    const result = await connect(rig.deps, { ...CONNECT, wanted: wanting() }, rig.consent())
    expect(result.webhook?.failed.map(({ error }) => ({ code: error.code, exit: error.exit, message: error.message }))).toEqual([
      { code: 'CALENDLY_FORBIDDEN', exit: 'refused', message: expect.stringContaining('Please upgrade to a paid Calendly account') },
    ])
  })

  test.each([
    ['an unknown event', wanting({ events: ['invitee.create'] }), 'UNKNOWN_EVENT'],
    ['an event of another scope', wanting({ events: ['meeting_recap.created'] }), 'EVENT_SCOPE_MISMATCH'],
    ['group scope without a group', wanting({ scope: 'group' }), 'USAGE'],
    ['a group without group scope', wanting({ group: 'https://api.calendly.com/groups/X' }), 'USAGE'],
  ] as const)('connect() refuses %s before anything is asked', async (_what, wanted, code) => {
    const rig = await rigOf()
    expect(await errorOf(connect(rig.deps, { ...CONNECT, wanted }, rig.consent()))).toMatchObject({ code, exit: 'usage' })
    expect(rig.requests()).toEqual([])
  })
})
