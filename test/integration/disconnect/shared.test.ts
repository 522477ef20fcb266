// Connections that want the same URL and scope in one organization share one subscription: whoever comes or goes, the others'
// deliveries go on, under a key that is stored, and every command says so.

import { afterEach, describe, expect, test } from 'vitest'
import { audit } from '../../../src/operations/audit/audit.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { reconnectMany } from '../../../src/operations/connect/reconnect.ts'
import { sessionOf } from '../../../src/operations/connect/webhook.ts'
import { disconnectMany, prepareMany } from '../../../src/operations/disconnect/many.ts'
import type { DisconnectInput } from '../../../src/operations/disconnect/prepare.ts'
import { status } from '../../../src/operations/accounts/status.ts'
import { prepareRecreate, recreate } from '../../../src/operations/webhooks/recreate.ts'
import type { WantedWebhook } from '../../../src/core/connection/desired.ts'
import { accountRig, CONNECT, type Rig, wanting } from '../../support/accounts.ts'
import { HOOK } from '../../support/connected.ts'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const INPUT: DisconnectInput = { keepWebhooks: false, forceLocal: false }
const EVENTS = ['invitee.created', 'invitee.canceled']

/** Robin, Kim and Lee are of one organization and Sam is of another; all of them can make organization-scope webhooks. */
async function office(): Promise<Rig> {
  const rig = await accountRig({
    seed: {
      organizations: [{ name: 'Acme' }, { name: 'Other' }],
      users: [
        { email: 'robin@acme.example', role: 'owner', organization: 'Acme' },
        { email: 'kim@acme.example', role: 'admin', organization: 'Acme' },
        { email: 'lee@acme.example', role: 'admin', organization: 'Acme' },
        { email: 'sam@other.example', role: 'owner', organization: 'Other' },
      ],
    },
  })
  rigs.push(rig)
  return rig
}

async function join(rig: Rig, name: string, wanted: Partial<WantedWebhook> = {}): Promise<void> {
  const user = name === 'sam' ? 'sam@other.example' : `${name}@acme.example`
  await rig.connected(name, { user, role: name === 'kim' || name === 'lee' ? 'admin' : 'owner' })
  await connect(rig.deps, { ...CONNECT, name, wanted: wanting(wanted) }, rig.consent())
}

async function sharing(...names: readonly string[]): Promise<Rig> {
  const rig = await office()
  for (const name of names) await join(rig, name)
  rig.requests()
  return rig
}

async function leave(rig: Rig, names: readonly string[], input: DisconnectInput = INPUT) {
  const connections = await Promise.all(names.map((name) => rig.get(name)))
  const { results } = await disconnectMany(rig.deps, await prepareMany(rig.deps, connections, input), input)
  return results
}

const there = (rig: Rig) => rig.emulator.control.subscriptions()
const urisOf = (rig: Rig): string[] => there(rig).map(({ uri }) => uri)

/** What each connection is told: its webhook, whether the key is known, and what the audit finds. */
async function told(rig: Rig, ...names: readonly string[]): Promise<Record<string, unknown>> {
  const { accounts } = await status(rig.deps, await Promise.all(names.map((name) => rig.get(name))), { remote: true })
  const rows: Record<string, unknown> = {}
  for (const { name, webhook } of accounts) {
    const session = await sessionOf(rig.deps, await rig.get(name))
    const report = await audit({ store: rig.store, progress: rig.deps.progress }, session, {
      failOn: 'warning',
      totalMax: null,
      perUrlMax: null,
      allowHosts: [],
    })
    rows[name] = {
      uri: webhook?.uri,
      state: webhook?.state,
      key: webhook?.signingKeyStored,
      found: report.result.findings.map(({ code }) => code),
    }
  }
  return rows
}

const fine = (uri: string | undefined) => ({ uri, state: 'active', key: true, found: [] })

async function reconnectAll(rig: Rig) {
  const all = await rig.store.connections.list()
  const { results } = await reconnectMany(
    rig.deps,
    all.filter(({ isActive }) => isActive),
    { wanted: { callbackUrl: null, events: null, scope: null, group: null }, dryRun: false, concurrency: 4 },
    null,
  )
  return results.map(({ account, applied, failed, error }) => ({
    account,
    applied: applied.length,
    failed: failed.length,
    error: error?.code,
  }))
}

const untouched = (...names: readonly string[]) => names.map((account) => ({ account, applied: 0, failed: 0, error: undefined }))

describe('a shared subscription', () => {
  test('a shared subscription is made once, and status, audit and reconnect --all agree on it for everybody', async () => {
    const rig = await sharing('robin', 'kim', 'lee', 'sam')
    const [ofAcme, ofOther] = urisOf(rig)
    expect(there(rig)).toHaveLength(2)
    expect(await told(rig, 'robin', 'kim', 'lee', 'sam')).toEqual({
      robin: fine(ofAcme),
      kim: fine(ofAcme),
      lee: fine(ofAcme),
      sam: fine(ofOther),
    })
    expect(await reconnectAll(rig)).toEqual(untouched('robin', 'kim', 'lee', 'sam'))
    expect(urisOf(rig)).toEqual([ofAcme, ofOther])
  })

  test('a shared subscription is made once by reconnect --all, although both begin with nothing', async () => {
    const rig = await office()
    const desired = { callbackUrl: HOOK, events: EVENTS, scope: 'organization', group: null } as const
    for (const name of ['robin', 'kim', 'lee']) {
      await rig.connected(name, { user: `${name}@acme.example`, role: 'admin' })
      await rig.store.connections.update(name, { desired })
    }
    await reconnectAll(rig)
    expect(there(rig)).toHaveLength(1)
    const [uri] = urisOf(rig)
    expect(await told(rig, 'robin', 'kim', 'lee')).toEqual({ robin: fine(uri), kim: fine(uri), lee: fine(uri) })
  })

  test.each([
    ['the one who made it first', ['robin', 'kim', 'lee']],
    ['the one who made it last', ['lee', 'kim', 'robin']],
    ['the one who made it in between', ['kim', 'robin', 'lee']],
  ])('a shared subscription goes on until the last has left: %s', async (_order, order) => {
    const rig = await sharing('robin', 'kim', 'lee', 'sam')
    const [uri] = urisOf(rig)
    const [first = '', second = '', last = ''] = order
    for (const [name, rest] of [
      [first, [second, last]],
      [second, [last]],
    ] as const) {
      const [result] = await leave(rig, [name])
      expect(result).toMatchObject({ webhooksDeleted: [], cleared: true, left: [], tokensRevoked: ['refresh', 'access'] })
      expect(result?.webhooksHandedOver).toMatchObject([{ uri, callbackUrl: HOOK, toNeedsConnect: false }])
      expect(rest).toContain(result?.webhooksHandedOver[0]?.to)
      expect(await told(rig, ...rest)).toEqual(Object.fromEntries(rest.map((one) => [one, fine(uri)])))
    }
    expect((await leave(rig, [last]))[0]).toMatchObject({ webhooksDeleted: [uri], webhooksHandedOver: [], cleared: true, left: [] })
    expect(
      there(rig).map(({ callbackUrl, organization }) => [callbackUrl, organization === (there(rig)[0]?.organization ?? '')]),
    ).toHaveLength(1)
    expect(await told(rig, 'sam')).toEqual({ sam: fine(urisOf(rig)[0]) })
  })

  test('a shared subscription whose other owner is dead stays, and says that somebody must connect again', async () => {
    const rig = await sharing('robin', 'kim', 'lee')
    const [uri] = urisOf(rig)
    const { tokenGeneration } = await rig.get('kim')
    await rig.store.connections.markNeedsConnect('kim', 'revoked', tokenGeneration, null)
    expect((await leave(rig, ['robin']))[0]?.webhooksHandedOver).toEqual([{ uri, callbackUrl: HOOK, to: 'lee', toNeedsConnect: false }])
    expect((await leave(rig, ['lee']))[0]?.webhooksHandedOver).toEqual([{ uri, callbackUrl: HOOK, to: 'kim', toNeedsConnect: true }])
    expect(urisOf(rig)).toEqual([uri])
    expect(await rig.store.subscriptions.signingKeys()).toHaveLength(1)
  })

  test('a shared subscription goes once when all who share it leave together', async () => {
    const rig = await sharing('robin', 'kim', 'sam')
    const [uri, ofOther] = urisOf(rig)
    const results = await leave(rig, ['robin', 'kim'])
    expect(results.map(({ webhooksDeleted, webhooksHandedOver, cleared }) => ({ webhooksDeleted, webhooksHandedOver, cleared }))).toEqual([
      { webhooksDeleted: [uri], webhooksHandedOver: [], cleared: true },
      { webhooksDeleted: [], webhooksHandedOver: [], cleared: true },
    ])
    expect(urisOf(rig)).toEqual([ofOther])
    expect(await rig.store.subscriptions.signingKeys()).toMatchObject([{ webhookUri: ofOther }])
  })

  test('a shared subscription stays with its key when one leaves with --keep-webhooks, and nobody keeps a copy', async () => {
    const rig = await sharing('robin', 'kim')
    const [uri] = urisOf(rig)
    const [result] = await leave(rig, ['robin'], { keepWebhooks: true, forceLocal: false })
    expect(result).toMatchObject({ cleared: true, left: [], webhooksHandedOver: [{ uri, to: 'kim' }] })
    expect((await rig.get('robin')).webhookUri).toBeNull()
    expect(await told(rig, 'kim')).toEqual({ kim: fine(uri) })
  })

  test('a shared subscription that is made anew by one is the others’ too', async () => {
    const rig = await sharing('robin', 'kim')
    const session = await sessionOf(rig.deps, await rig.get('kim'))
    await recreate(rig.deps, session, await prepareRecreate(rig.deps, session, { overlap: false }), { dryRun: false })
    const [uri] = urisOf(rig)
    expect(await told(rig, 'robin', 'kim')).toEqual({ robin: fine(uri), kim: fine(uri) })
    expect(await reconnectAll(rig)).toEqual(untouched('robin', 'kim'))
  })

  test('a shared subscription that is made anew with --overlap takes everybody along to its new URL', async () => {
    const rig = await sharing('robin', 'kim')
    const session = await sessionOf(rig.deps, await rig.get('robin'))
    await recreate(rig.deps, session, await prepareRecreate(rig.deps, session, { overlap: true }), { dryRun: false })
    const [uri] = urisOf(rig)
    expect(await reconnectAll(rig)).toEqual(untouched('robin', 'kim'))
    expect(there(rig).map(({ callbackUrl }) => callbackUrl)).toEqual([`${HOOK}?calreconnect=1`])
    expect(await told(rig, 'robin', 'kim')).toEqual({ robin: fine(uri), kim: fine(uri) })
  })

  test('a shared subscription has the events of all, and nobody replaces it by their own', async () => {
    const rig = await office()
    await join(rig, 'robin', { events: ['invitee.created'] })
    await join(rig, 'kim', { events: ['invitee.canceled'] })
    const [row] = there(rig)
    expect([there(rig).length, row?.events]).toEqual([1, ['invitee.canceled', 'invitee.created']])
    expect(await reconnectAll(rig)).toEqual(untouched('robin', 'kim'))
    expect(await told(rig, 'robin', 'kim')).toEqual({ robin: fine(row?.uri), kim: fine(row?.uri) })
    await leave(rig, ['kim'])
    await reconnectAll(rig)
    expect(there(rig).map(({ events }) => events)).toEqual([['invitee.created']])
  })

  test('a shared subscription stays where it is when one moves to another URL, and goes when the last has moved', async () => {
    const rig = await sharing('robin', 'kim')
    const [uri] = urisOf(rig)
    const elsewhere = 'https://hooks.example.com/robin'
    await connect(rig.deps, { ...CONNECT, name: 'robin', wanted: wanting({ callbackUrl: elsewhere }) }, rig.consent())
    expect(
      there(rig)
        .map(({ callbackUrl }) => callbackUrl)
        .sort(),
    ).toEqual([HOOK, elsewhere])
    expect(await told(rig, 'kim')).toMatchObject({ kim: fine(uri) })
    await connect(rig.deps, { ...CONNECT, name: 'kim', wanted: wanting({ callbackUrl: elsewhere }) }, rig.consent())
    expect(there(rig).map(({ callbackUrl }) => callbackUrl)).toEqual([elsewhere])
    expect(await reconnectAll(rig)).toEqual(untouched('robin', 'kim'))
  })

  test('a shared subscription follows a connection’s new name', async () => {
    const rig = await sharing('robin', 'kim')
    const [uri] = urisOf(rig)
    await rig.store.connections.rename('robin', 'rob')
    expect((await leave(rig, ['rob']))[0]?.webhooksHandedOver).toMatchObject([{ uri, to: 'kim' }])
    expect(urisOf(rig)).toEqual([uri])
  })
})
