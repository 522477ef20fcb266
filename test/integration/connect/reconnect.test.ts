// `reconnect` against the emulator: the six steps, one connection and many.

import { afterEach, describe, expect, test } from 'vitest'
import { identify } from '../../../src/operations/accounts/identify.ts'
import { NOTHING_WANTED } from '../../../src/core/connection/desired.ts'
import { reconnectCaller, type ReconnectInput, reconnectMany, reconnectOne } from '../../../src/operations/connect/reconnect.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { accountRig, errorOf, type Rig, wanting } from '../../support/accounts.ts'
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

const INPUT: ReconnectInput = { wanted: NOTHING_WANTED, dryRun: false, concurrency: 4 }
const WANTING: ReconnectInput = { ...INPUT, wanted: wanting() }
const writes = (rig: Rig): string[] => rig.requests().filter((request) => !request.startsWith('GET'))

describe('reconnectOne()', () => {
  test('reconnectOne() makes one of 250 ours, leaves foreign ones alone, and writes nothing the second time', async () => {
    const rig = await rigOf({
      seed: {
        users: [{ id: 'OWNER', email: 'ada@example.com', role: 'owner' }],
        subscriptions: [
          { callback_url: HOOK, state: 'disabled' },
          { callback_url: HOOK, scope: 'user', user: 'OWNER' },
          { callback_url: 'https://other.example.com/{n}', count: 248 },
        ],
      },
    })
    await rig.connected('sales')
    const result = await reconnectOne(rig.deps, await rig.get('sales'), WANTING, null)
    expect({ failed: result.failed, authorization: result.authorization }).toEqual({ failed: [], authorization: 'still_valid' })
    const ours = rig.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)
    expect(ours.map(({ scope, state }) => ({ scope, state }))).toEqual([{ scope: 'organization', state: 'active' }])
    expect(rig.emulator.control.subscriptions()).toHaveLength(249)
    rig.requests()
    const again = await reconnectOne(rig.deps, await rig.get('sales'), INPUT, null)
    expect({ applied: again.applied, why: again.plan?.steps.map(({ why }) => why), writes: writes(rig) }).toEqual({
      applied: [],
      why: ['desired'],
      writes: [],
    })
  })

  test('reconnectOne() after expiry makes exactly one token request', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const result = await reconnectOne(rig.deps, await rig.get('sales'), INPUT, null)
    expect({ authorization: result.authorization, writes: writes(rig) }).toEqual({
      authorization: 'refreshed',
      writes: ['POST /oauth/token'],
    })
  })

  test('reconnectOne() refuses the tokens of another Calendly user before anything is written', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    const stored = await rig.store.connections.update('sales', { userUri: 'https://api.calendly.com/users/SOMEBODYELSE' })
    expect((await errorOf(reconnectOne(rig.deps, stored, WANTING, null))).code).toBe('ACCOUNT_DIFFERS')
    expect([writes(rig), await rig.get('sales')]).toEqual([[], stored])
  })

  test('reconnectOne() of an owner asks for the user once and lists once a scope', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    await reconnectOne(rig.deps, await rig.get('sales'), INPUT, null)
    expect(rig.requests()).toEqual(['GET /users/me', 'GET /webhook_subscriptions', 'GET /webhook_subscriptions'])
  })

  test('reconnectOne() --dry-run plans, writes nothing and remembers nothing', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    const result = await reconnectOne(rig.deps, await rig.get('sales'), { ...WANTING, dryRun: true }, null)
    expect({
      planned: result.plan?.steps.map(({ action }) => action),
      applied: result.applied,
      writes: writes(rig),
      desired: (await rig.get('sales')).desired,
    }).toEqual({
      planned: ['create'],
      applied: [],
      writes: [],
      desired: null,
    })
  })

  test('reconnectOne() with nobody there ends a dead connection with exit auth', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    expect(await errorOf(reconnectOne(rig.deps, await rig.get('sales'), WANTING, null))).toMatchObject({
      code: 'NEEDS_CONNECT',
      exit: 'auth',
    })
  })

  test('reconnectOne() with a person there falls back to OAuth and goes on', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    const result = await reconnectOne(rig.deps, await rig.get('sales'), WANTING, rig.consent())
    expect({ authorization: result.authorization, applied: result.applied.map(({ outcome }) => outcome) }).toEqual({
      authorization: 'oauth',
      applied: ['created'],
    })
    expect((await rig.get('sales')).needsConnect).toBeNull()
  })

  test('reconnectOne() --dry-run never asks for consent', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    expect(await errorOf(reconnectOne(rig.deps, await rig.get('sales'), { ...WANTING, dryRun: true }, rig.consent()))).toMatchObject({
      code: 'NEEDS_CONNECT',
    })
    expect(rig.opened).toEqual([])
  })

  test('reconnectOne() learns that a user has become an admin', async () => {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'admin' },
        ],
      },
    })
    await rig.connected('sales', { user: 'ben@example.com', role: 'user' })
    const result = await reconnectOne(rig.deps, await rig.get('sales'), WANTING, null)
    expect({ role: (await rig.get('sales')).role, applied: result.applied.length }).toEqual({ role: 'admin', applied: 1 })
  })

  test('reconnectOne() refuses organization scope to a role of user before the POST', async () => {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'user' },
        ],
      },
    })
    await rig.connected('sales', { user: 'ben@example.com', role: 'user' })
    expect(await errorOf(reconnectOne(rig.deps, await rig.get('sales'), WANTING, null))).toMatchObject({
      code: 'ROLE_INSUFFICIENT',
      exit: 'refused',
    })
    expect(writes(rig)).toEqual([])
  })

  test('reconnectOne() without any callback URL keeps tokens right and makes nothing', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    const result = await reconnectOne(rig.deps, await rig.get('sales'), INPUT, null)
    expect({ steps: result.plan?.steps, made: rig.emulator.control.subscriptions() }).toEqual({ steps: [], made: [] })
  })

  test('reconnectOne() moves the webhook to another URL and removes the old one', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    await reconnectOne(rig.deps, await rig.get('sales'), WANTING, null)
    await reconnectOne(rig.deps, await rig.get('sales'), { ...INPUT, wanted: wanting({ callbackUrl: 'https://new.example.com/h' }) }, null)
    expect(rig.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)).toEqual(['https://new.example.com/h'])
    expect(rig.shown.filter((text) => text.includes('moves'))).toEqual([
      `The webhook of sales moves from ${HOOK} to https://new.example.com/h. To undo: calreconnect reconnect sales --callback-url ${HOOK}`,
    ])
  })

  test('reconnectOne() names all that undoes a move', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    await reconnectOne(rig.deps, await rig.get('sales'), WANTING, null)
    const wanted = wanting({ callbackUrl: 'https://new.example.com/h', scope: 'user', events: ['invitee.canceled'] })
    await reconnectOne(rig.deps, await rig.get('sales'), { ...INPUT, wanted }, null)
    expect(rig.shown.filter((text) => text.includes('moves'))).toEqual([
      `The webhook of sales moves from ${HOOK} to https://new.example.com/h. To undo: calreconnect reconnect sales --callback-url ${HOOK} --scope organization --events invitee.created,invitee.canceled`,
    ])
  })
})

describe('reconnectMany()', () => {
  const THREE = { seed: { users: ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com`, role: 'owner' })) } }

  async function three(rig: Rig): Promise<void> {
    for (const name of ['a', 'b', 'c'])
      await rig.connected(name, { user: `${name}@example.com`, expiresInMs: name === 'b' ? -1 : 7_200_000 })
    rig.emulator.control.revokeTokens({ user: 'b@example.com' })
  }

  test('reconnectMany() does what can be done and reports each failure as its own', async () => {
    const rig = await rigOf(THREE)
    await three(rig)
    const { results } = await reconnectMany(
      rig.deps,
      await rig.store.connections.list(),
      { ...INPUT, wanted: wanting({ scope: 'user' }) },
      null,
    )
    expect(
      results.map(({ account, authorization, applied, error }) => ({
        account,
        authorization,
        applied: applied.length,
        error: error?.code,
      })),
    ).toEqual([
      { account: 'a', authorization: 'still_valid', applied: 1, error: undefined },
      { account: 'b', authorization: null, applied: 0, error: 'NEEDS_CONNECT' },
      { account: 'c', authorization: 'still_valid', applied: 1, error: undefined },
    ])
  })

  test('reconnectMany() asks a person for the dead ones, one after the other, at the end', async () => {
    const rig = await rigOf(THREE)
    await three(rig)
    const { results } = await reconnectMany(rig.deps, await rig.store.connections.list(), INPUT, rig.consent({ as: 'b@example.com' }))
    expect(results.map(({ account, authorization }) => [account, authorization])).toEqual([
      ['a', 'still_valid'],
      ['b', 'oauth'],
      ['c', 'still_valid'],
    ])
  })

  test('reconnectMany() of nothing has no results', async () => {
    const rig = await rigOf()
    expect(await reconnectMany(rig.deps, [], INPUT, null)).toEqual({ results: [] })
  })
})

describe('reconnectCaller()', () => {
  async function caller(rig: Rig) {
    const token = new Secret(rig.emulator.info.personalAccessToken)
    const api = await rig.deps.calendly({ get: async () => token, renew: async () => null })
    const { user, role } = await identify(api)
    return {
      account: user.email ?? '',
      userUri: user.uri,
      organizationUri: user.currentOrganization,
      role,
      grantedScopes: null,
      api,
      connection: null,
    }
  }

  test('reconnectCaller() ensures the webhook as the token’s user and stores no connection', async () => {
    const rig = await rigOf()
    const result = await reconnectCaller(rig.deps, await caller(rig), WANTING)
    expect({ authorization: result.authorization, applied: result.applied.length, stored: await rig.store.connections.list() }).toEqual({
      authorization: 'personal_access_token',
      applied: 1,
      stored: [],
    })
  })

  test('reconnectCaller() without a callback URL names the setting', async () => {
    const rig = await rigOf()
    expect(await errorOf(reconnectCaller(rig.deps, await caller(rig), INPUT))).toMatchObject({
      code: 'SETTING_MISSING',
      hint: expect.stringContaining('--callback-url'),
    })
  })
})
