// `reconnect` of somebody who was promoted, demoted, moved or removed since: what can be done is done, what stays in reach of others only
// is named, and whose tokens they are is never taken for granted.

import { afterEach, describe, expect, test } from 'vitest'
import { NOTHING_WANTED, type WantedWebhook } from '../../../src/core/connection/desired.ts'
import { changeUser } from '../../../src/emulator/control/people.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { reconnectOne } from '../../../src/operations/connect/reconnect.ts'
import { accountRig, CONNECT, errorOf, type Rig, wanting } from '../../support/accounts.ts'
import { HOOK } from '../../support/connected.ts'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const ROBIN = 'robin@old.example'
const USER_HOOK = 'https://hooks.example.com/robin'

/** Robin, admin in Old, connected with a webhook of organization scope; Kim, an admin there, and Pat, owner of New, besides. */
async function robinConnected(): Promise<{ readonly rig: Rig; readonly uri: string }> {
  const rig = await accountRig({
    seed: {
      organizations: [{ name: 'Old' }, { name: 'New' }],
      users: [
        { email: ROBIN, role: 'admin', organization: 'Old' },
        { email: 'kim@old.example', role: 'admin', organization: 'Old' },
        { email: 'pat@new.example', role: 'owner', organization: 'New' },
      ],
    },
  })
  rigs.push(rig)
  await connect(rig.deps, { ...CONNECT, name: 'robin', wanted: wanting() }, rig.consent())
  await rig.connected('kim', { user: 'kim@old.example', role: 'admin' })
  await rig.connected('pat', { user: 'pat@new.example', role: 'owner' })
  rig.shown.splice(0)
  rig.requests()
  return { rig, uri: rig.emulator.control.subscriptions()[0]?.uri ?? '' }
}

async function again(rig: Rig, wanted: Partial<WantedWebhook> = {}) {
  return reconnectOne(rig.deps, await rig.get('robin'), { wanted: { ...NOTHING_WANTED, ...wanted }, dryRun: false, concurrency: 1 }, null)
}

const there = (rig: Rig) =>
  rig.emulator.control.subscriptions().map(({ scope, callbackUrl, organization }) => {
    const name = rig.emulator.control.state.organizations.get(organization)?.name ?? ''
    return `${name} ${scope} ${callbackUrl}`
  })
const kimDeletes = (uri: string): string => `calreconnect --account kim webhooks delete ${uri}`

describe('reconnect() of somebody who changed', () => {
  test('reconnect() of somebody demoted says so, what stays, who may remove it, and what works now', async () => {
    const { rig, uri } = await robinConnected()
    rig.emulator.control.setRole(ROBIN, 'user')
    const failed = await errorOf(again(rig))
    expect({ code: failed.code, exit: failed.exit, hint: failed.hint }).toEqual({
      code: 'ROLE_INSUFFICIENT',
      exit: 'refused',
      // At a URL of its own: Calendly may take one once from one user, and the old one stays.
      hint: `calreconnect reconnect robin --scope user --callback-url '${HOOK}?calreconnect=1'`,
    })
    expect(failed.message).toContain('The role of robin is user now, and was admin')
    expect(failed.message).toContain(kimDeletes(uri))
    expect((await rig.get('robin')).role).toBe('user')
    // A second run knows the role already, and says as much of what stays.
    expect((await errorOf(again(rig))).message).toContain(kimDeletes(uri))
    const result = await again(rig, { scope: 'user', callbackUrl: USER_HOOK })
    expect({ failed: result.failed, stranded: result.stranded?.map(({ why }) => why), there: there(rig).sort() }).toEqual({
      failed: [],
      stranded: ['demoted'],
      there: [`Old organization ${HOOK}`, `Old user ${USER_HOOK}`],
    })
  })

  test('reconnect() of somebody promoted since makes what the stored role would not allow', async () => {
    const { rig, uri } = await robinConnected()
    rig.emulator.control.removeSubscription(uri)
    await rig.store.connections.update('robin', { role: 'user' })
    expect(await again(rig)).toMatchObject({ applied: [{ outcome: 'created' }], change: { kind: 'role' } })
    expect(there(rig)).toEqual([`Old organization ${HOOK}`])
  })

  test('reconnect() of somebody moved works in the new organization and names what stays in the old one', async () => {
    const { rig, uri } = await robinConnected()
    rig.emulator.control.moveUser(ROBIN, 'New', 'admin')
    const result = await again(rig)
    expect(result).toMatchObject({
      failed: [],
      change: { kind: 'organization' },
      stranded: [{ uri, why: 'moved', command: { words: ['--account', 'kim', 'webhooks', 'delete', uri] } }],
    })
    expect(there(rig).sort()).toEqual([`New organization ${HOOK}`, `Old organization ${HOOK}`])
    const said = rig.shown.join('\n')
    expect(said).toContain('robin has moved from organization')
    expect(said).toContain(kimDeletes(uri))
    // Again and again, for as long as it delivers; nothing else is done.
    expect(await again(rig)).toMatchObject({ applied: [], failed: [], stranded: [{ uri }] })
  })

  test('reconnect() of somebody moved who can still reach the old organization leaves nothing there', async () => {
    const { rig } = await robinConnected()
    rig.emulator.control.add({ memberships: [{ user: ROBIN, organization: 'New', role: 'admin' }] })
    changeUser(rig.emulator.control.world, ROBIN, { currentOrganization: 'New' })
    const result = await again(rig)
    expect(result.applied.map(({ action, why, outcome }) => `${action} ${why} ${outcome}`).sort()).toEqual([
      'create missing created',
      'delete superseded deleted',
    ])
    expect(there(rig)).toEqual([`New organization ${HOOK}`])
    expect(result.stranded).toBeUndefined()
  })

  test('reconnect() of somebody removed ends, naming what stays and the way out', async () => {
    const { rig, uri } = await robinConnected()
    rig.emulator.control.removeMember(ROBIN)
    const failed = await errorOf(again(rig))
    expect({ code: failed.code, exit: failed.exit, hint: failed.hint }).toEqual({
      code: 'MEMBERSHIP_ENDED',
      exit: 'refused',
      hint: 'calreconnect disconnect robin',
    })
    expect(failed.message).toContain('robin is no longer a member of organization')
    expect(failed.message).toContain(kimDeletes(uri))
    expect(there(rig)).toEqual([`Old organization ${HOOK}`])
  })

  test('reconnect() asks anew once, and passes on a refusal that nothing explains', async () => {
    const { rig } = await robinConnected()
    const body = { title: 'Permission Denied', message: 'You do not have permission' }
    rig.emulator.control.addFaults([{ method: 'GET', path: '/webhook_subscriptions', times: null, action: 'status', status: 403, body }])
    expect((await errorOf(again(rig))).code).toBe('CALENDLY_FORBIDDEN')
    expect(rig.requests().filter((request) => request === 'GET /organization_memberships')).toHaveLength(1)
  })

  test('reconnect() refuses tokens of another Calendly user, and changes nothing', async () => {
    const { rig } = await robinConnected()
    const before = await rig.get('robin')
    const { accessToken, refreshToken, tokenExpiresAtMs, clientId, scopes, auth } = await rig.get('pat')
    if (accessToken === null) throw new Error('pat has no token')
    await rig.store.connections.connect('robin', { accessToken, refreshToken, tokenExpiresAtMs, clientId, scopes, auth })
    const failed = await errorOf(again(rig))
    expect([failed.code, failed.message]).toEqual(['ACCOUNT_DIFFERS', `The tokens of robin belong to pat@new.example, not to ${ROBIN}`])
    const { userUri, organizationUri, email } = await rig.get('robin')
    expect({ userUri, organizationUri, email }).toEqual({
      userUri: before.userUri,
      organizationUri: before.organizationUri,
      email: before.email,
    })
    expect(there(rig)).toEqual([`Old organization ${HOOK}`])
  })
})
