// Declarative plans against an emulator and a real store.

import { afterEach, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import type { DeclaredWebhook } from '../../../src/core/plan/declaration.ts'
import { writesOf } from '../../../src/core/plan/reconcile.ts'
import { savedPlan } from '../../../src/core/plan/saved-plan.ts'
import { applyPlans, refreshed } from '../../../src/operations/declarative/apply.ts'
import { existingAccount } from '../../../src/operations/declarative/init.ts'
import { planDeclaration, type PlannedAccount } from '../../../src/operations/declarative/plan.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { DESIRED, stepsOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'

const NEW = 'https://hooks.example.com/new'
const COMMAND = { command: 'webhooks apply' }

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

function declared(...webhooks: Partial<DeclaredWebhook>[]) {
  const whole = webhooks.map((webhook, at) => ({ ...DESIRED, place: `c.yaml:${at + 5}:9`, ...webhook }))
  return { file: 'c.yaml', accounts: [{ name: 'me', place: 'c.yaml:3:3', webhooks: whole }] }
}

function planned(rig: WebhookRig, ...webhooks: Partial<DeclaredWebhook>[]): Promise<readonly PlannedAccount[]> {
  return planDeclaration(rig.deps, declared(...webhooks), () => rig.session())
}

/** A connection with the webhook HOOK of its own. */
async function connectedRig(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await rigOf(...options)
  await rig.update({ desired: DESIRED })
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  rig.writes()
  return rig
}

test('applyPlans makes what is declared, removes what is managed and not declared, and writes nothing the second time', async () => {
  const rig = await connectedRig({ seed: { subscriptions: [{ callback_url: 'https://foreign.example.com/' }] } })
  const { results } = await applyPlans(rig.deps, await planned(rig, { callbackUrl: NEW }), COMMAND)
  expect(results.map(({ account, applied, failed }) => [account, applied.map(({ outcome }) => outcome), failed])).toEqual([
    ['me', ['created', 'deleted'], []],
  ])
  expect(rig.there()).toEqual(['organization active https://foreign.example.com/', `organization active ${NEW}`])
  expect(rig.writes()).toEqual(['POST 201', 'DELETE 204'])
  await applyPlans(rig.deps, await planned(rig, { callbackUrl: NEW }), COMMAND)
  expect(rig.writes()).toEqual([])
})

test('applyPlans makes managed subscriptions with stored keys that a later reconnect leaves alone', async () => {
  const rig = await connectedRig()
  await applyPlans(rig.deps, await planned(rig, {}, { callbackUrl: NEW }), COMMAND)
  const known = await rig.store.subscriptions.known('me')
  expect(known.map(({ callbackUrl, origin, keyStored }) => `${callbackUrl} ${origin} ${keyStored}`).sort()).toEqual([
    `${HOOK} connection true`,
    `${NEW} created true`,
  ])
  rig.writes()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  expect(rig.writes()).toEqual([])
})

test('applyPlans lets the connection desire no more what the file left out, so that reconnect does not bring it back', async () => {
  const rig = await connectedRig()
  await applyPlans(rig.deps, await planned(rig, { callbackUrl: NEW }), COMMAND)
  const { desired, webhookUri } = (await rig.session()).connection ?? {}
  expect({ desired, webhookUri }).toEqual({ desired: null, webhookUri: null })
})

test("applyPlans gives the connection's own webhook the file's events, on record too", async () => {
  const rig = await connectedRig()
  await applyPlans(rig.deps, await planned(rig, { events: ['invitee.created'] }), COMMAND)
  const { desired, webhookUri } = (await rig.session()).connection ?? {}
  const [there] = rig.emulator.control.subscriptions()
  expect({ desired, webhookUri }).toEqual({ desired: { ...DESIRED, events: ['invitee.created'] }, webhookUri: there?.uri })
  expect((await rig.store.subscriptions.known('me')).map(({ origin }) => origin)).toEqual(['connection'])
})

test('applyPlans finishes after a POST whose answer was lost: one subscription, its key known', async () => {
  const rig = await rigOf()
  rig.emulator.control.addFaults([{ method: 'POST', path: '/webhook_subscriptions', action: 'drop_after' }])
  await applyPlans(rig.deps, await planned(rig, { callbackUrl: NEW }), COMMAND)
  const again = await planned(rig, { callbackUrl: NEW })
  expect(again.map(({ plan }) => stepsOf(plan))).toEqual([[`keep desired ${NEW}`]])
  expect(rig.there()).toEqual([`organization active ${NEW}`])
})

test('applyPlans does not delete what it could not replace', async () => {
  const rig = await connectedRig()
  rig.emulator.control.addFaults([
    {
      method: 'POST',
      path: '/webhook_subscriptions',
      action: 'status',
      status: 403,
      body: { title: 'Permission Denied', message: 'no' },
      times: null,
    },
  ])
  const { results } = await applyPlans(rig.deps, await planned(rig, { callbackUrl: NEW }), COMMAND)
  expect(results[0]?.failed.map(({ error }) => error.code)).toEqual(['CALENDLY_FORBIDDEN'])
  expect(rig.there()).toEqual([`organization active ${HOOK}`])
  expect((await rig.session()).connection?.desired).toEqual(DESIRED)
})

test('refreshed refuses a saved plan when what it would delete has changed since, before anything is done', async () => {
  const rig = await connectedRig()
  const saved = await planned(rig, { callbackUrl: NEW })
  const [own] = rig.emulator.control.subscriptions()
  rig.emulator.control.setSubscription(own?.uri ?? '', { state: 'disabled' })
  await expect(refreshed(rig.deps, saved)).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: `The plan no longer fits what is at Calendly: ${own?.uri} is disabled now, not active`,
    hint: 'Make it anew: calreconnect webhooks plan --out PLAN',
  })
  expect(rig.writes()).toEqual([])
})

test('applyPlans refuses a plan that became stale between the question and the answer', async () => {
  const rig = await connectedRig()
  const asked = await planned(rig, { callbackUrl: NEW })
  rig.emulator.control.add({ subscriptions: [{ callback_url: NEW }] })
  await expect(applyPlans(rig.deps, asked, COMMAND)).rejects.toMatchObject({ code: 'PLAN_STALE' })
  expect(rig.writes()).toEqual([])
})

test('refreshed lets pass what is gone already', async () => {
  const rig = await connectedRig()
  const saved = await planned(rig, { callbackUrl: NEW })
  for (const { uri } of rig.emulator.control.subscriptions()) rig.emulator.control.removeSubscription(uri)
  const [fresh] = await refreshed(rig.deps, saved)
  expect(fresh === undefined ? [] : stepsOf(fresh.plan)).toEqual([`create missing ${NEW}`])
})

test('refreshed goes on with a plan that was interrupted after its create, and has nothing to do after the whole', async () => {
  const rig = await connectedRig()
  const saved = await planned(rig, { callbackUrl: NEW })
  rig.emulator.control.addFaults([
    {
      method: 'DELETE',
      path: '/webhook_subscriptions/*',
      action: 'status',
      status: 403,
      body: { title: 'Permission Denied', message: 'no' },
    },
  ])
  await applyPlans(rig.deps, saved, COMMAND)
  const second = await refreshed(rig.deps, saved)
  expect(second.map(({ plan }) => stepsOf(plan))).toEqual([[`keep desired ${NEW}`, `delete superseded ${HOOK}`]])
  await applyPlans(rig.deps, second, COMMAND)
  expect((await refreshed(rig.deps, saved)).flatMap(({ plan }) => writesOf(plan))).toEqual([])
  expect(rig.there()).toEqual([`organization active ${NEW}`])
})

test('applyPlans goes on with the other accounts when one fails', async () => {
  const rig = await connectedRig()
  const [good] = await planned(rig, { callbackUrl: NEW })
  if (good === undefined) throw new Error('no plan')
  const elsewhere = { ...good.plan, account: 'other', organizationUri: 'https://api.calendly.com/organizations/ELSE' }
  const { results } = await applyPlans(rig.deps, [{ ...good, plan: elsewhere }, good], COMMAND)
  expect(results.map(({ account, error, applied }) => [account, error?.code, applied.length])).toEqual([
    ['other', 'PLAN_STALE', 0],
    ['me', undefined, 2],
  ])
})

test('applyPlans ends with the first account when nothing can be written down', async () => {
  const rig = await connectedRig()
  const [good] = await planned(rig, { callbackUrl: NEW })
  if (good === undefined) throw new Error('no plan')
  const begin = async () => {
    throw new CalreconnectError('STORE_FULL', 'The disk is full')
  }
  const unsettledCreates = (account: string) => rig.store.runs.unsettledCreates(account)
  const deps = { ...rig.deps, runs: Object.assign(Object.create(rig.store.runs), { begin, unsettledCreates }) }
  await expect(applyPlans(deps, [good, good], COMMAND)).rejects.toMatchObject({ code: 'STORE_FULL' })
  expect(rig.writes()).toEqual([])
})

test('applyPlans lets the connection know what it kept, and not what it deleted beside that', async () => {
  for (const createdAt of ['2020-01-01T00:00:00.000000Z', '2099-01-01T00:00:00.000000Z']) {
    const rig = await connectedRig()
    const [own] = rig.emulator.control.subscriptions()
    rig.emulator.control.add({ subscriptions: [{ callback_url: HOOK, created_at: createdAt }] })
    await applyPlans(rig.deps, await planned(rig, {}), COMMAND)
    expect(rig.emulator.control.subscriptions().map(({ uri }) => uri)).toEqual([own?.uri])
    expect((await rig.session()).connection?.webhookUri).toBe(own?.uri)
    expect((await rig.store.subscriptions.known('me')).map(({ uri }) => uri)).toEqual([own?.uri])
  }
})

test('planDeclaration refuses organization scope to a member, with the place in the file', async () => {
  const rig = await rigOf({ role: 'user' })
  await expect(planned(rig, {}, { scope: 'user' })).rejects.toMatchObject({
    code: 'ROLE_INSUFFICIENT',
    message: expect.stringMatching(/^c\.yaml:5:9: Organization scope is for owners and admins/),
  })
})

test('planDeclaration refuses two names for one connection', async () => {
  const rig = await rigOf()
  const [account] = declared({}).accounts
  if (account === undefined) throw new Error('no account')
  const twice = { file: 'c.yaml', accounts: [account, { ...account, name: 'owner@example.com', place: 'c.yaml:9:3' }] }
  await expect(planDeclaration(rig.deps, twice, () => rig.session())).rejects.toMatchObject({
    code: 'USAGE',
    message: 'c.yaml:9:3: owner@example.com is the same connection as at c.yaml:3:3, me',
  })
})

test('planDeclaration names missing OAuth scopes only for what has to be made', async () => {
  const rig = await connectedRig()
  const grantedScopes = ['users:read', 'webhooks:write']
  const plan = (webhook: Partial<DeclaredWebhook>) => planDeclaration(rig.deps, declared(webhook), () => rig.session({ grantedScopes }))
  expect((await plan({})).map((one) => stepsOf(one.plan))).toEqual([[`keep desired ${HOOK}`]])
  await expect(plan({ callbackUrl: NEW })).rejects.toMatchObject({ code: 'CALENDLY_INSUFFICIENT_SCOPE' })
})

test('existingAccount lists what is managed once per place, and what others made apart', async () => {
  const rig = await connectedRig({ seed: { subscriptions: [{ callback_url: 'https://foreign.example.com/' }] } })
  const { name, webhooks, foreign } = await existingAccount(rig.deps, await rig.session())
  expect({ name, webhooks, foreign: foreign.map(({ callbackUrl }) => callbackUrl) }).toEqual({
    name: 'me',
    webhooks: [{ ...DESIRED, events: [...DESIRED.events].sort() }],
    foreign: ['https://foreign.example.com/'],
  })
  const [plan] = await planned(rig, ...webhooks)
  expect(plan === undefined ? null : writesOf(plan.plan)).toEqual([])
})

test('savedPlan of a real observation is small: only what the plan names', async () => {
  const rig = await connectedRig({ seed: { subscriptions: [{ callback_url: 'https://foreign.example.com/{n}', count: 120 }] } })
  const [one] = await planned(rig, { callbackUrl: NEW })
  expect(one === undefined ? [] : savedPlan(one.plan, one.before).before.map(({ callbackUrl }) => callbackUrl)).toEqual([HOOK])
})
