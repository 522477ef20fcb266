// `disconnect` against the emulator: the saga, its stops, and going on from there.

import { afterEach, describe, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { sessionOf } from '../../../src/operations/connect/webhook.ts'
import { disconnect, foreseen } from '../../../src/operations/disconnect/disconnect.ts'
import { disconnectMany, prepareMany } from '../../../src/operations/disconnect/many.ts'
import { type DisconnectInput, prepareDisconnect } from '../../../src/operations/disconnect/prepare.ts'
import { accountRig, CONNECT, errorOf, movedClock, type Rig, tokenOf, wanting } from '../../support/accounts.ts'
import { interruptedBy } from '../../support/interruption.ts'

const rigs: Rig[] = []
async function rigOf(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await accountRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const INPUT: DisconnectInput = { keepWebhooks: false, forceLocal: false }
const REFUSED = { title: 'Permission Denied', message: 'You do not have permission' }
const FORCE: DisconnectInput = { keepWebhooks: false, forceLocal: true }

/** A connection named sales, with its webhook, and a foreign one beside it. */
async function connected(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await rigOf(...options)
  await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
  rig.emulator.control.add({ subscriptions: [{ callback_url: 'https://foreign.example.com/' }] })
  rig.requests()
  return rig
}

async function run(rig: Rig, input: DisconnectInput = INPUT) {
  return disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get('sales'), input), input)
}

const mutations = (rig: Rig): string[] =>
  rig
    .requests()
    .filter((request) => !request.startsWith('GET'))
    .map((request) => request.replace(/[^/]{16,}$/, 'ID'))
const ours = (rig: Rig): string[] =>
  rig.emulator.control
    .subscriptions()
    .filter(({ callbackUrl }) => !callbackUrl.includes('foreign'))
    .map(({ uri }) => uri)

describe('disconnect()', () => {
  test('disconnect() deletes what it manages, revokes both tokens and forgets them, in this order', async () => {
    const rig = await connected()
    const uris = ours(rig)
    const access = (await rig.get('sales')).accessToken?.reveal() ?? ''
    expect(await run(rig)).toEqual({
      account: 'sales',
      webhooksDeleted: uris,
      webhooksHandedOver: [],
      tokensRevoked: ['refresh', 'access'],
      cleared: true,
      left: [],
    })
    expect(mutations(rig)).toEqual(['DELETE /webhook_subscriptions/ID', 'POST /oauth/revoke', 'POST /oauth/revoke'])
    const { isActive, accessToken, refreshToken } = await rig.get('sales')
    expect({ isActive, accessToken, refreshToken, keys: await rig.store.subscriptions.signingKeys() }).toEqual({
      isActive: false,
      accessToken: null,
      refreshToken: null,
      keys: [],
    })
    expect({ ours: ours(rig), foreign: rig.emulator.control.subscriptions().length }).toEqual({ ours: [], foreign: 1 })
    expect(await rig.oauth().introspect(new Secret(access))).toMatchObject({ active: false })
  })

  test('disconnect() of what is disconnected already does nothing', async () => {
    const rig = await connected()
    await run(rig)
    rig.requests()
    expect(await run(rig)).toEqual({
      account: 'sales',
      webhooksDeleted: [],
      webhooksHandedOver: [],
      tokensRevoked: [],
      cleared: true,
      left: [],
    })
    expect(rig.requests()).toEqual([])
  })

  test('disconnect() counts a webhook that is gone already as done', async () => {
    const rig = await connected()
    rig.emulator.control.removeSubscription(ours(rig)[0] ?? '')
    expect(await run(rig)).toMatchObject({ webhooksDeleted: [], tokensRevoked: ['refresh', 'access'], cleared: true, left: [] })
  })

  test('disconnect() without webhooks needs no access token', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    expect(await run(rig)).toMatchObject({ cleared: true })
    expect(rig.requests()).toEqual(['POST /oauth/revoke', 'POST /oauth/revoke'])
  })

  test('disconnect() --keep-webhooks leaves them at Calendly', async () => {
    const rig = await connected()
    expect(await run(rig, { keepWebhooks: true, forceLocal: false })).toMatchObject({
      webhooksDeleted: [],
      tokensRevoked: ['refresh', 'access'],
      cleared: true,
    })
    expect(ours(rig)).toHaveLength(1)
  })

  test('disconnect() of a personal access token deletes webhooks, revokes nothing and forgets it', async () => {
    const rig = await rigOf()
    const token = new Secret(rig.emulator.info.personalAccessToken)
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, { kind: 'token', token })
    rig.requests()
    expect(await run(rig)).toMatchObject({ tokensRevoked: [], cleared: true, left: [] })
    expect(mutations(rig)).toEqual(['DELETE /webhook_subscriptions/ID'])
  })

  test('disconnect() finds the webhook whose create was never answered', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ method: 'POST', path: '/webhook_subscriptions', action: 'drop_after' }])
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent()).catch(() => {})
    expect(ours(rig)).toHaveLength(1)
    await run(rig)
    expect(ours(rig)).toEqual([])
  })
})

describe('disconnect() that fails', () => {
  test('disconnect() stops at a webhook that cannot be deleted, says what is left, and goes on when run again', async () => {
    const rig = await connected()
    const uris = ours(rig)
    rig.emulator.control.addFaults([
      {
        method: 'DELETE',
        path: '*',
        times: null,
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'You do not have permission' },
      },
    ])
    const stopped = await run(rig)
    expect(stopped).toEqual({
      account: 'sales',
      webhooksDeleted: [],
      webhooksHandedOver: [],
      tokensRevoked: [],
      cleared: false,
      left: [...uris, 'refresh_token', 'access_token', 'stored_tokens'],
      error: expect.objectContaining({ code: 'CALENDLY_FORBIDDEN' }),
    })
    expect((await rig.get('sales')).isActive).toBe(true)
    rig.emulator.control.faults.clear()
    expect(await run(rig)).toMatchObject({ webhooksDeleted: uris, tokensRevoked: ['refresh', 'access'], cleared: true, left: [] })
  })

  test('disconnect() stops at the refresh token and goes on there when run again', async () => {
    const rig = await connected()
    rig.emulator.control.addFaults([{ path: '/oauth/revoke', action: 'status', status: 503, times: null }])
    expect(await run(rig)).toMatchObject({
      tokensRevoked: [],
      cleared: false,
      left: ['refresh_token', 'access_token', 'stored_tokens'],
      error: { exit: 'unreachable' },
    })
    rig.emulator.control.faults.clear()
    rig.requests()
    expect(await run(rig)).toMatchObject({ webhooksDeleted: [], tokensRevoked: ['refresh', 'access'], cleared: true, left: [] })
    expect(rig.requests()).toEqual(['POST /oauth/revoke', 'POST /oauth/revoke'])
  })

  test('disconnect() stops between the two tokens and goes on when run again', async () => {
    const rig = await connected()
    rig.emulator.control.addFaults([{ path: '/oauth/revoke', after: 1, action: 'status', status: 503 }])
    expect(await run(rig)).toMatchObject({ tokensRevoked: ['refresh'], cleared: false, left: ['access_token', 'stored_tokens'] })
    expect(await run(rig)).toMatchObject({ tokensRevoked: ['refresh', 'access'], cleared: true, left: [] })
  })

  test('disconnect() of a native client that may not revoke keeps the tokens and names the way out', async () => {
    const rig = await connected({ native: true, switches: { revoke_secret_required: true } })
    const stopped = await run(rig)
    expect({ cleared: stopped.cleared, left: stopped.left, hint: String(stopped.error?.hint) }).toEqual({
      cleared: false,
      left: ['refresh_token', 'access_token', 'stored_tokens'],
      hint: expect.stringContaining('disconnect sales --force-local'),
    })
    expect((await rig.get('sales')).refreshToken).not.toBeNull()
    expect(await run(rig, FORCE)).toMatchObject({ cleared: true, left: ['refresh_token', 'access_token'] })
    expect((await rig.get('sales')).refreshToken).toBeNull()
  })

  test('disconnect() of a dead connection with webhooks leaves all as it is and says what is left', async () => {
    const rig = await connected()
    const uris = ours(rig)
    rig.emulator.control.revokeTokens()
    const stopped = await run(rig)
    expect(stopped.error === undefined ? null : String(stopped.error.hint)).toBe('calreconnect connect --name sales')
    expect(stopped).toMatchObject({
      cleared: false,
      tokensRevoked: [],
      left: [...uris, 'refresh_token', 'access_token', 'stored_tokens'],
      error: { code: 'NEEDS_CONNECT' },
    })
    expect(await rig.store.subscriptions.signingKeys()).toHaveLength(1)
  })

  test('disconnect() --force-local of a dead connection names the webhooks that stay', async () => {
    const rig = await connected()
    const uris = ours(rig)
    rig.emulator.control.revokeTokens()
    await errorOf(tokenOf(rig.deps, 'sales', 100 * 7_200_000))
    expect(await run(rig, FORCE)).toMatchObject({ webhooksDeleted: [], cleared: true, left: uris, error: { code: 'NEEDS_CONNECT' } })
    expect((await rig.get('sales')).isActive).toBe(false)
  })

  test('disconnect() --force-local with Calendly unreachable clears all the same and names everything', async () => {
    const rig = await connected()
    const uris = ours(rig)
    rig.emulator.control.addFaults([{ times: null, action: 'status', status: 503 }])
    expect(await run(rig, FORCE)).toMatchObject({ cleared: true, tokensRevoked: [], left: [...uris, 'refresh_token', 'access_token'] })
  })

  test('disconnect() with Calendly unreachable changes nothing', async () => {
    const rig = await connected()
    const before = await rig.get('sales')
    rig.emulator.control.addFaults([{ times: null, action: 'status', status: 503 }])
    expect(await run(rig)).toMatchObject({
      cleared: false,
      tokensRevoked: [],
      left: [...ours(rig), 'refresh_token', 'access_token', 'stored_tokens'],
      error: { exit: 'unreachable' },
    })
    expect(await rig.get('sales')).toEqual(before)
  })

  test('disconnect() whose lists fail finds its webhooks one by one', async () => {
    const rig = await connected()
    const uris = ours(rig)
    rig.emulator.control.addFaults([{ method: 'GET', path: '/webhook_subscriptions', times: null, action: 'status', status: 503 }])
    expect(await run(rig)).toMatchObject({ webhooksDeleted: uris, cleared: true, left: [] })
  })

  test('disconnect() that cannot look for a create without an answer keeps the tokens and names its URL', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([
      { method: 'POST', path: '/webhook_subscriptions', action: 'drop_after' },
      // The two lists before the plan and the two under the lock are read; after the POST none is.
      { method: 'GET', path: '/webhook_subscriptions', after: 4, times: null, action: 'status', status: 503 },
    ])
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent()).catch(() => {})
    const [made] = rig.emulator.control.subscriptions()
    expect(await run(rig)).toMatchObject({
      cleared: false,
      tokensRevoked: [],
      left: [made?.callbackUrl, 'refresh_token', 'access_token', 'stored_tokens'],
    })
    rig.emulator.control.faults.clear()
    expect(await run(rig)).toMatchObject({ webhooksDeleted: [made?.uri], cleared: true, left: [] })
  })

  test('disconnect() does what can be done when one of several webhooks cannot be deleted', async () => {
    const rig = await connected()
    const session = await sessionOf(rig.deps, await rig.get('sales'))
    const second = { callbackUrl: 'https://second.example.com/', events: ['invitee.created'], scope: 'user', group: null } as const
    const input = { wanted: second, signingKey: null, dryRun: false }
    await createWebhook(rig.deps, session, await prepareCreate(rig.deps, session, second), input)
    const [first = '', other = ''] = ours(rig)
    rig.emulator.control.addFaults([
      { method: 'DELETE', path: `*${first.slice(-36)}`, times: null, action: 'status', status: 403, body: REFUSED },
    ])
    expect(await run(rig)).toMatchObject({
      webhooksDeleted: [other],
      tokensRevoked: [],
      cleared: false,
      left: [first, 'refresh_token', 'access_token', 'stored_tokens'],
    })
    rig.emulator.control.faults.clear()
    expect(await run(rig)).toMatchObject({ webhooksDeleted: [first], cleared: true, left: [] })
  })
})

describe('disconnect before it acts', () => {
  test('foreseen() lists what would be deleted, revoked and forgotten, and changes nothing', async () => {
    const rig = await connected()
    const prepared = await prepareDisconnect(rig.deps, await rig.get('sales'), INPUT)
    const uris = ours(rig)
    expect(await foreseen(rig.deps, prepared)).toMatchObject({
      webhooksDeleted: [],
      cleared: false,
      left: [...uris, 'refresh_token', 'access_token', 'stored_tokens'],
    })
    expect((await foreseen(rig.deps, prepared)).plan?.steps.map(({ action, why, uri }) => ({ action, why, uri }))).toEqual([
      { action: 'delete', why: 'superseded', uri: uris[0] },
    ])
    expect(mutations(rig)).toEqual([])
  })

  test('prepareDisconnect() does not take a locked store for a webhook that is out of reach', async () => {
    const rig = await connected()
    const hold = async () => {
      throw new CalreconnectError('STORE_LOCKED', 'Another process is at it')
    }
    const before = await rig.get('sales')
    const expired = rig.other({ lock: { hold }, clock: movedClock(Date.now() + 100 * 7_200_000) })
    expect((await errorOf(prepareDisconnect(expired, before, INPUT))).code).toBe('STORE_LOCKED')
  })

  test('disconnectMany() begins nothing more after Ctrl-C', async () => {
    const rig = await connected()
    const before = await rig.get('sales')
    const prepared = await prepareMany(rig.deps, await rig.store.connections.list(), INPUT)
    rig.requests()
    const stopped = rig.other({ interruption: interruptedBy(AbortSignal.abort()) })
    expect(await errorOf(disconnectMany(stopped, prepared, INPUT))).toMatchObject({
      code: 'INTERRUPTED',
      message: 'Interrupted; 1 accounts are left',
    })
    expect([rig.requests(), await rig.get('sales')]).toEqual([[], before])
  })

  test('disconnectMany() goes on with the others when one cannot be prepared', async () => {
    const rig = await connected({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'user' },
        ],
      },
    })
    await rig.connected('ben', { user: 'ben@example.com', role: 'user' })
    rig.emulator.control.revokeTokens({ user: 'ada@example.com' })
    const prepared = await prepareMany(rig.deps, await rig.store.connections.list(), INPUT)
    const { results } = await disconnectMany(rig.deps, prepared, INPUT)
    expect(results.map(({ account, cleared, error }) => ({ account, cleared, code: error?.code }))).toEqual([
      { account: 'sales', cleared: false, code: 'NEEDS_CONNECT' },
      { account: 'ben', cleared: true, code: undefined },
    ])
  })
})
