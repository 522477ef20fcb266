// `status` and `accounts` against the emulator and a real store.

import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { chooseConnections, listAccounts, renameAccount, useAccount } from '../../../src/operations/accounts/accounts.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { status, statusProblem } from '../../../src/operations/accounts/status.ts'
import { accountRig, CONNECT, errorOf, type Rig, tokenOf, wanting } from '../../support/accounts.ts'

const rigs: Rig[] = []
async function rigOf(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await accountRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const remoteOf = async (rig: Rig, name = 'sales') => (await status(rig.deps, [await rig.get(name)], { remote: true })).accounts[0]?.remote

describe('status()', () => {
  test('status() of an empty store is an empty list', async () => {
    const rig = await rigOf()
    expect(await status(rig.deps, [], { remote: true })).toEqual({ accounts: [] })
  })

  test('status() asks Calendly nothing and shows no secret', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    rig.requests()
    const stored = await rig.get('sales')
    const text = JSON.stringify(await status(rig.deps, [stored], { remote: false }))
    expect({
      requests: rig.requests(),
      leaks: [stored.accessToken, stored.refreshToken].some((token) => text.includes(token?.reveal() ?? '-')),
    }).toEqual({
      requests: [],
      leaks: false,
    })
  })

  test('status() --remote introspects and never refreshes, even when the token has expired', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    expect(await remoteOf(rig)).toMatchObject({ active: true, checkedBy: 'introspection', error: null })
    rig.emulator.control.expireAccessTokens()
    expect(await remoteOf(rig)).toMatchObject({ active: false, checkedBy: 'introspection', error: null })
    expect(rig.requests()).not.toContain('POST /oauth/token')
  })

  test('status() --remote of a native client, which may not introspect, asks for the user', async () => {
    const rig = await rigOf({ native: true })
    await rig.connected('sales')
    expect(await remoteOf(rig)).toMatchObject({ active: true, checkedBy: 'users_me', error: null })
    rig.emulator.control.revokeTokens()
    expect(await remoteOf(rig)).toMatchObject({ active: false, checkedBy: 'users_me', error: null })
  })

  test('status() --remote of another client’s token does not trust introspection', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { clientId: rig.emulator.info.nativeClientId })
    expect(await remoteOf(rig)).toMatchObject({ active: true, checkedBy: 'users_me', error: null })
  })

  test('status() --remote of a personal access token asks for the user', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, name: 'sales' }, { kind: 'token', token: new Secret(rig.emulator.info.personalAccessToken) })
    expect(await remoteOf(rig)).toMatchObject({ active: true, checkedBy: 'users_me', error: null })
  })

  test('status() --remote that cannot reach Calendly says why and still shows the rest', async () => {
    const rig = await rigOf()
    await rig.connected('sales')
    rig.emulator.control.addFaults([{ times: null, action: 'status', status: 502 }])
    expect(await remoteOf(rig)).toMatchObject({ active: null, error: { exit: 'unreachable' } })
  })

  test('status() --remote shows what has become of the webhook', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    const [made] = rig.emulator.control.subscriptions()
    rig.emulator.control.setSubscription(made?.uri ?? '', { state: 'disabled', retryStartedAt: '2026-11-21T10:00:00.000000Z' })
    const { accounts } = await status(rig.deps, [await rig.get('sales')], { remote: true })
    expect(accounts[0]?.webhook).toMatchObject({ state: 'disabled', retryStartedAt: '2026-11-21T10:00:00.000000Z', signingKeyStored: true })
  })

  const WEBHOOK = '/webhook_subscriptions/*'
  test.each<[string, (rig: Rig, uri: string) => void, Record<string, unknown>]>([
    ['that is there', () => {}, { state: 'active', webhookError: null, role: 'owner' }],
    ['deleted by hand, or after a 410', (rig, uri) => rig.emulator.control.removeSubscription(uri), { state: 'gone', webhookError: null }],
    [
      'that may not be read any more',
      (rig) => rig.emulator.control.setRole('ada@example.com', 'user'),
      { state: 'unknown', webhookError: { code: 'CALENDLY_FORBIDDEN' }, role: 'user' },
    ],
    [
      'while Calendly is down',
      (rig) => rig.emulator.control.addFaults([{ method: 'GET', path: WEBHOOK, times: null, action: 'status', status: 503 }]),
      { state: 'unknown', webhookError: { exit: 'unreachable' } },
    ],
    [
      'while the connection breaks',
      (rig) => rig.emulator.control.addFaults([{ method: 'GET', path: WEBHOOK, times: null, action: 'drop_before' }]),
      { state: 'unknown', webhookError: { exit: 'unreachable' } },
    ],
    [
      'whose token is dead',
      (rig) => rig.emulator.control.revokeTokens(),
      { state: 'unknown', webhookError: null, role: null, organizationUri: null },
    ],
    [
      'of somebody who was removed',
      (rig) => rig.emulator.control.removeMember('ada@example.com'),
      { state: 'unknown', webhookError: { code: 'CALENDLY_FORBIDDEN' }, role: null },
    ],
  ])('status() --remote of a webhook %s says what Calendly says, never what is believed', async (_what, mishap, expected) => {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'admin' },
        ],
      },
    })
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    const before = await rig.get('sales')
    mishap(rig, before.webhookUri ?? '')
    const [entry] = (await status(rig.deps, [before], { remote: true })).accounts
    expect({ ...entry?.remote, state: entry?.webhook?.state }).toMatchObject(expected)
    expect(await rig.get('sales')).toEqual(before)
  })

  test('status() --remote of somebody in another organization takes a 404 for no proof', async () => {
    const rig = await rigOf({
      seed: {
        organizations: [{ name: 'Old' }, { name: 'New' }],
        users: [
          { email: 'ada@example.com', role: 'owner', organization: 'Old' },
          { email: 'ben@example.com', role: 'owner', organization: 'New' },
        ],
      },
    })
    await rig.connected('sales', { user: 'ada@example.com' })
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    const { webhookUri } = await rig.get('sales')
    const moved = await rig.store.connections.update('sales', { organizationUri: 'https://api.calendly.com/organizations/BEFORE' })
    rig.emulator.control.removeSubscription(webhookUri ?? '')
    const [entry] = (await status(rig.deps, [moved], { remote: true })).accounts
    expect([entry?.webhook?.state, entry?.remote?.webhookError?.code]).toEqual(['unknown', 'CALENDLY_NOT_FOUND'])
  })

  test('statusProblem() is NEEDS_CONNECT for a connection that is dead or disconnected, else null', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    expect(statusProblem(await rig.get('sales'))).toBeNull()
    rig.emulator.control.revokeTokens()
    await errorOf(tokenOf(rig.deps, 'sales'))
    expect(statusProblem(await rig.get('sales'))).toMatchObject({
      code: 'NEEDS_CONNECT',
      exit: 'auth',
      hint: 'calreconnect connect --name sales',
    })
    await rig.store.connections.clear('sales')
    expect(statusProblem(await rig.get('sales'))).toMatchObject({ code: 'NEEDS_CONNECT' })
  })
})

describe('accounts', () => {
  async function two(): Promise<Rig> {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'user' },
        ],
      },
    })
    await rig.connected('one', { user: 'ada@example.com' })
    await rig.connected('two', { user: 'ben@example.com', role: 'user' })
    return rig
  }

  test('listAccounts() lists all and marks the one in use', async () => {
    const rig = await two()
    await useAccount(rig.deps, 'ben@')
    const { accounts } = await listAccounts(rig.deps)
    expect(accounts.map(({ name, inUse }) => [name, inUse])).toEqual([
      ['one', false],
      ['two', true],
    ])
  })

  test('useAccount() of nobody is ACCOUNT_UNKNOWN and changes nothing', async () => {
    const rig = await two()
    expect(await errorOf(useAccount(rig.deps, 'three'))).toMatchObject({ code: 'ACCOUNT_UNKNOWN', exit: 'auth' })
    expect(await rig.store.connections.inUse()).toBeNull()
  })

  test('renameAccount() keeps tokens, webhook and being in use', async () => {
    const rig = await rigOf()
    await connect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting() }, rig.consent())
    await useAccount(rig.deps, 'sales')
    const { account, previousName } = await renameAccount(rig.deps, 'sales', 'marketing')
    expect({ previousName, name: account.name, inUse: account.inUse, key: account.webhook?.signingKeyStored }).toEqual({
      previousName: 'sales',
      name: 'marketing',
      inUse: true,
      key: true,
    })
    await tokenOf(rig.deps, 'marketing')
  })

  test('renameAccount() to a name that is taken, or to none, is refused', async () => {
    const rig = await two()
    expect(await errorOf(renameAccount(rig.deps, 'one', 'two'))).toMatchObject({ code: 'ACCOUNT_EXISTS', exit: 'usage' })
    expect(await errorOf(renameAccount(rig.deps, 'one', '~x'))).toMatchObject({ code: 'USAGE' })
  })

  test('chooseConnections() takes each once, in the order given; all with all', async () => {
    const rig = await two()
    const chosen = async (choice: Parameters<typeof chooseConnections>[1]) =>
      (await chooseConnections(rig.deps, choice)).map(({ name }) => name)
    expect(await chosen({ names: ['two', 'one', 'ben@example.com'], all: null, query: null })).toEqual(['two', 'one'])
    expect(await chosen({ names: [], all: 'stored', query: null })).toEqual(['one', 'two'])
    expect(await chosen({ names: [], all: null, query: 'ada' })).toEqual(['one'])
    expect(await errorOf(chosen({ names: [], all: null, query: null }))).toMatchObject({ code: 'ACCOUNT_AMBIGUOUS' })
  })
})
