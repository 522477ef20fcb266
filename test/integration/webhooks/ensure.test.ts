// What `connect` and `reconnect` make of whatever is at Calendly.

import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { errorOf } from '../../support/accounts.ts'
import { DESIRED, EVENTS, stepsOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'
import { shown } from '../../support/shown.ts'

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const ensure = async (rig: WebhookRig, desired: typeof DESIRED | null = DESIRED) =>
  ensureWebhook(rig.deps, await rig.session(), desired, { dryRun: false })

describe('ensureWebhook()', () => {
  test.each([
    // Our own twin in the other scope is in the way of the new one, where a user may have a URL once.
    ['creator', ['POST 409', 'DELETE 204', 'POST 409', 'DELETE 204', 'POST 201']],
    ['organization', ['POST 409', 'DELETE 204', 'POST 409', 'DELETE 204', 'POST 201']],
    // Nobody can tell which of the two is in the way: what is replaced goes last, so that it delivers as long as possible.
    ['owner', ['POST 409', 'DELETE 204', 'POST 409', 'DELETE 204', 'POST 201']],
    // What the seed holds was made by another app.
    ['app', ['POST 201', 'DELETE 204', 'DELETE 204']],
  ] as const)(
    'ensureWebhook() brings 250 subscriptions with a disabled one and a user-scope twin down to one of ours: a URL once per %s',
    async (conflict_span, writes) => {
      const rig = await rigOf({
        seed: {
          switches: { conflict_span },
          users: [{ id: 'OWNER', email: 'ada@example.com', role: 'owner' }],
          subscriptions: [
            { callback_url: 'https://foreign.example.com/{n}', count: 120 },
            { callback_url: HOOK, state: 'disabled' },
            { callback_url: 'https://more.example.com/{n}', count: 128 },
            { callback_url: HOOK, scope: 'user', user: 'OWNER' },
          ],
        },
      })
      const first = await ensure(rig)
      expect(stepsOf(first.plan)).toEqual([`replace disabled ${HOOK}`, `delete duplicate ${HOOK}`])
      expect(first.applied.map(({ outcome }) => outcome)).toEqual(['replaced', 'deleted'])
      expect(rig.there().filter((one) => one.endsWith(HOOK))).toEqual([`organization active ${HOOK}`])
      expect(rig.there()).toHaveLength(249)
      expect(rig.writes()).toEqual(writes)
      const [ours] = await rig.store.subscriptions.known('me')
      const connection = await rig.store.connections.get('me')
      expect({ uri: ours?.uri, keyStored: ours?.keyStored, origin: ours?.origin }).toEqual({
        uri: connection?.webhookUri,
        keyStored: true,
        origin: 'connection',
      })

      const second = await ensure(rig)
      expect({ steps: stepsOf(second.plan), applied: second.applied, writes: rig.writes() }).toEqual({
        steps: [`keep desired ${HOOK}`],
        applied: [],
        writes: [],
      })
    },
  )

  test('ensureWebhook() lists three pages of organization scope and one of user scope when nothing is to be done', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: 'https://foreign.example.com/{n}', count: 249 }] } })
    await ensure(rig)
    const before = rig.emulator.requests().length
    await ensure(rig)
    const asked = rig.emulator.requests().slice(before)
    expect(asked.map(({ query }) => query['scope'])).toEqual(['organization', 'organization', 'organization', 'user'])
  })

  test('ensureWebhook() stores the very key that the new subscription signs with', async () => {
    const rig = await rigOf()
    await ensure(rig)
    const [remote] = rig.emulator.control.subscriptions()
    const stored = await rig.store.subscriptions.signingKey(remote?.uri ?? '')
    expect(stored?.reveal()).toBe(remote?.signingKey)
    expect(stored?.reveal()).toMatch(/^[\w-]{43}$/)
  })

  test('ensureWebhook() with dryRun plans and changes neither Calendly nor the store', async () => {
    const rig = await rigOf()
    const result = await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: true })
    expect({ steps: stepsOf(result.plan), applied: result.applied, there: rig.there(), runs: await rig.store.runs.list() }).toEqual({
      steps: [`create missing ${HOOK}`],
      applied: [],
      there: [],
      runs: [],
    })
  })

  test('ensureWebhook() replaces one at our URL whose key nobody knows', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
    const beganMs = rig.deps.clock.nowMs()
    const { applied } = await ensure(rig)
    expect(applied.map(({ why, outcome }) => `${why} ${outcome}`)).toEqual(['key_unknown replaced'])
    expect(applied[0]?.gapMs).toBeLessThanOrEqual(rig.deps.clock.nowMs() - beganMs)
  })

  test('ensureWebhook() replaces ours when other events are wanted', async () => {
    const rig = await rigOf()
    await ensure(rig)
    const { applied } = await ensure(rig, { ...DESIRED, events: ['invitee.created'] })
    expect(applied.map(({ why, outcome }) => `${why} ${outcome}`)).toEqual(['events_differ replaced'])
    expect(rig.emulator.control.subscriptions().map(({ events }) => events)).toEqual([['invitee.created']])
  })

  test('ensureWebhook() creates at a new URL before it deletes what was wanted earlier', async () => {
    const rig = await rigOf()
    await ensure(rig)
    rig.writes()
    const moved = { ...DESIRED, callbackUrl: 'https://hooks.example.com/moved' }
    const { plan } = await ensure(rig, moved)
    expect({ steps: stepsOf(plan), writes: rig.writes(), there: rig.there() }).toEqual({
      steps: [`create missing ${moved.callbackUrl}`, `delete superseded ${HOOK}`],
      writes: ['POST 201', 'DELETE 204'],
      there: [`organization active ${moved.callbackUrl}`],
    })
  })

  test('ensureWebhook() leaves the earlier subscription alone when the new one cannot be made', async () => {
    const rig = await rigOf()
    await ensure(rig)
    rig.emulator.control.addFaults([
      {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'no' },
      },
    ])
    const { applied, failed } = await ensure(rig, { ...DESIRED, callbackUrl: 'https://hooks.example.com/moved' })
    expect({ applied, failed: failed.map(({ action, error }) => `${action} ${error.code}`), there: rig.there() }).toEqual({
      applied: [],
      failed: ['create CALENDLY_FORBIDDEN'],
      there: [`organization active ${HOOK}`],
    })
  })

  test('ensureWebhook() deletes what was made for the connection when nothing is wanted any more', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: 'https://foreign.example.com/' }] } })
    await ensure(rig)
    await ensure(rig, null)
    expect(rig.there()).toEqual(['organization active https://foreign.example.com/'])
  })

  test('ensureWebhook() refuses organization scope to a member before anything is asked', async () => {
    const rig = await rigOf({ role: 'user' })
    const error = await errorOf(ensure(rig))
    expect({ code: error.code, hint: error.hint, requests: rig.emulator.requests() }).toEqual({
      code: 'ROLE_INSUFFICIENT',
      hint: 'Pass --scope user',
      requests: [],
    })
  })

  test('ensureWebhook() as a member works in user scope and never lists organization scope', async () => {
    const rig = await rigOf({
      role: 'user',
      seed: {
        users: [
          { email: 'm@example.com', role: 'user' },
          { email: 'o@example.com', role: 'owner' },
        ],
      },
    })
    const { failed } = await ensure(rig, { ...DESIRED, scope: 'user' })
    expect({
      failed,
      there: rig.there(),
      scopes: rig.emulator
        .requests()
        .map(({ query }) => query['scope'])
        .filter(Boolean),
    }).toEqual({
      failed: [],
      there: [`user active ${HOOK}`],
      scopes: ['user', 'user'],
    })
  })

  test('ensureWebhook() names missing OAuth scopes before the POST', async () => {
    const rig = await rigOf()
    const session = await rig.session({ grantedScopes: ['users:read', 'webhooks:write'] })
    const error = await errorOf(ensureWebhook(rig.deps, session, DESIRED, { dryRun: false }))
    expect({ code: error.code, scopes: error.answer.requiredScopes, writes: rig.writes() }).toEqual({
      code: 'CALENDLY_INSUFFICIENT_SCOPE',
      scopes: ['scheduled_events:read'],
      writes: [],
    })
  })

  test('ensureWebhook() does not mind missing OAuth scopes while nothing has to be made', async () => {
    const rig = await rigOf()
    await ensure(rig)
    const session = await rig.session({ grantedScopes: ['users:read', 'webhooks:write'] })
    const result = await ensureWebhook(rig.deps, session, DESIRED, { dryRun: false })
    expect(stepsOf(result.plan)).toEqual([`keep desired ${HOOK}`])
  })

  test('ensureWebhook() explains the 400 that blames the parameters', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([
      {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 400,
        body: { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' },
      },
    ])
    const { failed } = await ensure(rig)
    expect(failed.map(({ error }) => ({ code: error.code, hint: shown(error).hint }))).toEqual([
      { code: 'CALENDLY_BAD_REQUEST', hint: expect.stringContaining('scheduled_events:read') },
    ])
  })

  test('ensureWebhook() lets the connection know a subscription that was right all along', async () => {
    const rig = await rigOf()
    await ensure(rig)
    await rig.update({ webhookUri: null })
    await ensure(rig)
    const [remote] = rig.emulator.control.subscriptions()
    expect((await rig.store.connections.get('me'))?.webhookUri).toBe(remote?.uri)
  })

  test('ensureWebhook() twice at once makes one subscription, and neither fails', async () => {
    const rig = await rigOf({ clock: systemClock })
    const results = await Promise.all([ensure(rig), ensure(rig), ensure(rig)])
    expect({ failed: results.flatMap(({ failed }) => failed), there: rig.there() }).toEqual({
      failed: [],
      there: [`organization active ${HOOK}`],
    })
  })

  test('ensureWebhook() with CALENDLY_TOKEN keeps the key without a connection', async () => {
    const rig = await rigOf()
    await ensureWebhook(rig.deps, await rig.callerSession(), DESIRED, { dryRun: false })
    const [known] = await rig.store.subscriptions.known(null)
    expect({
      account: known?.account,
      keyStored: known?.keyStored,
      webhookUri: (await rig.store.connections.get('me'))?.webhookUri,
    }).toEqual({
      account: null,
      keyStored: true,
      webhookUri: null,
    })
  })
})

describe('crash recovery', () => {
  /** A process that died after the POST had been processed: intended in the journal, nothing more. */
  async function diedAfterPost(rig: WebhookRig, signingKey: string): Promise<string> {
    const { info } = rig.emulator
    const spec = {
      callbackUrl: HOOK,
      events: EVENTS,
      scope: 'organization' as const,
      organization: info.organizationUri,
      user: null,
      group: null,
    }
    const step = { action: 'create' as const, why: 'missing' as const, uri: null, state: null, createdAt: null, ...spec }
    const plan = {
      version: 1 as const,
      account: 'me',
      organizationUri: info.organizationUri,
      madeAt: new Date().toISOString(),
      steps: [step],
    }
    const runId = await rig.store.runs.begin('reconnect', plan)
    const session = await rig.session()
    await rig.store.runs.intend(runId, 0, {
      step,
      signingKey: new Secret(signingKey),
      origin: 'connection',
      remoteStartedAtMs: session.api.remoteNowMs(),
      seenBefore: [],
      backup: null,
    })
    await session.api.createSubscription(spec, new Secret(signingKey))
    rig.writes()
    return runId
  }

  test('ensureWebhook() adopts what an earlier run made before it died, with its key', async () => {
    const rig = await rigOf()
    const runId = await diedAfterPost(rig, 'the-intended-key')
    const { plan } = await ensure(rig)
    const [remote] = rig.emulator.control.subscriptions()
    const run = await rig.store.runs.get(runId)
    expect({
      steps: stepsOf(plan),
      writes: rig.writes(),
      key: (await rig.store.subscriptions.signingKey(remote?.uri ?? ''))?.reveal(),
      state: run?.steps.map(({ state, newUri }) => ({ state, newUri })),
      open: await rig.store.runs.unsettledCreates('me'),
      webhookUri: (await rig.store.connections.get('me'))?.webhookUri,
    }).toEqual({
      steps: [`keep desired ${HOOK}`],
      writes: [],
      key: 'the-intended-key',
      state: [{ state: 'settled', newUri: remote?.uri }],
      open: [],
      webhookUri: remote?.uri,
    })
  })

  test('ensureWebhook() settles a step that died between keeping the subscription and settling', async () => {
    const rig = await rigOf()
    await diedAfterPost(rig, 'the-intended-key')
    const session = await rig.session()
    const [listed] = await session.api.subscriptions({ organization: session.organizationUri, scope: 'organization' })
    if (listed === undefined) throw new Error('nothing listed')
    await rig.store.subscriptions.keep(listed, { account: 'me', origin: 'connection', signingKey: new Secret('the-intended-key') })
    await ensure(rig)
    expect({ open: await rig.store.runs.unsettledCreates('me'), writes: rig.writes() }).toEqual({ open: [], writes: [] })
  })

  test('ensureWebhook() replaces one that appeared meanwhile when two open intents claim it', async () => {
    const rig = await rigOf()
    await diedAfterPost(rig, 'first-key')
    const { info } = rig.emulator
    const spec = {
      callbackUrl: HOOK,
      events: EVENTS,
      scope: 'organization' as const,
      organization: info.organizationUri,
      user: null,
      group: null,
    }
    const step = { action: 'create' as const, why: 'missing' as const, uri: null, state: null, createdAt: null, ...spec }
    const plan = {
      version: 1 as const,
      account: 'me',
      organizationUri: info.organizationUri,
      madeAt: new Date().toISOString(),
      steps: [step],
    }
    const runId = await rig.store.runs.begin('reconnect', plan)
    const session = await rig.session()
    await rig.store.runs.intend(runId, 0, {
      step,
      signingKey: new Secret('second-key'),
      origin: 'connection',
      remoteStartedAtMs: session.api.remoteNowMs() - 1000,
      seenBefore: [],
      backup: null,
    })
    const { applied } = await ensure(rig)
    const [remote] = rig.emulator.control.subscriptions()
    expect({
      applied: applied.map(({ why, outcome }) => `${why} ${outcome}`),
      same: (await rig.store.subscriptions.signingKey(remote?.uri ?? ''))?.reveal() === remote?.signingKey,
    }).toEqual({ applied: ['key_unknown replaced'], same: true })
  })

  test('ensureWebhook() puts an intent on record as failed once its POST must be over', async () => {
    const rig = await rigOf()
    const runId = await diedAfterPost(rig, 'lost')
    const [remote] = rig.emulator.control.subscriptions()
    rig.emulator.control.removeSubscription(remote?.uri ?? '')
    await rig.emulator.control.advanceTime(11 * 60_000)
    await ensure(rig)
    const run = await rig.store.runs.get(runId)
    expect(run?.steps.map(({ state }) => state)).toEqual(['failed'])
  })
})
