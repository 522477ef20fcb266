// `webhooks list`, `get`, `create`, `delete`, `prune` and `recreate`, below the command line.

import { afterEach, describe, expect, test } from 'vitest'
import type { PruneCriteria } from '../../../src/core/plan/prune.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { deleteWebhooks, prepareDelete } from '../../../src/operations/webhooks/delete.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { getWebhook } from '../../../src/operations/webhooks/get.ts'
import { type ListInput, listWebhooks } from '../../../src/operations/webhooks/list.ts'
import { chosenOf, preparePrune, prune } from '../../../src/operations/webhooks/prune.ts'
import { prepareRecreate, recreate } from '../../../src/operations/webhooks/recreate.ts'
import { errorOf } from '../../support/accounts.ts'
import { DESIRED, EVENTS, stepsOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const ensured = async (rig: WebhookRig): Promise<void> => {
  await rig.update({ desired: DESIRED })
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  rig.writes()
}
const uriOf = (id: string): string => `https://api.calendly.com/webhook_subscriptions/${id}`

describe('listWebhooks()', () => {
  const EVERYTHING: ListInput = { scope: null, group: null, urlGlobs: [], state: null }
  const SEED = {
    users: [{ id: 'OWNER', email: 'ada@example.com', role: 'owner' as const }],
    subscriptions: [
      { callback_url: 'https://a.ngrok.app/hook' },
      { callback_url: 'https://b.example.com/hook', state: 'disabled' as const },
      { callback_url: 'https://b.example.com/hook', scope: 'user' as const, user: 'OWNER' },
      { callback_url: 'https://c.example.com/hook', retry_started_at: '2026-01-01T00:00:00Z' },
    ],
  }
  const list = async (rig: WebhookRig, input: Partial<ListInput> = {}) =>
    listWebhooks({ store: rig.deps, progress: rig.deps.progress }, await rig.session(), { ...EVERYTHING, ...input })

  test('listWebhooks() gives every subscription once, with findings and a summary', async () => {
    const rig = await rigOf({ seed: SEED })
    await ensured(rig)
    const { webhooks, summary, organizationUri } = await list(rig)
    expect(
      webhooks.map(({ callbackUrl, managed, signingKeyStored, findings }) => ({ callbackUrl, managed, signingKeyStored, findings })),
    ).toEqual([
      { callbackUrl: 'https://a.ngrok.app/hook', managed: false, signingKeyStored: false, findings: ['EPHEMERAL_HOST'] },
      { callbackUrl: 'https://b.example.com/hook', managed: false, signingKeyStored: false, findings: ['DUPLICATE', 'DISABLED'] },
      { callbackUrl: 'https://c.example.com/hook', managed: false, signingKeyStored: false, findings: ['RETRYING'] },
      { callbackUrl: HOOK, managed: true, signingKeyStored: true, findings: [] },
      { callbackUrl: 'https://b.example.com/hook', managed: false, signingKeyStored: false, findings: ['DUPLICATE'] },
    ])
    expect({ summary, organizationUri }).toEqual({
      summary: { total: 5, active: 4, disabled: 1, retrying: 1, managed: 1, foreign: 4, duplicates: 1, distinctUrls: 4 },
      organizationUri: rig.emulator.info.organizationUri,
    })
  })

  test('listWebhooks() filters by URL and state, and still knows duplicates whose twin is not shown', async () => {
    const rig = await rigOf({ seed: SEED })
    const { webhooks, summary } = await list(rig, { urlGlobs: ['https://b.*'], state: 'active' })
    expect({ rows: webhooks.map(({ scope, findings }) => ({ scope, findings })), total: summary.total }).toEqual({
      rows: [{ scope: 'user', findings: ['DUPLICATE'] }],
      total: 1,
    })
  })

  test('listWebhooks() with a scope asks for that scope only', async () => {
    const rig = await rigOf({ seed: SEED })
    const { webhooks } = await list(rig, { scope: 'user' })
    expect({ scopes: webhooks.map(({ scope }) => scope), asked: rig.emulator.requests().map(({ query }) => query['scope']) }).toEqual({
      scopes: ['user'],
      asked: ['user'],
    })
  })

  test('listWebhooks() without a store calls everything foreign', async () => {
    const rig = await rigOf({ seed: SEED })
    const { summary } = await listWebhooks({ store: null, progress: rig.deps.progress }, await rig.callerSession(), EVERYTHING)
    expect({ managed: summary.managed, foreign: summary.foreign }).toEqual({ managed: 0, foreign: 4 })
  })

  test('listWebhooks() gives an empty list and a zero summary for nothing', async () => {
    const rig = await rigOf()
    const { webhooks, summary } = await list(rig)
    expect({ webhooks, summary }).toEqual({
      webhooks: [],
      summary: { total: 0, active: 0, disabled: 0, retrying: 0, managed: 0, foreign: 0, duplicates: 0, distinctUrls: 0 },
    })
  })

  test('listWebhooks() refuses organization scope to a member before asking', async () => {
    const rig = await rigOf({ role: 'user' })
    const error = await errorOf(list(rig, { scope: 'organization' }))
    expect({ code: error.code, requests: rig.emulator.requests() }).toEqual({ code: 'ROLE_INSUFFICIENT', requests: [] })
  })
})

describe('getWebhook()', () => {
  test('getWebhook() gives the key only when asked, as Calendly has it', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const [remote] = rig.emulator.control.subscriptions()
    const uri = remote?.uri ?? ''
    const session = await rig.session()
    const plain = await getWebhook(rig.deps, session, { uri, showSecret: false })
    const shown = await getWebhook(rig.deps, session, { uri, showSecret: true })
    expect({ plain: Object.keys(plain), key: shown.signingKey, stored: plain.webhook.signingKeyStored }).toEqual({
      plain: ['webhook'],
      key: remote?.signingKey,
      stored: true,
    })
  })

  test('getWebhook() says that a key is not stored, and that Calendly does not tell it', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ id: 'FOREIGN000000000', callback_url: HOOK }] } })
    const error = await errorOf(getWebhook(rig.deps, await rig.session(), { uri: uriOf('FOREIGN000000000'), showSecret: true }))
    expect(error.code).toBe('SETTING_MISSING')
  })

  test('getWebhook() of one that is not there is CALENDLY_NOT_FOUND', async () => {
    const rig = await rigOf()
    expect((await errorOf(getWebhook(rig.deps, await rig.session(), { uri: uriOf('NONE000000000000'), showSecret: false }))).code).toBe(
      'CALENDLY_NOT_FOUND',
    )
  })
})

describe('createWebhook()', () => {
  const create = async (rig: WebhookRig, wanted = DESIRED, options: { signingKey?: string; dryRun?: boolean } = {}) => {
    const session = await rig.session()
    const prepared = await prepareCreate(rig.deps, session, wanted)
    const signingKey = options.signingKey === undefined ? null : new Secret(options.signingKey)
    return createWebhook(rig.deps, session, prepared, { wanted, signingKey, dryRun: options.dryRun ?? false })
  }

  test('createWebhook() makes one that is managed, with its key stored, and a second run is a no-op', async () => {
    const rig = await rigOf()
    const first = await create(rig)
    const second = await create(rig)
    const [known] = await rig.store.subscriptions.known('me')
    expect({
      first: {
        managed: first.webhook?.managed,
        stored: first.webhook?.signingKeyStored,
        outcomes: first.applied.map(({ outcome }) => outcome),
      },
      second: { uri: second.webhook?.uri, applied: second.applied, steps: stepsOf(second.plan) },
      origin: known?.origin,
      writes: rig.writes(),
    }).toEqual({
      first: { managed: true, stored: true, outcomes: ['created'] },
      second: { uri: first.webhook?.uri, applied: [], steps: [`keep desired ${HOOK}`] },
      origin: 'created',
      writes: ['POST 201'],
    })
  })

  test('createWebhook() signs with the key that somebody brings along', async () => {
    const rig = await rigOf()
    const { webhook } = await create(rig, DESIRED, { signingKey: 'brought along' })
    expect({
      remote: rig.emulator.control.subscriptions()[0]?.signingKey,
      stored: (await rig.store.subscriptions.signingKey(webhook?.uri ?? ''))?.reveal(),
    }).toEqual({ remote: 'brought along', stored: 'brought along' })
  })

  test('createWebhook() in user scope is for the caller', async () => {
    const rig = await rigOf()
    const { webhook } = await create(rig, { ...DESIRED, scope: 'user' })
    expect({ scope: webhook?.scope, user: webhook?.user, group: webhook?.group }).toEqual({
      scope: 'user',
      user: rig.emulator.info.userUri,
      group: null,
    })
  })

  test('createWebhook() in a dry run gives the plan and no subscription', async () => {
    const rig = await rigOf()
    const { webhook, plan, applied } = await create(rig, DESIRED, { dryRun: true })
    expect({ webhook, steps: stepsOf(plan), applied, there: rig.there() }).toEqual({
      webhook: null,
      steps: [`create missing ${HOOK}`],
      applied: [],
      there: [],
    })
  })

  test('prepareCreate() plans a url_conflict for one that was made elsewhere, so that the command can ask', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
    const { plan } = await prepareCreate(rig.deps, await rig.session(), DESIRED)
    expect(stepsOf(plan)).toEqual([`replace url_conflict ${HOOK}`])
  })

  test('createWebhook() at the connection’s own place makes the connection’s own webhook', async () => {
    const rig = await rigOf()
    await rig.update({ desired: DESIRED })
    const { webhook } = await create(rig)
    expect((await rig.store.connections.get('me'))?.webhookUri).toBe(webhook?.uri)
  })

  test('createWebhook() leaves the connection’s own webhook alone at another URL', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const before = (await rig.store.connections.get('me'))?.webhookUri
    await create(rig, { ...DESIRED, callbackUrl: 'https://second.example.com/' })
    expect({ same: (await rig.store.connections.get('me'))?.webhookUri === before, there: rig.there() }).toEqual({
      same: true,
      there: [`organization active ${HOOK}`, 'organization active https://second.example.com/'],
    })
    const again = await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: true })
    expect(stepsOf(again.plan)).toEqual([`keep desired ${HOOK}`])
  })
})

describe('deleteWebhooks()', () => {
  test('deleteWebhooks() deletes exactly those that are named, each once', async () => {
    const rig = await rigOf({
      seed: {
        subscriptions: ['AAAA000000000000', 'BBBB000000000000', 'CCCC000000000000'].map((id) => ({
          id,
          callback_url: `https://${id}.example.com/`,
        })),
      },
    })
    const uris = [uriOf('AAAA000000000000'), uriOf('CCCC000000000000'), uriOf('AAAA000000000000')]
    const session = await rig.session()
    const { applied } = await deleteWebhooks(rig.deps, session, await prepareDelete(rig.deps, session, uris))
    expect({ outcomes: applied.map(({ outcome }) => outcome), there: rig.there() }).toEqual({
      outcomes: ['deleted', 'deleted'],
      there: ['organization active https://BBBB000000000000.example.com/'],
    })
  })

  test('prepareDelete() of one that was never known is CALENDLY_NOT_FOUND', async () => {
    const rig = await rigOf()
    expect((await errorOf(prepareDelete(rig.deps, await rig.session(), [uriOf('NONE000000000000')]))).code).toBe('CALENDLY_NOT_FOUND')
  })

  test('prepareDelete() of one of ours that is gone plans nothing, so that a cut-short command can be run again', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const uri = rig.emulator.control.subscriptions()[0]?.uri ?? ''
    const session = await rig.session()
    await deleteWebhooks(rig.deps, session, await prepareDelete(rig.deps, session, [uri]))
    const { plan, missing } = await prepareDelete(rig.deps, session, [uri])
    expect({ steps: plan.steps, missing }).toEqual({ steps: [], missing: [uri] })
  })
})

describe('prune()', () => {
  const NONE: PruneCriteria = {
    duplicates: false,
    disabled: false,
    superseded: false,
    creatorGone: false,
    includeForeign: false,
    allButCurrent: false,
    urlGlobs: [],
    olderThanMs: null,
    keep: null,
  }
  const SEED = {
    users: [{ id: 'OWNER', email: 'ada@example.com', role: 'owner' as const }],
    subscriptions: [
      { callback_url: 'https://x.ngrok.app/{n}', count: 3 },
      { callback_url: 'https://dead.example.com/', state: 'disabled' as const },
      { callback_url: 'https://gone.example.com/', creator: 'https://api.calendly.com/users/NOBODY' },
      { callback_url: 'https://old.example.com/', created_at: '2020-01-01T00:00:00Z' },
    ],
  }
  const plan = async (rig: WebhookRig, criteria: Partial<PruneCriteria>) =>
    preparePrune(rig.deps, await rig.session(), { ...NONE, ...criteria })
  const urls = async (rig: WebhookRig, criteria: Partial<PruneCriteria>) =>
    (await plan(rig, criteria)).plan.steps.map(({ why, callbackUrl }) => `${why} ${callbackUrl}`)

  test('preparePrune() without criteria selects nothing that is foreign', async () => {
    const rig = await rigOf({ seed: SEED })
    await ensured(rig)
    expect(await urls(rig, {})).toEqual([])
  })

  test('preparePrune() selects ours that Calendly has disabled, unless it is needed', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const session = await rig.session()
    const wanted = { ...DESIRED, callbackUrl: 'https://second.example.com/' }
    const { webhook } = await createWebhook(rig.deps, session, await prepareCreate(rig.deps, session, wanted), {
      wanted,
      signingKey: null,
      dryRun: false,
    })
    rig.emulator.control.setSubscription(webhook?.uri ?? '', { state: 'disabled' })
    expect(await urls(rig, {})).toEqual(['disabled https://second.example.com/'])
  })

  test('preparePrune() with --url selects foreign ones', async () => {
    const rig = await rigOf({ seed: SEED })
    expect(await urls(rig, { urlGlobs: ['*.ngrok.app/*'] })).toEqual([1, 2, 3].map((n) => `matched https://x.ngrok.app/${n}`))
  })

  test('preparePrune() with --disabled --include-foreign selects foreign ones that are disabled', async () => {
    const rig = await rigOf({ seed: SEED })
    expect(await urls(rig, { disabled: true, includeForeign: true })).toEqual(['disabled https://dead.example.com/'])
  })

  test('preparePrune() with --creator-gone asks who is a member', async () => {
    const rig = await rigOf({ seed: SEED })
    expect(await urls(rig, { creatorGone: true, includeForeign: true })).toEqual(['creator_gone https://gone.example.com/'])
    expect(rig.emulator.requests().some(({ path }) => path === '/organization_memberships')).toBe(true)
  })

  test('preparePrune() without --creator-gone asks nobody about members', async () => {
    const rig = await rigOf({ seed: SEED })
    await urls(rig, { disabled: true })
    expect(rig.emulator.requests().some(({ path }) => path === '/organization_memberships')).toBe(false)
  })

  test('preparePrune() judges ages by Calendly’s clock', async () => {
    const rig = await rigOf({ seed: SEED })
    expect(await urls(rig, { olderThanMs: 365 * 86_400_000, includeForeign: true })).toEqual(['older_than https://old.example.com/'])
  })

  test('preparePrune() with --all-but-current spares the connection’s own', async () => {
    const rig = await rigOf({ seed: SEED })
    await ensured(rig)
    const selected = await urls(rig, { allButCurrent: true, includeForeign: true })
    expect({ count: selected.length, ours: selected.some((one) => one.endsWith(HOOK)) }).toEqual({ count: 6, ours: false })
  })

  test('prune() deletes what was planned, and nothing that came later', async () => {
    const rig = await rigOf({ seed: SEED })
    const prepared = await plan(rig, { urlGlobs: ['*.ngrok.app/*'] })
    rig.emulator.control.add({ subscriptions: [{ callback_url: 'https://x.ngrok.app/later' }] })
    const { applied, failed } = await prune(rig.deps, await rig.session(), prepared)
    expect({ applied: applied.length, failed, left: rig.there().filter((one) => one.includes('ngrok')) }).toEqual({
      applied: 3,
      failed: [],
      left: ['organization active https://x.ngrok.app/later'],
    })
  })

  test('chosenOf() keeps only the deletions that were ticked', async () => {
    const rig = await rigOf({ seed: SEED })
    const prepared = await plan(rig, { urlGlobs: ['*.ngrok.app/*'] })
    const second = prepared.plan.steps[1]?.uri ?? ''
    expect(chosenOf(prepared.plan, [second]).steps.map(({ uri }) => uri)).toEqual([second])
  })
})

describe('recreate()', () => {
  const renew = async (rig: WebhookRig, overlap = false) => {
    const session = await rig.session()
    return recreate(rig.deps, session, await prepareRecreate(rig.deps, session, { overlap }), { dryRun: false })
  }

  test('recreate() makes the connection’s subscription anew, with another key, deleting only once Calendly has said that the URL is taken', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const before = rig.emulator.control.subscriptions()[0]
    const { webhook, applied } = await renew(rig)
    const after = rig.emulator.control.subscriptions()
    expect({
      writes: rig.writes(),
      outcomes: applied.map(({ outcome, newUri }) => ({ outcome, newUri })),
      count: after.length,
      other: after[0]?.uri !== before?.uri && after[0]?.signingKey !== before?.signingKey,
      stored: (await rig.store.subscriptions.signingKey(webhook?.uri ?? ''))?.reveal() === after[0]?.signingKey,
      webhookUri: (await rig.store.connections.get('me'))?.webhookUri,
    }).toEqual({
      writes: ['POST 409', 'DELETE 204', 'POST 201'],
      outcomes: [{ outcome: 'replaced', newUri: webhook?.uri }],
      count: 1,
      other: true,
      stored: true,
      webhookUri: webhook?.uri,
    })
  })

  test('recreate() with overlap creates first at another query, and later runs want that', async () => {
    const rig = await rigOf()
    await ensured(rig)
    const { applied } = await renew(rig, true)
    const moved = `${HOOK}?calreconnect=1`
    expect({
      writes: rig.writes(),
      gaps: applied.map(({ gapMs }) => gapMs),
      there: rig.there(),
      desired: (await rig.store.connections.get('me'))?.desired?.callbackUrl,
    }).toEqual({
      writes: ['POST 201', 'DELETE 204'],
      gaps: [0],
      there: [`organization active ${moved}`],
      desired: moved,
    })
    const session = await rig.session()
    const again = await ensureWebhook(rig.deps, session, session.connection?.desired ?? null, { dryRun: false })
    expect({ steps: stepsOf(again.plan), writes: rig.writes() }).toEqual({ steps: [`keep desired ${moved}`], writes: [] })
    await renew(rig, true)
    expect(rig.there()).toEqual([`organization active ${HOOK}?calreconnect=2`])
  })

  test('recreate() after the old one was deleted and nothing made yet makes it', async () => {
    const rig = await rigOf()
    await ensured(rig)
    rig.emulator.control.removeSubscription(rig.emulator.control.subscriptions()[0]?.uri ?? '')
    const { applied } = await renew(rig)
    expect({ outcomes: applied.map(({ outcome }) => outcome), there: rig.there() }).toEqual({
      outcomes: ['created'],
      there: [`organization active ${HOOK}`],
    })
  })

  test('recreate() with overlap cleans up after one that died before it deleted', async () => {
    const rig = await rigOf()
    await ensured(rig)
    rig.emulator.control.addFaults([
      {
        method: 'DELETE',
        path: '/webhook_subscriptions/*',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'no' },
      },
    ])
    const first = await renew(rig, true)
    expect({ failed: first.failed.map(({ error }) => error.message.split(';')[0]), there: rig.there().length }).toEqual({
      failed: [expect.stringContaining('is in place')],
      there: 2,
    })
    await renew(rig, true)
    expect(rig.there()).toEqual([`organization active ${HOOK}?calreconnect=2`])
  })

  test('prepareRecreate() of a connection without a webhook names what to run', async () => {
    const rig = await rigOf()
    const error = await errorOf(prepareRecreate(rig.deps, await rig.session(), { overlap: false }))
    expect({ code: error.code, hint: error.hint }).toEqual({
      code: 'SETTING_MISSING',
      hint: 'calreconnect reconnect --callback-url URL',
    })
  })

  test('recreate() twice at once leaves one, whose key is known', async () => {
    const rig = await rigOf({ clock: (await import('../../../src/adapters/clock.ts')).systemClock })
    await ensured(rig)
    const results = await Promise.all([renew(rig), renew(rig)])
    const [remote, another] = rig.emulator.control.subscriptions()
    expect({
      failed: results.flatMap(({ failed }) => failed),
      another,
      key: (await rig.store.subscriptions.signingKey(remote?.uri ?? ''))?.reveal() === remote?.signingKey,
      events: remote?.events,
    }).toEqual({ failed: [], another: undefined, key: true, events: EVENTS })
  })
})
