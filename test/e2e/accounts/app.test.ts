// `app`: OAuth apps in the store, and the first connect of somebody who has none yet.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { appRemoveSchema, appSetSchema, appShowSchema } from '../../../src/cli/schemas/app.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'
import { hasTerminal, KEYS, onTerminal } from '../../support/terminal.ts'

/** The environment names no app. */
const BARE = { CALENDLY_CLIENT_ID: '', CALENDLY_CLIENT_SECRET: '' }
/** By then every access token is over, and must be renewed. */
const LATER_MS = 3 * 60 * 60_000

let cli: AccountCli
let web: { readonly id: string; readonly secret: string }
let native: string
beforeEach(async () => {
  cli = await accountCli()
  const { clientId, clientSecret, nativeClientId } = cli.emulator.info
  web = { id: clientId, secret: clientSecret }
  native = nativeClientId
})
afterEach(() => cli.close())

async function run(args: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {}) {
  const { code, stderr, stdout, envelope } = await cli.json(args, { ...options, env: { ...BARE, ...options.env } })
  return { code, stderr, stdout, data: envelope.data, error: envelope.error }
}

const setWeb = (...more: readonly string[]) =>
  run(['app', 'set', web.id, '--client-secret-stdin', ...more], { stdin: `\uFEFF${web.secret}\r\n` })
const connected = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cli.consenting(['connect', '--json', ...args], {}, { env: { ...BARE, ...env } })

function everything(): string {
  const folder = join(cli.folder, 'data')
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file)).toString('latin1'))
    .join('')
}

test('app set keeps a client id that begins with a hyphen, as one of 64 random ones does, and does not take an option for one', async () => {
  const id = `-${'x'.repeat(42)}`
  expect((await run(['app', 'set', `--client-id=${id}`, '--native'])).data.app.client_id).toBe(id)
  expect((await run(['app', 'remove', '--yes', '--', id])).data.client_id).toBe(id)
  expect(await run(['app', 'set', '--client-id=-secret', '--native'])).toMatchObject({ code: 2, error: { code: 'USAGE' } })
})

test('app set keeps an app whose secret is nowhere in plain, and from then on nobody needs the environment', async () => {
  const set = await setWeb()
  v.parse(appSetSchema, set.data)
  expect([set.code, set.data.app.kind, set.data.app.secret_stored]).toEqual([0, 'web', true])
  const shown = await run(['app', 'show'])
  v.parse(appShowSchema, shown.data)
  expect(shown.data.apps).toEqual([
    { client_id: web.id, name: null, kind: 'web', from: 'store', in_use: true, secret_stored: true, accounts: [] },
  ])
  expect([set.stdout, set.stderr, shown.stdout, everything()].some((text) => text.includes(web.secret))).toBe(false)
  expect((await connected(['robin'])).code).toBe(0)
  await cli.emulator.control.advanceTime(LATER_MS)
  expect((await run(['webhooks', 'list'])).code).toBe(0)
  expect((await run(['app', 'show'])).data.apps[0].accounts).toEqual(['robin'])
  expect((await run(['disconnect', 'robin', '--yes'])).code).toBe(0)
})

test('each connection remembers its own of several apps; a new one needs a name where none is meant', async () => {
  await setWeb('--name', 'staging')
  await run(['app', 'set', native, '--native'])
  const unnamed = await run(['connect', 'robin', '--start'])
  expect([unnamed.code, unnamed.error?.hint]).toEqual([2, 'calreconnect connect --app staging'])
  expect((await connected(['robin', '--app', 'STAGING'])).code).toBe(0)
  expect((await connected(['jay', '--app', native])).code).toBe(0)
  const { apps } = (await run(['app', 'show'])).data
  expect(apps.map((app: { name: string; accounts: string[] }) => [app.name, app.accounts])).toEqual([
    ['staging', ['robin']],
    [null, ['jay']],
  ])
  await cli.emulator.control.advanceTime(LATER_MS)
  for (const account of ['robin', 'jay']) expect((await run(['webhooks', 'list', '--account', account])).code).toBe(0)
  // Its own app is meant when it is authorized anew.
  expect((await connected(['robin', '--force'])).code).toBe(0)
  expect((await run(['app', 'show', 'staging'])).data.apps[0].accounts).toEqual(['robin'])
})

test('the environment wins and says so, but for tokens of an app that is kept', async () => {
  await setWeb()
  expect((await connected(['robin'])).code).toBe(0)
  const env = { CALENDLY_CLIENT_ID: native }
  const started = await run(['connect', 'jay', '--start'], { env })
  expect(new URL(started.data.authorize_url).searchParams.get('client_id')).toBe(native)
  expect(started.stderr).toContain(`The OAuth app of CALENDLY_CLIENT_ID is used (${native}): the environment wins over the store`)
  await cli.emulator.control.advanceTime(LATER_MS)
  const token = await run(['webhooks', 'list', '--account', 'robin'], { env })
  expect([token.code, token.stderr.includes(`The OAuth app ${web.id} is used, which the store keeps`)]).toEqual([0, true])
})

test('connect --complete uses the app of its --start, whatever the environment is by then', async () => {
  await setWeb()
  const { data } = await run(['connect', 'robin', '--start'])
  await run(['app', 'set', native, '--native'])
  const redirected = await decide(data.authorize_url)
  expect((await run(['connect', '--complete', redirected])).code).toBe(0)
  expect((await run(['app', 'show', web.id])).data.apps[0].accounts).toEqual(['robin'])
})

test('connect --complete without the app of its --start leaves the flow alive', async () => {
  await setWeb()
  const { data } = await run(['connect', 'robin', '--start'])
  await run(['app', 'remove', web.id])
  const redirected = await decide(data.authorize_url)
  const refused = await run(['connect', '--complete', redirected])
  expect([refused.code, refused.error?.code]).toEqual([2, 'SETTING_MISSING'])
  await setWeb()
  expect((await run(['connect', '--complete', redirected])).code).toBe(0)
})

test('connect without any app explains in five lines how to make one', async () => {
  const { code, error } = await run(['connect', '--events', 'event_type.created', '--redirect-uri', 'http://localhost:9999/back'])
  const lines = error?.hint?.split('\n') ?? []
  expect([code, error?.code, lines.length]).toEqual([2, 'SETTING_MISSING', 5])
  expect(lines[1]).toContain('Sandbox')
  expect(lines[2]).toContain('http://localhost:9999/back')
  expect(lines[3]).toBe('4. Scopes: users:read organizations:read webhooks:write event_types:read')
  expect(lines[4]).toContain('calreconnect app set CLIENT_ID')
  expect((await run(['connect', '--redirect-uri', 'https://example.com/back'])).error?.hint).toContain('Production')
})

test('the tokens of an app that is not known here say which app to set', async () => {
  await setWeb()
  await connected(['robin'])
  const asked = await run(['app', 'remove', web.id])
  expect([asked.code, asked.error?.code]).toEqual([2, 'INPUT_REQUIRED'])
  const removed = await run(['app', 'rm', web.id, '--yes'])
  v.parse(appRemoveSchema, removed.data)
  expect(removed.data).toEqual({ client_id: web.id, name: null, accounts: ['robin'] })
  await cli.emulator.control.advanceTime(LATER_MS)
  const { code, error } = await run(['webhooks', 'list'])
  expect([code, error?.hint?.startsWith(`calreconnect app set ${web.id}`)]).toEqual([2, true])
})

test('a lost key takes the secrets of apps with it: reset-secrets names them, and app set brings them back', async () => {
  await setWeb()
  await connected(['robin'])
  rmSync(join(cli.folder, 'config', 'calreconnect.key'))
  expect((await run(['app', 'show'])).data.apps[0].secret_stored).toBe(false)
  const reset = await run(['store', 'reset-secrets', '--yes'])
  expect([reset.data.apps, reset.stderr.includes(`calreconnect app set ${web.id}`)]).toEqual([[web.id], true])
  const { code, error } = await run(['connect', 'robin', '--start'])
  expect([code, error?.hint]).toEqual([2, `calreconnect app set ${web.id}`])
  await setWeb()
  expect((await connected(['robin'])).code).toBe(0)
})

test.each([
  ['an id with blanks', ['app', 'set', 'a b', '--native'], 'USAGE'],
  ['an id that is an option', ['app', 'set', '--native', '--', '-x'], 'USAGE'],
  ['an id that is too long', ['app', 'set', 'x'.repeat(201), '--native'], 'USAGE'],
  ['two ids', ['app', 'set', 'a', '--client-id', 'b', '--native'], 'USAGE'],
  ['two ways to give the secret', ['app', 'set', 'a', '--native', '--client-secret-stdin'], 'USAGE'],
  ['a name that cannot be', ['app', 'set', 'a', '--native', '--name', '~x'], 'USAGE'],
  ['no secret and nobody to ask', ['app', 'set', 'a'], 'INPUT_REQUIRED'],
  ['no id and nobody to ask', ['app', 'set', '--native'], 'INPUT_REQUIRED'],
  ['an empty secret', ['app', 'set', 'a', '--client-secret-stdin'], 'FILE_UNREADABLE'],
  ['a secret file that is not there', ['app', 'set', 'a', '--client-secret-file', '/nowhere/secret'], 'FILE_UNREADABLE'],
  ['an app that is not there', ['app', 'remove', 'nobody'], 'SETTING_MISSING'],
])('%s is refused', async (_, args, wanted) => {
  const { code, error } = await run(args, { stdin: '\n' })
  expect([code, error?.code]).toEqual([2, wanted])
  expect((await run(['app', 'show'])).data.apps).toEqual([])
})

test('the secret of a file in UTF-16, as PowerShell writes it, is read', async () => {
  const file = join(cli.folder, 'secret.txt')
  writeFileSync(file, Buffer.from(`\uFEFF${web.secret}\r\n`, 'utf16le'))
  expect((await run(['app', 'set', web.id, '--client-secret-file', file])).code).toBe(0)
  expect((await connected(['robin'])).code).toBe(0)
})

describe.skipIf(!hasTerminal())('on a terminal', () => {
  test('the first connect explains, asks for id and hidden secret, keeps them, and goes on', async () => {
    const terminal = onTerminal(cli, ['connect', '--no-browser'], BARE)
    await terminal.until(/1\. Sign in at https:\/\/developer\.calendly\.com/)
    await terminal.until(/Client id:/)
    terminal.type(`${web.id}${KEYS.enter}`)
    await terminal.until(/Client secret/)
    terminal.type(`${web.secret}${KEYS.enter}`)
    const [page] = await terminal.until(/^http\S+\/oauth\/authorize\?\S+$/m)
    await terminal.until(/paste its full address here/)
    terminal.type(`${await decide(page)}${KEYS.enter}`)
    await terminal.until(/✓ Connected owner@example\.com/)
    const { code, shown } = await terminal.done
    expect([code, shown.includes(web.secret)]).toEqual([0, false])
    expect((await run(['app', 'show'])).data.apps[0].accounts).toEqual(['owner@example.com'])
  })
})
