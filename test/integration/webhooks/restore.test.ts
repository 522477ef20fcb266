// What was deleted comes back, against an emulator and a real store.

import { afterEach, expect, test } from 'vitest'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { executePlan } from '../../../src/operations/execute/plan.ts'
import { observe } from '../../../src/operations/observe/observe.ts'
import {
  backupsOfLastRun,
  backupsOfRun,
  backupsOfUris,
  plannedRestore,
  restore,
  type RestoreSource,
} from '../../../src/operations/webhooks/restore.ts'
import { DESIRED, stepsOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'

const COMMAND = { command: 'webhooks restore' }
const REFUSED = { action: 'status', status: 403, body: { title: 'Permission Denied', message: 'no' } } as const
const FOREIGN = 'https://foreign.example.com/'

const rigs: WebhookRig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

/** A connection with HOOK of its own, and a subscription that somebody else made. */
async function connectedRig(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig({ seed: { subscriptions: [{ callback_url: FOREIGN }] }, ...options[0] })
  rigs.push(rig)
  await rig.update({ desired: DESIRED })
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  return rig
}

/** Deletes everything that fits, as `webhooks delete` does, and gives the run's id and what was there. */
async function deleteThose(rig: WebhookRig, wanted: (one: Subscription) => boolean) {
  const session = await rig.session()
  const { observed } = await observe(rig.deps, session)
  const head = { account: 'me', organizationUri: session.organizationUri, madeAt: new Date().toISOString() }
  const targets = observed.filter(wanted)
  const plan = planDelete({ ...head, targets })
  const { runId } = await executePlan(rig.deps, { command: 'webhooks delete', plan, session, origin: 'connection', observed })
  rig.writes()
  return { runId: runId ?? '', targets }
}

async function restoreFrom(rig: WebhookRig, source: RestoreSource) {
  const session = await rig.session()
  return restore(rig.deps, session, await plannedRestore(rig.deps, session, source), COMMAND)
}

function keysThere(rig: WebhookRig) {
  return Object.fromEntries(rig.emulator.control.subscriptions().map(({ callbackUrl, signingKey }) => [callbackUrl, signingKey]))
}

test('restore makes what a run deleted anew with the same signing key, and nothing the second time', async () => {
  const rig = await connectedRig()
  const before = keysThere(rig)
  const { runId } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  expect(rig.there()).toEqual([`organization active ${FOREIGN}`])
  const { plan, applied, failed } = await restoreFrom(rig, await backupsOfRun(rig.store.runs, runId))
  expect({ steps: stepsOf(plan), outcomes: applied.map(({ outcome }) => outcome), failed }).toEqual({
    steps: [`create restored ${HOOK}`],
    outcomes: ['created'],
    failed: [],
  })
  expect(keysThere(rig)).toEqual(before)
  expect(rig.writes()).toEqual(['POST 201'])
  const again = await restoreFrom(rig, await backupsOfRun(rig.store.runs, runId))
  expect({ steps: stepsOf(again.plan), writes: rig.writes() }).toEqual({ steps: [`keep desired ${HOOK}`], writes: [] })
})

test('restore gives the connection its own webhook back, so that reconnect has nothing to do', async () => {
  const rig = await connectedRig()
  await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  await restoreFrom(rig, await backupsOfLastRun(rig.store.runs, 'me'))
  const own = rig.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === HOOK)
  const [known] = await rig.store.subscriptions.known('me')
  expect([(await rig.session()).connection?.webhookUri, known?.uri, known?.origin, known?.keyStored]).toEqual([
    own?.uri,
    own?.uri,
    'connection',
    true,
  ])
  rig.writes()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  expect(rig.writes()).toEqual([])
})

test('plannedRestore says whose key is not known; those get a new one', async () => {
  const rig = await connectedRig()
  const { targets } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === FOREIGN)
  const source = await backupsOfLastRun(rig.store.runs, 'me')
  const planned = await plannedRestore(rig.deps, await rig.session(), source)
  expect(planned.withoutKey).toEqual(targets.map(({ uri }) => uri))
  await restoreFrom(rig, source)
  expect(keysThere(rig)[FOREIGN]).toMatch(/^[\w-]{43}$/)
})

test('backupsOfLastRun takes the last run that deleted anything, not the last run', async () => {
  const rig = await connectedRig()
  const { runId } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  await ensureWebhook(rig.deps, await rig.session(), { ...DESIRED, callbackUrl: 'https://hooks.example.com/other' }, { dryRun: false })
  const { runId: found, backups } = await backupsOfLastRun(rig.store.runs, 'me')
  expect([found, backups.map(({ callbackUrl }) => callbackUrl)]).toEqual([runId, [HOOK]])
})

test('backupsOfLastRun passes over a run whose deletes were all refused', async () => {
  const rig = await connectedRig()
  const { runId } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  rig.emulator.control.addFaults([{ method: 'DELETE', path: '/webhook_subscriptions/*', times: 1, ...REFUSED }])
  await deleteThose(rig, ({ callbackUrl }) => callbackUrl === FOREIGN)
  expect(rig.there()).toEqual([`organization active ${FOREIGN}`])
  expect((await backupsOfLastRun(rig.store.runs, 'me')).runId).toBe(runId)
})

test('restore takes of several keys of one place the newest, whatever the order of the backups', async () => {
  for (const turned of [false, true]) {
    const rig = await connectedRig()
    const [there] = (await observe(rig.deps, await rig.session())).observed
    if (there === undefined) throw new Error('nothing there')
    const place = { ...there, callbackUrl: 'https://hooks.example.com/moved' }
    const backups = ['2026-11-01', '2026-11-02'].map((day) => ({
      ...place,
      uri: `${there.uri}-${day}`,
      createdAt: `${day}T00:00:00.000000Z`,
    }))
    for (const one of backups) {
      await rig.store.subscriptions.keep(one, {
        account: 'me',
        origin: 'created',
        signingKey: new Secret(`key of ${one.createdAt.slice(0, 10)}`),
      })
      await rig.store.subscriptions.forget(one.uri)
    }
    await restoreFrom(rig, { runId: 'RUN', account: 'me', backups: turned ? backups.toReversed() : backups })
    expect(keysThere(rig)[place.callbackUrl]).toBe('key of 2026-11-02')
  }
})

test('plannedRestore tells nobody of a new key for what stays as it is', async () => {
  const rig = await connectedRig()
  const { observed } = await observe(rig.deps, await rig.session())
  const backups = observed.filter(({ callbackUrl }) => callbackUrl === FOREIGN)
  const planned = await plannedRestore(rig.deps, await rig.session(), { runId: 'RUN', account: 'me', backups })
  expect([stepsOf(planned.plan), planned.withoutKey]).toEqual([[`keep desired ${FOREIGN}`], []])
})

test('backupsOfLastRun refuses where nothing was ever deleted', async () => {
  const rig = await connectedRig()
  await expect(backupsOfLastRun(rig.store.runs, 'me')).rejects.toMatchObject({ code: 'USAGE', message: 'No run of me deleted anything' })
})

test('backupsOfRun takes an unambiguous beginning of the id and refuses a run that deleted nothing', async () => {
  const rig = await connectedRig()
  const { runId } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === FOREIGN)
  expect((await backupsOfRun(rig.store.runs, runId.slice(0, 30))).runId).toBe(runId)
  const creating = (await rig.store.runs.list()).find(({ id }) => id !== runId)
  await expect(backupsOfRun(rig.store.runs, creating?.id ?? '')).rejects.toMatchObject({
    message: `The run ${creating?.id} (reconnect) deleted nothing`,
  })
  await expect(backupsOfRun(rig.store.runs, 'zzzz')).rejects.toMatchObject({ code: 'USAGE', message: 'The journal has no run zzzz' })
})

test('backupsOfUris finds deleted subscriptions by URI and by id, and names those that it does not', async () => {
  const rig = await connectedRig()
  const { targets } = await deleteThose(rig, () => true)
  const [first, second] = targets.map(({ uri }) => uri)
  const names = [first ?? '', second?.split('/').at(-1) ?? '']
  const { backups } = await backupsOfUris(rig.store.runs, 'me', names)
  expect(backups.map(({ uri }) => uri).sort()).toEqual(targets.map(({ uri }) => uri).sort())
  await expect(backupsOfUris(rig.store.runs, 'me', ['UNHEARD'])).rejects.toMatchObject({
    code: 'USAGE',
    message: 'No run of me deleted UNHEARD',
  })
})

test('restore brings back what a replacement deleted and could not make again', async () => {
  const rig = await connectedRig()
  const before = keysThere(rig)
  rig.emulator.control.setSubscription(rig.emulator.control.subscriptions().find((one) => one.callbackUrl === HOOK)?.uri ?? '', {
    state: 'disabled',
  })
  rig.emulator.control.addFaults([
    {
      method: 'POST',
      path: '/webhook_subscriptions',
      action: 'status',
      status: 400,
      body: { title: 'Invalid Argument', message: 'no' },
      after: 1,
      times: 1,
    },
  ])
  const { failed } = await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  expect([failed.length, rig.there()]).toEqual([1, [`organization active ${FOREIGN}`]])
  await restoreFrom(rig, await backupsOfLastRun(rig.store.runs, 'me'))
  expect(keysThere(rig)).toEqual(before)
})

test('restore settles a POST whose answer was lost instead of making a second one', async () => {
  const rig = await connectedRig()
  await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  const source = await backupsOfLastRun(rig.store.runs, 'me')
  rig.emulator.control.addFaults([{ method: 'POST', path: '/webhook_subscriptions', action: 'drop_after' }])
  await restoreFrom(rig, source)
  const again = await restoreFrom(rig, source)
  expect({ steps: stepsOf(again.plan), there: rig.there() }).toEqual({
    steps: [`keep desired ${HOOK}`],
    there: [`organization active ${FOREIGN}`, `organization active ${HOOK}`],
  })
})

test('restore brings back what a run deleted whose answer was lost', async () => {
  const rig = await connectedRig()
  rig.emulator.control.addFaults([{ method: 'DELETE', path: '/webhook_subscriptions/*', action: 'drop_after', times: null }])
  const { runId } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  rig.emulator.control.faults.clear()
  const { plan } = await restoreFrom(rig, await backupsOfRun(rig.store.runs, runId))
  expect([stepsOf(plan), rig.there()]).toEqual([
    [`create restored ${HOOK}`],
    [`organization active ${FOREIGN}`, `organization active ${HOOK}`],
  ])
})

test('plannedRestore refuses backups of another organization', async () => {
  const rig = await connectedRig()
  const { targets } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  const session = await rig.session({ organizationUri: 'https://api.calendly.com/organizations/ELSE' })
  await expect(plannedRestore(rig.deps, session, { runId: null, account: 'me', backups: targets })).rejects.toMatchObject({ code: 'USAGE' })
})

test('restore of one that was named by its URI takes the place of one with other events; of a run, what is there stays', async () => {
  const rig = await connectedRig()
  const { targets } = await deleteThose(rig, ({ callbackUrl }) => callbackUrl === HOOK)
  await ensureWebhook(rig.deps, await rig.session(), { ...DESIRED, events: ['invitee.created'] }, { dryRun: false })
  const session = await rig.session()
  const ofRun = await plannedRestore(rig.deps, session, await backupsOfLastRun(rig.store.runs, 'me'))
  const named = await plannedRestore(rig.deps, session, await backupsOfUris(rig.store.runs, 'me', [targets[0]?.uri ?? '']))
  expect([stepsOf(ofRun.plan), stepsOf(named.plan)]).toEqual([[`keep desired ${HOOK}`], [`replace restored ${HOOK}`]])
  const { applied } = await restore(rig.deps, session, named, COMMAND)
  const now = rig.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === HOOK)
  expect([applied.map(({ outcome }) => outcome), now?.events]).toEqual([['replaced'], targets[0]?.events])
})

test('restore looks where a group’s subscriptions are, whichever of the backups is one', async () => {
  const ofGroup = { callback_url: HOOK, scope: 'group', group: 'sales' } as const
  const subscriptions = [{ callback_url: FOREIGN }, ofGroup, { ...ofGroup, group: 'support' }]
  const rig = await connectedRig({ seed: { groups: [{ name: 'sales' }, { name: 'support' }], subscriptions } })
  const session = await rig.session()
  const groups = rig.emulator.control.subscriptions().flatMap(({ group }) => group ?? [])
  const { observed } = await observe(rig.deps, session, { group: groups[0] ?? null })
  const backups = observed.filter(({ scope, callbackUrl }) => scope === 'group' || callbackUrl === FOREIGN)
  for (const those of [backups, backups.toReversed()]) {
    const { plan } = await plannedRestore(rig.deps, session, { runId: 'RUN', account: 'me', backups: those })
    expect(stepsOf(plan).toSorted()).toEqual([`keep desired ${FOREIGN}`, `keep desired ${HOOK}`])
  }
})

test('restore that has nothing to do waits for no other run and asks nothing', async () => {
  const rig = await connectedRig()
  const session = await rig.session()
  const backups = (await observe(rig.deps, session)).observed
  const planned = await plannedRestore(rig.deps, session, { runId: 'RUN', account: 'me', backups })
  const asked = rig.emulator.requests().length
  const hold = () => Promise.reject(new Error('the lock is taken'))
  expect(await restore({ ...rig.deps, lock: { hold } }, session, planned, COMMAND)).toEqual({ plan: planned.plan, applied: [], failed: [] })
  expect(rig.emulator.requests().length).toBe(asked)
})
