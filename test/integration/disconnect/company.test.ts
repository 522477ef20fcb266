// `disconnect` with two of everything: nothing of anybody else's goes, and each is asked for with what is its own.

import { afterEach, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { sessionOf } from '../../../src/operations/connect/webhook.ts'
import { disconnect } from '../../../src/operations/disconnect/disconnect.ts'
import { disconnectMany, prepareMany } from '../../../src/operations/disconnect/many.ts'
import { type DisconnectInput, prepareDisconnect } from '../../../src/operations/disconnect/prepare.ts'
import { observe } from '../../../src/operations/observe/observe.ts'
import { accountRig, CONNECT, errorOf, type Rig, wanting } from '../../support/accounts.ts'
import { interruptedBy } from '../../support/interruption.ts'

const INPUT: DisconnectInput = { keepWebhooks: false, forceLocal: false }
const FORCE: DisconnectInput = { keepWebhooks: false, forceLocal: true }
const FOREIGN = 'https://foreign.example.com/'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

/** Ada and Ben, both of whom may do everything in one organization, and a subscription that neither has made. */
async function adaAndBen(urls: Readonly<Record<'ada' | 'ben', string>>): Promise<Rig> {
  const rig = await accountRig({
    seed: {
      users: [
        { email: 'ada@example.com', role: 'owner' },
        { email: 'ben@example.com', role: 'admin' },
      ],
      subscriptions: [{ callback_url: FOREIGN }],
    },
  })
  rigs.push(rig)
  for (const name of ['ada', 'ben'] as const) {
    await rig.connected(name, { user: `${name}@example.com`, role: name === 'ada' ? 'owner' : 'admin' })
    await connect(rig.deps, { ...CONNECT, name, wanted: wanting({ callbackUrl: urls[name] }) }, rig.consent())
  }
  rig.requests()
  return rig
}
const APART = { ada: 'https://hooks.example.com/ada', ben: 'https://hooks.example.com/ben' }
const TOGETHER = { ada: 'https://hooks.example.com/both', ben: 'https://hooks.example.com/both' }

const urlsThere = (rig: Rig): string[] =>
  rig.emulator.control
    .subscriptions()
    .map(({ callbackUrl }) => callbackUrl)
    .toSorted()

function uriOf(rig: Rig, url: string): string {
  return rig.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === url)?.uri ?? ''
}

test('disconnect() leaves what others made although its key was given here, and what another connection has', async () => {
  const rig = await adaAndBen(APART)
  const { observed } = await observe(rig.deps, await sessionOf(rig.deps, await rig.get('ada')))
  const foreign = observed.find(({ callbackUrl }) => callbackUrl === FOREIGN)
  if (foreign === undefined) throw new Error('nothing foreign')
  await rig.store.subscriptions.keep(foreign, { account: 'ada', origin: 'key_added', signingKey: new Secret('given') })
  const own = uriOf(rig, APART.ada)
  const result = await disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get('ada'), INPUT), INPUT)
  expect(result).toMatchObject({ webhooksDeleted: [own], webhooksHandedOver: [], cleared: true, left: [] })
  expect(urlsThere(rig)).toEqual([FOREIGN, APART.ben])
  expect((await rig.get('ben')).isActive).toBe(true)
})

test('disconnect() says which of its own stay with --keep-webhooks, and nobody else’s', async () => {
  const rig = await adaAndBen(APART)
  const keep = { keepWebhooks: true, forceLocal: false }
  const own = uriOf(rig, APART.ada)
  const [keeping, leaving] = [keep, INPUT].map((input) => rig.get('ada').then((ada) => prepareDisconnect(rig.deps, ada, input)))
  expect([(await keeping)?.staying, (await leaving)?.staying]).toEqual([[own], []])
  await disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get('ada'), keep), keep)
  expect((await prepareDisconnect(rig.deps, await rig.get('ada'), INPUT)).work).toBeNull()
  expect(urlsThere(rig)).toEqual([FOREIGN, APART.ada, APART.ben])
})

test('disconnect() revokes each pair as the app that it was issued to', async () => {
  const rig = await adaAndBen(APART)
  await rig.store.connections.update('ben', { desired: null })
  const asked: (string | null | undefined)[] = []
  const deps = rig.other({
    oauth: async (what) => {
      asked.push(what?.issuedTo)
      return rig.oauth()
    },
  })
  for (const name of ['ada', 'ben']) {
    const connection = { ...(await rig.get(name)) }
    const prepared = await prepareDisconnect(deps, connection, INPUT)
    await disconnect(deps, prepared, INPUT)
    expect(new Set(asked.splice(0))).toEqual(new Set([connection.clientId]))
  }
})

test('disconnect() without an OAuth app is refused before anything is done, but for --force-local', async () => {
  const rig = await adaAndBen(APART)
  const deps = rig.other({
    oauth: async () => {
      throw new CalreconnectError('SETTING_MISSING', 'CALENDLY_CLIENT_ID is not set')
    },
  })
  expect((await errorOf(prepareDisconnect(deps, await rig.get('ada'), INPUT))).code).toBe('SETTING_MISSING')
  expect(rig.requests()).toEqual([])
  const forced = await disconnect(deps, await prepareDisconnect(deps, await rig.get('ada'), FORCE), FORCE)
  expect(forced).toMatchObject({ tokensRevoked: [], cleared: true, left: ['refresh_token', 'access_token'] })
})

test('disconnectMany() begins with those who can reach what they share, so that nothing is left for those who cannot', async () => {
  const rig = await adaAndBen(TOGETHER)
  const uri = uriOf(rig, TOGETHER.ada)
  rig.emulator.control.setRole('ada@example.com', 'user')
  const connections = [await rig.get('ada'), await rig.get('ben')]
  const { results } = await disconnectMany(rig.deps, await prepareMany(rig.deps, connections, INPUT), INPUT)
  expect(results.map(({ account, webhooksDeleted, left, cleared }) => ({ account, webhooksDeleted, left, cleared }))).toEqual([
    { account: 'ada', webhooksDeleted: [], left: [], cleared: true },
    { account: 'ben', webhooksDeleted: [uri], left: [], cleared: true },
  ])
  expect(urlsThere(rig)).toEqual([FOREIGN])
})

test('disconnectMany() that is interrupted between two says how many are left, and has not touched them', async () => {
  const rig = await adaAndBen(APART)
  const stop = new AbortController()
  const oauth = rig.oauth()
  let revoked = 0
  const deps = rig.other({
    interruption: interruptedBy(stop.signal),
    oauth: async () => ({
      ...oauth,
      revoke: async (token) => {
        await oauth.revoke(token)
        revoked += 1
        if (revoked === 2) stop.abort()
      },
    }),
  })
  const ben = await rig.get('ben')
  const prepared = await prepareMany(rig.deps, [await rig.get('ada'), ben], INPUT)
  expect(await errorOf(disconnectMany(deps, prepared, INPUT))).toMatchObject({
    code: 'INTERRUPTED',
    message: 'Interrupted; 1 accounts are left',
  })
  expect([urlsThere(rig), (await rig.get('ada')).isActive, await rig.get('ben')]).toEqual([[FOREIGN, APART.ben], false, ben])
})
