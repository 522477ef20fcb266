// `disconnect` of somebody who was demoted, moved, removed or promoted since: what can be done is done, what stays is named with who
// may remove it, and it ends.

import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../../../src/operations/connect/connect.ts'
import { disconnect, type DisconnectResult } from '../../../src/operations/disconnect/disconnect.ts'
import { prepareDisconnect } from '../../../src/operations/disconnect/prepare.ts'
import { changeUser } from '../../../src/emulator/control/people.ts'
import { accountRig, CONNECT, type Rig, wanting } from '../../support/accounts.ts'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const INPUT = { keepWebhooks: false, forceLocal: false }
const ROBIN = 'robin@old.example'

/** Robin, owner in Old, connected with a webhook of organization scope; Kim, an admin there, and Pat, owner of New, besides. */
async function robinConnected(): Promise<{ readonly rig: Rig; readonly uri: string }> {
  const rig = await accountRig({
    seed: {
      organizations: [{ name: 'Old' }, { name: 'New' }],
      users: [
        { email: ROBIN, role: 'owner', organization: 'Old' },
        { email: 'kim@old.example', role: 'admin', organization: 'Old' },
        { email: 'pat@new.example', role: 'owner', organization: 'New' },
      ],
    },
  })
  rigs.push(rig)
  await connect(rig.deps, { ...CONNECT, name: 'robin', wanted: wanting() }, rig.consent())
  await rig.connected('kim', { user: 'kim@old.example', role: 'admin' })
  await rig.connected('pat', { user: 'pat@new.example', role: 'owner' })
  rig.requests()
  return { rig, uri: rig.emulator.control.subscriptions()[0]?.uri ?? '' }
}

async function leave(rig: Rig): Promise<DisconnectResult> {
  return disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get('robin'), INPUT), INPUT)
}

const control = (rig: Rig) => rig.emulator.control

describe('disconnect() of somebody who changed', () => {
  test.each<[string, (rig: Rig) => unknown, string, string]>([
    ['demoted', (rig) => control(rig).setRole(ROBIN, 'user'), 'role', 'demoted'],
    ['moved to another organization', (rig) => control(rig).moveUser(ROBIN, 'New', 'admin'), 'organization', 'moved'],
    ['removed from the organization', (rig) => control(rig).removeMember(ROBIN), 'removed', 'removed'],
  ])(
    'disconnect() of somebody %s revokes and clears all the same, and says what stays and who may remove it',
    async (_what, happen, kind, why) => {
      const { rig, uri } = await robinConnected()
      const { organizationUri } = await rig.get('robin')
      happen(rig)
      const result = await leave(rig)
      expect(result).toMatchObject({
        webhooksDeleted: [],
        tokensRevoked: ['refresh', 'access'],
        cleared: true,
        left: [uri],
        change: { kind },
      })
      expect(result.stranded).toMatchObject([{ uri, organizationUri, why }])
      expect(String(result.stranded?.[0]?.command)).toBe(`calreconnect --account kim webhooks delete ${uri}`)
      expect((await rig.get('robin')).isActive).toBe(false)
      // Asked once, not again and again.
      expect(rig.requests().filter((request) => request === 'GET /users/me')).toHaveLength(1)
      expect(await leave(rig)).toMatchObject({ cleared: true, left: [] })
    },
  )

  test('disconnect() of somebody demoted earlier, as is stored already, comes to the same end', async () => {
    const { rig, uri } = await robinConnected()
    control(rig).setRole(ROBIN, 'user')
    await rig.store.connections.update('robin', { role: 'user' })
    expect(await leave(rig)).toMatchObject({ cleared: true, left: [uri], stranded: [{ why: 'demoted' }] })
  })

  test('disconnect() of somebody demoted whom nobody stored here can help says who could', async () => {
    const { rig, uri } = await robinConnected()
    control(rig).setRole(ROBIN, 'user')
    await rig.store.connections.clear('kim')
    expect(await leave(rig)).toMatchObject({ left: [uri], stranded: [{ command: null }] })
  })

  test('disconnect() of somebody promoted since deletes what could not be listed before', async () => {
    const { rig, uri } = await robinConnected()
    await rig.store.connections.update('robin', { role: 'user' })
    const result = await leave(rig)
    expect(result).toMatchObject({ webhooksDeleted: [uri], cleared: true, left: [] })
    expect(result.stranded).toBeUndefined()
  })

  test('disconnect() of somebody who is in both organizations deletes in both', async () => {
    const { rig, uri } = await robinConnected()
    control(rig).add({ memberships: [{ user: ROBIN, organization: 'New', role: 'admin' }] })
    changeUser(control(rig).world, ROBIN, {
      currentOrganization: [...control(rig).state.organizations.values()].find(({ name }) => name === 'New')?.uri ?? '',
    })
    await connect(rig.deps, { ...CONNECT, name: 'robin', wanted: wanting({ callbackUrl: 'https://hooks.example.com/new' }) }, rig.consent())
    expect(await leave(rig)).toMatchObject({ cleared: true, left: [] })
    expect(control(rig).subscriptions()).toEqual([])
    expect(uri).not.toBe('')
  })

  test('disconnect() of somebody whose account is gone keeps the dead tokens until told to forget them', async () => {
    const { rig, uri } = await robinConnected()
    control(rig).removeUser(ROBIN)
    expect(await leave(rig)).toMatchObject({
      cleared: false,
      left: [uri, 'refresh_token', 'access_token', 'stored_tokens'],
      error: { exit: 'auth' },
    })
    const force = { ...INPUT, forceLocal: true }
    const forced = await disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get('robin'), force), force)
    expect(forced).toMatchObject({ cleared: true, left: [uri] })
  })

  test('disconnect() refused for a reason that nothing explains keeps the tokens', async () => {
    const { rig, uri } = await robinConnected()
    const body = { title: 'Permission Denied', message: 'You do not have permission' }
    control(rig).addFaults([{ path: '/webhook_subscriptions*', times: null, action: 'status', status: 403, body }])
    expect(await leave(rig)).toMatchObject({
      cleared: false,
      tokensRevoked: [],
      left: [uri, 'refresh_token', 'access_token', 'stored_tokens'],
    })
  })
})
