// Replacing: nothing is deleted before Calendly has said that the new one may be made, and what is lost all the same comes back.

import { afterEach, describe, expect, test } from 'vitest'
import type { Subscription } from '../../../src/emulator/entities.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { HOOK } from '../../support/connected.ts'
import { DESIRED, EVENTS, stepsOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const POST = { method: 'POST', path: '/webhook_subscriptions' }
const DELETE = { method: 'DELETE', path: '/webhook_subscriptions/*' }
const PLAN_403 = {
  action: 'status',
  status: 403,
  body: { title: 'Permission Denied', message: 'Please upgrade to a paid Calendly account.' },
}
const SCOPE_400 = { action: 'status', status: 400, body: { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' } }

const ensure = async (rig: WebhookRig, desired = DESIRED, deps: Partial<WebhookRig['deps']> = {}) =>
  ensureWebhook({ ...rig.deps, ...deps }, await rig.session(), desired, { dryRun: false })

const here = (rig: WebhookRig): Subscription[] => rig.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)

/** Whether the store has the very key that each of them signs with. */
async function keysMatch(rig: WebhookRig): Promise<boolean[]> {
  return Promise.all(
    here(rig).map(
      async ({ uri, signingKey }) => signingKey !== null && (await rig.store.subscriptions.signingKey(uri))?.reveal() === signingKey,
    ),
  )
}

describe('replacing, refused', () => {
  const refusals = [
    ['the plan', PLAN_403, 'CALENDLY_FORBIDDEN'],
    ['an event scope', SCOPE_400, 'CALENDLY_BAD_REQUEST'],
    ['the role', { ...PLAN_403, body: { title: 'Permission Denied', message: 'You do not have permission' } }, 'CALENDLY_FORBIDDEN'],
    [
      'an OAuth scope',
      { ...PLAN_403, body: { title: 'Insufficient scope', message: 'no', required_scopes: ['webhooks:write'] } },
      'CALENDLY_INSUFFICIENT_SCOPE',
    ],
    ['a token', { ...PLAN_403, status: 401, body: { title: 'Unauthenticated', message: 'no' } }, 'CALENDLY_UNAUTHENTICATED'],
    ['a 422', { ...PLAN_403, status: 422, body: { title: 'Unprocessable', message: 'no' } }, 'CALENDLY_REFUSED'],
    ['a server error', { ...PLAN_403, status: 500, body: { title: 'Internal Server Error', message: 'no' } }, 'CALENDLY_SERVER_ERROR'],
    ['an HTML page of the edge', { action: 'status', status: 404 }, 'UNEXPECTED_ANSWER'],
    ['an HTML 200', { action: 'status', status: 200 }, 'UNEXPECTED_ANSWER'],
    ['a reset before', { action: 'drop_before' }, 'NETWORK'],
  ] as const
  test.each(refusals)('ensureWebhook() deletes nothing when the first POST is refused for %s', async (_what, fault, code) => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
    const [before] = here(rig)
    rig.emulator.control.addFaults([{ ...POST, ...fault, times: null }])
    const { failed, applied } = await ensure(rig)
    expect({
      failed: failed.map(({ error }) => error.code),
      applied,
      same: here(rig).map(({ uri }) => uri),
      deletes: rig.writes().filter((write) => write.startsWith('DELETE')),
    }).toEqual({ failed: [code], applied: [], same: [before?.uri], deletes: [] })
    rig.emulator.control.faults.clear()
    expect({ failed: (await ensure(rig)).failed, keys: await keysMatch(rig) }).toEqual({ failed: [], keys: [true] })
  })

  test('ensureWebhook() in another scope leaves the old one at the URL when the new one is refused', async () => {
    const rig = await rigOf({ switches: { conflict_span: 'organization' } })
    await ensure(rig)
    const [before] = here(rig)
    rig.emulator.control.addFaults([{ ...POST, ...PLAN_403 }])
    const { failed, plan } = await ensure(rig, { ...DESIRED, scope: 'user' })
    expect({ steps: stepsOf(plan), failed: failed.map(({ error }) => error.code), there: here(rig).map(({ uri }) => uri) }).toEqual({
      steps: [`create missing ${HOOK}`, `delete superseded ${HOOK}`],
      failed: ['CALENDLY_FORBIDDEN'],
      there: [before?.uri],
    })
  })
})

describe('replacing, allowed', () => {
  test('ensureWebhook() lets two stand side by side where Calendly does, and then deletes the old one, without a gap', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] }, switches: { conflict_span: 'app' } })
    const { applied } = await ensure(rig)
    expect({
      outcomes: applied.map(({ outcome, gapMs }) => `${outcome} ${gapMs}`),
      writes: rig.writes(),
      keys: await keysMatch(rig),
    }).toEqual({
      outcomes: ['replaced 0'],
      writes: ['POST 201', 'DELETE 204'],
      keys: [true],
    })
  })

  test('ensureWebhook() says that the old one is still there when it cannot be deleted, and the next run deletes it', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] }, switches: { conflict_span: 'app' } })
    rig.emulator.control.addFaults([{ ...DELETE, ...PLAN_403 }])
    const { failed } = await ensure(rig)
    expect(failed.map(({ error }) => `${error.code} ${error.message}`)).toEqual([
      expect.stringMatching(/^PARTIAL The new subscription \S+ is in place; the old one \S+ could not be deleted: /),
    ])
    expect((await ensure(rig)).applied.map(({ action, why }) => `${action} ${why}`)).toEqual(['delete duplicate'])
    expect(await keysMatch(rig)).toEqual([true])
  })

  test.each(['organization', 'owner'] as const)(
    'ensureWebhook() frees the URL of what it makes superfluous, once Calendly says that it is taken (a URL once per %s)',
    async (conflict_span) => {
      const rig = await rigOf({ switches: { conflict_span } })
      await ensure(rig)
      rig.writes()
      const { applied } = await ensure(rig, { ...DESIRED, scope: 'user' })
      expect({
        outcomes: applied.map(({ action, outcome }) => `${action} ${outcome}`),
        there: rig.there(),
        keys: await keysMatch(rig),
      }).toEqual({
        outcomes: ['create created', 'delete deleted'],
        there: [`user active ${HOOK}`],
        keys: [true],
      })
      expect(rig.writes()).toEqual(conflict_span === 'owner' ? ['POST 201', 'DELETE 204'] : ['POST 409', 'DELETE 204', 'POST 201'])
    },
  )

  test('ensureWebhook() finds out by the next POST what came of a DELETE whose answer was lost', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
    rig.emulator.control.addFaults([
      { ...DELETE, action: 'drop_after', times: 1 },
      { ...DELETE, action: 'drop_before', times: null },
    ])
    const { applied, failed } = await ensure(rig)
    // The old one is gone, so the last DELETE, of what may still stand there, has nothing to do.
    expect({ failed: failed.length, there: rig.there(), applied: applied.length }).toEqual({
      failed: 1,
      there: [`organization active ${HOOK}`],
      applied: 0,
    })
    expect(await keysMatch(rig)).toEqual([true])
  })
})

describe('replacing, failed half-way', () => {
  test.each([
    ['other events are refused', { ...DESIRED, events: [...EVENTS, 'routing_form_submission.created'] }, 1],
    ['the same ones are refused once', DESIRED, 1],
  ])('ensureWebhook() puts the old definition back when %s after the DELETE', async (_what, desired, times) => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, events: ['invitee.created'] }] } })
    const [before] = here(rig)
    rig.emulator.control.addFaults([{ ...POST, ...PLAN_403, after: 1, times }])
    const { failed, applied } = await ensure(rig, desired)
    const [now, ...more] = here(rig)
    expect({
      applied,
      failed: failed.map(({ error }) => `${error.code} ${error.exit}`),
      writes: rig.writes(),
      events: now?.events,
      more,
      keys: await keysMatch(rig),
      open: await rig.store.runs.unsettledCreates('me'),
      own: (await rig.store.connections.get('me'))?.webhookUri,
    }).toEqual({
      applied: [],
      failed: ['PARTIAL partial'],
      writes: ['POST 409', 'DELETE 204', 'POST 403', 'POST 201'],
      events: before?.events,
      more: [],
      keys: [true],
      open: [],
      own: now?.uri,
    })
    expect(failed[0]?.error.message).toContain(`was put back as ${now?.uri}, with a new signing key: the old one is lost`)
    const [run] = await rig.store.runs.list()
    const journal = await rig.store.runs.get(run?.id ?? '')
    expect(journal?.steps.map(({ index, state, newUri }) => ({ index, state, newUri }))).toEqual([
      { index: 0, state: 'failed', newUri: null },
      { index: 1, state: 'settled', newUri: now?.uri },
    ])
  })

  test('ensureWebhook() puts ours back with the key that its receiver knows', async () => {
    const rig = await rigOf()
    await ensure(rig)
    const [before] = here(rig)
    rig.emulator.control.addFaults([{ ...POST, ...SCOPE_400, after: 1, times: 1 }])
    const { failed } = await ensure(rig, { ...DESIRED, events: ['invitee.created'] })
    expect(here(rig).map(({ events, signingKey }) => ({ events, signingKey }))).toEqual([
      { events: before?.events, signingKey: before?.signingKey },
    ])
    expect(failed[0]?.error.message).toContain('with the same signing key')
  })

  test('ensureWebhook() keeps the definition on record where even that is refused, and the next run makes it anew', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
    rig.emulator.control.addFaults([{ ...POST, ...PLAN_403, after: 1, times: 2 }])
    const { failed } = await ensure(rig)
    const [run] = await rig.store.runs.list()
    expect(failed.map(({ error }) => ({ code: error.code, hint: String(error.hint), message: error.message }))).toEqual([
      {
        code: 'PARTIAL',
        hint: 'calreconnect reconnect --account me',
        message: expect.stringContaining(`is deleted, its definition is kept in run ${run?.id}`),
      },
    ])
    expect({ there: rig.there(), again: (await ensure(rig)).failed, keys: await keysMatch(rig) }).toEqual({
      there: [],
      again: [],
      keys: [true],
    })
  })
})

describe('webhooks create', () => {
  test('createWebhook() that died beside the one it was to replace deletes that one when it is run again, and no other', async () => {
    const rig = await rigOf({
      seed: { subscriptions: [{ callback_url: HOOK }, { callback_url: HOOK.replace('hooks', 'HOOKS') }] },
      switches: { conflict_span: 'app' },
    })
    const session = await rig.session()

    const deleting = { ...session, api: { ...session.api, deleteSubscription: () => Promise.reject(new Error('killed')) } }
    const prepared = await prepareCreate(rig.deps, session, DESIRED)
    const how = { wanted: DESIRED, signingKey: null, dryRun: false }
    await expect(createWebhook(rig.deps, deleting, prepared, how)).rejects.toThrow('killed')
    expect(here(rig)).toHaveLength(2)
    const again = await prepareCreate(rig.deps, await rig.session(), DESIRED)
    expect(stepsOf(again.plan)).toEqual([`keep desired ${HOOK}`, `delete duplicate ${HOOK}`])
    await createWebhook(rig.deps, await rig.session(), again, how)
    expect({ here: await keysMatch(rig), all: rig.there().length }).toEqual({ here: [true], all: 2 })
  })
})
