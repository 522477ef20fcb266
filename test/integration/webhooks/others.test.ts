// Subscriptions of others at a connection's own place: said before one goes, left, adopted, and not fought over for ever.

import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { audit } from '../../../src/operations/audit/audit.ts'
import { ensureWebhook, type EnsureOptions } from '../../../src/operations/webhooks/ensure.ts'
import { addKey } from '../../../src/operations/webhooks/keys.ts'
import { preparePrune } from '../../../src/operations/webhooks/prune.ts'
import { backupsOfUris, plannedRestore, restore } from '../../../src/operations/webhooks/restore.ts'
import { errorOf } from '../../support/accounts.ts'
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

const theirs = (id = 'THEIRS0000000001', more: object = {}) => ({ id, callback_url: HOOK, signing_key: 'of-theirs', ...more })
const uriOf = (id: string): string => `https://api.calendly.com/webhook_subscriptions/${id}`

async function ensure(rig: WebhookRig, options: Partial<EnsureOptions> = {}, desired = DESIRED) {
  const said: string[] = []
  const deps = { ...rig.deps, warn: (text: unknown) => void said.push(String(text)) }
  await rig.update({ desired })
  const result = await ensureWebhook(deps, await rig.session(), desired, { dryRun: false, ...options })
  return { ...result, said }
}

/** The other installation: ours goes, and theirs comes. */
function displace(rig: WebhookRig, id: string): void {
  const { control } = rig.emulator
  for (const { uri, callbackUrl } of control.subscriptions()) if (callbackUrl === HOOK) control.removeSubscription(uri)
  control.add({ subscriptions: [theirs(id)] })
}

describe('a subscription of others at the place', () => {
  test('ensureWebhook() says before it goes that it was not made here, with the command that brings the definition back', async () => {
    const rig = await rigOf({ seed: { subscriptions: [theirs(undefined, { events: ['invitee.created'] })] } })
    const { said, plan } = await ensure(rig)
    expect(said).toEqual([
      `${uriOf('THEIRS0000000001')} at ${HOOK} was not made here and is replaced; whoever verifies with its signing key must learn the new one. ` +
        'Its definition comes back with: calreconnect webhooks restore --uri THEIRS0000000001 --account me',
    ])
    expect(plan.steps.map((step) => ('restorable' in step ? [step.restorable, step.whyNot] : []))).toEqual([[false, 'key_unknown']])
    const source = await backupsOfUris(rig.store.runs, 'me', ['THEIRS0000000001'])
    const planned = await plannedRestore(rig.deps, await rig.session(), source)
    expect(stepsOf(planned.plan)).toEqual([`replace restored ${HOOK}`])
    await restore(rig.deps, await rig.session(), planned, { command: 'webhooks restore' })
    expect(rig.emulator.control.subscriptions().map(({ events }) => events)).toEqual([['invitee.created']])
    expect((await ensure(rig)).said).toEqual([])
  })

  test('ensureWebhook() says so too of one that only a 409 shows', async () => {
    const rig = await rigOf({ seed: { subscriptions: [theirs(undefined, { hidden_lists: 2 })] } })
    const { said, applied } = await ensure(rig)
    expect({ said: said.length, applied: applied.map(({ why, outcome }) => `${why} ${outcome}`) }).toEqual({
      said: 1,
      applied: ['url_conflict replaced'],
    })
  })

  test('ensureWebhook() says nothing of what was made here', async () => {
    const rig = await rigOf()
    await ensure(rig)
    expect((await ensure(rig, {}, { ...DESIRED, events: ['invitee.created'] })).said).toEqual([])
  })

  test.each([0, 2])(
    'ensureWebhook() with --no-replace leaves it and fails where none may stand beside it, listed or not (%i)',
    async (hidden_lists) => {
      const rig = await rigOf({ seed: { subscriptions: [theirs(undefined, { hidden_lists })] } })
      const { failed, said } = await ensure(rig, { others: 'leave' })
      expect({
        failed: failed.map(({ error }) => [error.code, error.exit, error.hint]),
        said,
        there: rig.there().length,
        writes: rig.writes(),
      }).toEqual({
        failed: [['CALENDLY_CONFLICT', 'refused', 'Leave out --no-replace to replace it, or pass --adopt instead to take it as it is']],
        said: [],
        there: 1,
        writes: ['POST 409'],
      })
    },
  )

  test('ensureWebhook() with --no-replace makes one beside it where Calendly allows that, and leaves it at that', async () => {
    const rig = await rigOf({ seed: { subscriptions: [theirs()] }, switches: { conflict_span: 'app' } })
    await ensure(rig, { others: 'leave' })
    const { applied } = await ensure(rig, { others: 'leave' })
    expect({ there: rig.there().length, applied, writes: rig.writes() }).toEqual({ there: 2, applied: [], writes: ['POST 201'] })
  })

  test('ensureWebhook() with --adopt takes it as it is, with its events, and later runs leave it so', async () => {
    const rig = await rigOf({ seed: { subscriptions: [theirs(undefined, { events: ['invitee.created'] })] } })
    const dry = await ensure(rig, { others: 'adopt', dryRun: true })
    const { plan } = await ensure(rig, { others: 'adopt' })
    const connection = await rig.store.connections.get('me')
    const again = await ensureWebhook(rig.deps, await rig.session(), connection?.desired ?? null, { dryRun: false })
    expect({
      steps: [dry.plan, plan, again.plan].map(stepsOf),
      webhook: connection?.webhookUri,
      events: connection?.desired?.events,
      writes: rig.writes(),
    }).toEqual({
      steps: [[`keep desired ${HOOK}`], [`keep desired ${HOOK}`], [`keep desired ${HOOK}`]],
      webhook: uriOf('THEIRS0000000001'),
      events: ['invitee.created'],
      writes: [],
    })
    // Other events were asked for by name: now it is ours to replace, and nothing is said.
    const { said, applied } = await ensure(rig, {}, { ...DESIRED, events: EVENTS })
    expect({ said, applied: applied.map(({ why }) => why) }).toEqual({ said: [], applied: ['events_differ'] })
  })

  test('ensureWebhook() with --adopt makes one where there is none, and refuses one that delivers nothing', async () => {
    const rig = await rigOf()
    expect((await ensure(rig, { others: 'adopt' })).applied.map(({ outcome }) => outcome)).toEqual(['created'])
    const other = await rigOf({ seed: { subscriptions: [theirs(undefined, { state: 'disabled' })] } })
    expect((await errorOf(ensure(other, { others: 'adopt' }))).code).toBe('CALENDLY_CONFLICT')
  })
})

describe('a contest', () => {
  test('ensureWebhook() replaces once what took the place of ours, and stops from the second time on', async () => {
    const rig = await rigOf()
    await ensure(rig)
    displace(rig, 'THEIRS0000000001')
    expect((await ensure(rig)).applied.map(({ outcome }) => outcome)).toEqual(['replaced'])
    displace(rig, 'THEIRS0000000002')
    rig.writes()
    for (const dryRun of [true, false, false]) {
      const error = await errorOf(ensure(rig, { dryRun }))
      expect({ code: error.code, exit: error.exit, message: error.message, hint: String(error.hint) }).toEqual({
        code: 'CONTESTED',
        exit: 'refused',
        message: `Something else manages ${HOOK}: a subscription made here was found replaced by somebody else's 2 times, now by ${uriOf('THEIRS0000000002')}`,
        hint: 'calreconnect webhooks keys add THEIRS0000000002 --stdin --account me shares its signing key; the same command with --take-over replaces it all the same',
      })
    }
    expect(rig.writes()).toEqual([])
  })

  test('ensureWebhook() with --take-over insists, and counts anew', async () => {
    const rig = await rigOf()
    await ensure(rig)
    displace(rig, 'THEIRS0000000001')
    await ensure(rig)
    displace(rig, 'THEIRS0000000002')
    expect((await ensure(rig, { takeOver: true })).applied.map(({ outcome }) => outcome)).toEqual(['replaced'])
    displace(rig, 'THEIRS0000000003')
    expect((await ensure(rig)).applied.map(({ outcome }) => outcome)).toEqual(['replaced'])
    displace(rig, 'THEIRS0000000004')
    expect((await errorOf(ensure(rig))).code).toBe('CONTESTED')
  })

  test('ensureWebhook() in a contest takes theirs for right once its key is added', async () => {
    const rig = await rigOf()
    await ensure(rig)
    displace(rig, 'THEIRS0000000001')
    await ensure(rig)
    displace(rig, 'THEIRS0000000002')
    await addKey(rig.store.subscriptions, await rig.session(), { webhook: 'THEIRS0000000002', key: new Secret('of-theirs') })
    rig.writes()
    expect({ steps: stepsOf((await ensure(rig)).plan), writes: rig.writes() }).toEqual({ steps: [`keep desired ${HOOK}`], writes: [] })
  })

  test('ensureWebhook() does not count what was deleted by hand while nobody else was there, nor what a list is behind with', async () => {
    const rig = await rigOf()
    await ensure(rig)
    for (let each = 0; each < 3; each += 1) {
      for (const { uri } of rig.emulator.control.subscriptions()) rig.emulator.control.removeSubscription(uri)
      await ensure(rig)
    }
    displace(rig, 'THEIRS0000000001')
    expect((await ensure(rig)).applied.map(({ outcome }) => outcome)).toEqual(['replaced'])
    const [ours] = rig.emulator.control.subscriptions()
    rig.emulator.control.setSubscription(ours?.uri ?? '', { hiddenLists: 2 })
    expect((await ensure(rig)).failed).toEqual([])
    expect((await rig.store.subscriptions.known(null, { gone: true })).filter(({ displaced }) => displaced)).toHaveLength(1)
  })

  test('audit() finds a contest while somebody else stands there, and reconnect --take-over ends it', async () => {
    const rig = await rigOf()
    const found = async () => {
      const { connections, subscriptions, auditSnapshots } = rig.store
      const deps = { store: { connections, subscriptions, auditSnapshots }, progress: rig.deps.progress }
      const request = { totalMax: null, perUrlMax: null, allowHosts: [], failOn: 'error' } as const
      const { result } = await audit(deps, await rig.session(), request)
      return result.findings
        .filter(({ code }) => code === 'CONTESTED')
        .map(({ severity, uris, fix }) => ({ severity, uris, fix: String(fix) }))
    }
    await ensure(rig)
    displace(rig, 'THEIRS0000000001')
    expect(await found()).toEqual([])
    await ensure(rig)
    displace(rig, 'THEIRS0000000002')
    expect(await found()).toEqual([
      { severity: 'warning', uris: [uriOf('THEIRS0000000002')], fix: 'calreconnect reconnect me --take-over' },
    ])
    await ensure(rig, { takeOver: true })
    expect(await found()).toEqual([])
  })
})

describe('what cannot be restored', () => {
  test('preparePrune() says of each that goes whether it could come back as it was', async () => {
    const rig = await rigOf({
      seed: {
        subscriptions: [
          { id: 'KEYED00000000001', callback_url: 'https://a.example.com/' },
          { id: 'UNKEYED000000001', callback_url: 'https://b.example.com/' },
          { id: 'SCOPED0000000001', callback_url: 'https://c.example.com/', events: ['contact.created'] },
        ],
      },
    })
    for (const webhook of ['KEYED00000000001', 'SCOPED0000000001']) {
      await addKey(rig.store.subscriptions, await rig.session(), { webhook, key: new Secret('k') })
    }
    const session = await rig.session({ grantedScopes: ['webhooks:write', 'scheduled_events:read'] })
    const criteria = {
      duplicates: false,
      disabled: false,
      superseded: false,
      creatorGone: false,
      includeForeign: true,
      allButCurrent: false,
      urlGlobs: ['*'],
      olderThanMs: null,
      keep: null,
    }
    const { plan } = await preparePrune(rig.deps, session, criteria)
    expect(
      plan.steps.flatMap((step) => ('restorable' in step ? [`${step.uri.slice(-16)} ${step.restorable} ${step.whyNot}`] : [])).sort(),
    ).toEqual(['KEYED00000000001 true undefined', 'SCOPED0000000001 false scope_missing', 'UNKEYED000000001 false key_unknown'])
  })
})
