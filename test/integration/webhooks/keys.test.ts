// Signing keys of subscriptions, made here or elsewhere, against an emulator and a real store.

import { afterEach, expect, test } from 'vitest'
import { managedUris } from '../../../src/core/plan/standing.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { renderKeys } from '../../../src/cli/render/keys.ts'
import { PLAIN } from '../../../src/cli/render/view.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { addKey, checkKeyText, listKeys, removeKeys } from '../../../src/operations/webhooks/keys.ts'
import { webhookUri } from '../../../src/operations/webhooks/get.ts'
import { DESIRED, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'

const FOREIGN = 'https://foreign.example.com/'
const TIME = expect.stringMatching(/^\d{4}-.*Z$/)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const rigs: WebhookRig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

async function rigWithForeign(): Promise<WebhookRig & { readonly foreign: string }> {
  const rig = await webhookRig({ seed: { subscriptions: [{ callback_url: FOREIGN }] } })
  rigs.push(rig)
  const [foreign] = rig.emulator.control.subscriptions()
  return { ...rig, foreign: foreign?.uri ?? '' }
}

test('addKey stores a key for a subscription made elsewhere, which stays foreign', async () => {
  const rig = await rigWithForeign()
  const { subscriptions } = rig.store
  expect(await addKey(subscriptions, await rig.session(), { webhook: rig.foreign, key: new Secret('k1') })).toEqual({
    webhookUri: rig.foreign,
    outcome: 'added',
    managed: false,
  })
  expect(managedUris(await subscriptions.known(null))).toEqual(new Set())
  expect(await listKeys(subscriptions, null)).toEqual({
    keys: [
      {
        webhookUri: rig.foreign,
        account: 'me',
        callbackUrl: FOREIGN,
        scope: 'organization',
        managed: false,
        isActive: true,
        current: true,
        since: TIME,
      },
    ],
  })
})

test('addKey keeps the key before as the previous one, and the same key changes nothing', async () => {
  const rig = await rigWithForeign()
  const { subscriptions } = rig.store
  const add = async (key: string) =>
    (await addKey(subscriptions, await rig.session(), { webhook: rig.foreign, key: new Secret(key) })).outcome
  expect([await add('k1'), await add('k1'), await add('k2')]).toEqual(['added', 'unchanged', 'replaced'])
  expect((await listKeys(subscriptions, null)).keys.map(({ current }) => current)).toEqual([true, false])
  expect((await subscriptions.signingKeys()).map(({ key, current }) => `${key.reveal()} ${current}`).sort()).toEqual([
    'k1 false',
    'k2 true',
  ])
})

test('addKey takes an id, and leaves a subscription that another connection manages with that connection', async () => {
  const rig = await rigWithForeign()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  const [own] = await rig.store.subscriptions.known('me')
  const session = await rig.session()
  if (session.connection === null) throw new Error('no connection')
  const other = { ...session, account: 'other', connection: { ...session.connection, name: 'other' } }
  const added = await addKey(rig.store.subscriptions, other, { webhook: own?.uri.split('/').at(-1) ?? '', key: new Secret('k1') })
  expect(added).toEqual({ webhookUri: own?.uri, outcome: 'replaced', managed: true })
  const [after] = await rig.store.subscriptions.known('me')
  expect([after?.account, after?.origin]).toEqual(['me', 'connection'])
})

test('addKey refuses a subscription that Calendly does not have', async () => {
  const rig = await rigWithForeign()
  const missing = '00000000-0000-4000-8000-000000000000'
  await expect(addKey(rig.store.subscriptions, await rig.session(), { webhook: missing, key: new Secret('k') })).rejects.toMatchObject({
    code: 'CALENDLY_NOT_FOUND',
  })
  expect(await listKeys(rig.store.subscriptions, null)).toEqual({ keys: [] })
})

test('removeKeys forgets current and previous key, by id too, and asks nothing of Calendly', async () => {
  const rig = await rigWithForeign()
  const { subscriptions } = rig.store
  for (const key of ['k1', 'k2']) await addKey(subscriptions, await rig.session(), { webhook: rig.foreign, key: new Secret(key) })
  const requests = rig.emulator.requests().length
  const removed = { webhookUri: rig.foreign, removed: true, managed: false }
  expect(await removeKeys(subscriptions, rig.foreign.split('/').at(-1) ?? '')).toEqual(removed)
  expect(await removeKeys(subscriptions, rig.foreign)).toEqual({ ...removed, removed: false })
  expect([await listKeys(subscriptions, null), rig.emulator.requests().length]).toEqual([{ keys: [] }, requests])
})

test('removeKeys makes reconnect replace a managed subscription: a key that is lost cannot verify', async () => {
  const rig = await rigWithForeign()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  const [own] = await rig.store.subscriptions.known('me')
  expect(await removeKeys(rig.store.subscriptions, own?.uri ?? '')).toMatchObject({ removed: true, managed: true })
  const { plan } = await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: true })
  expect(plan.steps.map(({ action, why }) => `${action} ${why}`)).toEqual(['replace key_unknown'])
})

test('listKeys goes on showing the key of a deleted subscription, and one account at a time', async () => {
  const rig = await rigWithForeign()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  await ensureWebhook(rig.deps, await rig.session(), null, { dryRun: false })
  const { keys } = await listKeys(rig.store.subscriptions, 'me')
  expect(keys.map(({ callbackUrl, isActive, managed }) => [callbackUrl, isActive, managed])).toEqual([[HOOK, false, true]])
  expect(await listKeys(rig.store.subscriptions, 'other')).toEqual({ keys: [] })
  const text = renderKeys({ keys }, { columns: Number.POSITIVE_INFINITY, nowMs: Date.now(), paint: PLAIN })
  expect(text.split('\n')[1]?.split('\t')).toEqual(expect.arrayContaining(['current', 'me', 'managed, deleted', HOOK]))
})

test('renderKeys never has a key to print', async () => {
  const rig = await rigWithForeign()
  await addKey(rig.store.subscriptions, await rig.session(), { webhook: rig.foreign, key: new Secret('canary-key') })
  const data = await listKeys(rig.store.subscriptions, null)
  const text = renderKeys(data, { columns: 80, nowMs: Date.now(), paint: PLAIN })
  expect(`${text}${JSON.stringify(data)}`).not.toContain('canary-key')
})

test.each([
  ['abcd', 'https://api.calendly.com/webhook_subscriptions/abcd'],
  ['https://api.calendly.com/webhook_subscriptions/AB-12', 'https://api.calendly.com/webhook_subscriptions/AB-12'],
])('webhookUri makes %s a URI', (given, uri) => {
  expect(webhookUri(given)).toBe(uri)
})

test.each(['https://api.calendly.com/users/AAAA', 'ftp://api.calendly.com/webhook_subscriptions/A', 'abc', '', '../x', 'a b'])(
  'webhookUri refuses “%s”',
  (given) => {
    expect(() => webhookUri(given)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  },
)

test.each([
  ['key', 'key', false],
  ['key\n', 'key', false],
  ['key\r\n', 'key', false],
  ['\uFEFFkey\r\n', 'key', false],
  [' key\n', 'key', true],
  ['key \n', 'key', true],
])('checkKeyText of %j trims it, and says so where more than a newline went', (given, text, warns) => {
  const checked = checkKeyText(bytes(given))
  expect([checked.text, checked.warning !== null]).toEqual([text, warns])
})

test.each([
  ['an empty key', bytes('\n'), 'The signing key is empty'],
  ['white space', bytes('   \n'), 'The signing key is empty'],
  ['two lines', bytes('one\ntwo\n'), 'The signing key has line breaks inside; pipe in the key alone'],
  ['bytes that are no text', new Uint8Array([0xfd, 0xfe]), 'The signing key is not UTF-8 text'],
  ['a whole file', new Uint8Array(5000).fill(97), 'That is no signing key: it has more than 4,096 bytes'],
])('checkKeyText refuses %s', (_, given, message) => {
  expect(() => checkKeyText(given)).toThrow(expect.objectContaining({ code: 'USAGE', message }))
})
