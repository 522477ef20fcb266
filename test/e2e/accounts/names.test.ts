// Whose account a command is about: names in any form, names that contradict each other, CALENDLY_TOKEN beside stored accounts,
// settings with what editors and env files put around them, and paths that no shell has seen.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as v from 'valibot'
import { accountsRemoveSchema } from '../../../src/cli/schemas/accounts.ts'
import type { CliOptions } from '../../support/cli.ts'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'

let cli: EmulatedCli
let token: string
beforeAll(async () => {
  cli = await emulatedCli()
  token = cli.emulator.info.personalAccessToken
  await cli.connect('--name', 'acme')
  await cli.connect('--name', 'Büro')
})
afterAll(() => cli.close())

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, options: CliOptions = {}) {
  const { code, stderr, envelope } = await cli.json(args, { ...options, env })
  return { code, stderr, data: envelope.data, error: envelope.error }
}

const names = async (): Promise<readonly string[]> => (await run(['accounts', 'ls'])).data.accounts.map((one: { name: string }) => one.name)

test.each([['acme'], ['ACME'], ['bu\u0308ro'], ['BÜRO'], ['acm']])('status %s finds the account', async (name) => {
  expect((await run(['status', name])).code).toBe(0)
})

test('a name that is not there is told with the one that was meant', async () => {
  const { code, error } = await run(['status', 'amce'])
  expect([code, error?.code, error?.message]).toEqual([4, 'ACCOUNT_UNKNOWN', 'No connected account is called amce; did you mean acme?'])
})

test.each([
  ['status', ['status', 'büro']],
  ['reconnect', ['reconnect', 'büro', '--dry-run']],
  ['reconnect with several', ['reconnect', 'acme', 'büro', '--dry-run']],
  ['disconnect', ['disconnect', 'büro', '--dry-run']],
  ['accounts use', ['accounts', 'use', 'büro']],
  ['accounts rename', ['accounts', 'rename', 'büro', 'office']],
  ['accounts remove', ['accounts', 'remove', 'büro']],
  ['connect', ['connect', 'büro', '--start']],
  ['status of one that is not there', ['status', 'nobody']],
])('another name beside --account or CALRECONNECT_ACCOUNT is a usage error: %s', async (_, args) => {
  const [flag, variable] = [await run([...args, '--account', 'acme']), await run(args, { CALRECONNECT_ACCOUNT: 'acme' })]
  expect([flag.code, flag.error?.code, variable.code, variable.error?.hint]).toEqual([2, 'USAGE', 2, 'unset CALRECONNECT_ACCOUNT'])
})

test('the same account said twice, in whatever form, is no contradiction', async () => {
  for (const [name, account] of [
    ['acme', 'ACME'],
    ['acme', 'acm'],
    ['BÜRO', 'bu\u0308ro'],
  ] as const) {
    expect((await run(['status', name, '--account', account])).code).toBe(0)
  }
})

test('connect NAME means the stored account in whatever form, and keeps its name', async () => {
  const options = { stdin: token }
  for (const args of [
    ['connect', 'ACME', '--token-stdin'],
    ['connect', '--name', 'BU\u0308RO', '--token-stdin'],
  ]) {
    expect((await run(args, {}, options)).code).toBe(0)
  }
  expect(await names()).toEqual(['acme', 'Büro'])
})

test.each([
  ['two names', ['connect', 'one', '--name', 'two', '--token-stdin']],
  ['a name that begins with -', ['connect', '--token-stdin', '--', '-h']],
  ['a word that objects keep for themselves', ['connect', '__proto__', '--token-stdin']],
  ['a name that is too long', ['connect', 'a'.repeat(101), '--token-stdin']],
  ["another account's e-mail", ['accounts', 'rename', 'acme', 'owner@example.com']],
])('%s is refused', async (_, args) => {
  const { code, error } = await run(args, {}, { stdin: token })
  expect([code, error?.code]).toEqual([2, 'USAGE'])
  expect(await names()).toEqual(['acme', 'Büro'])
})

test.each([
  ['nothing else', {}, true],
  ['CALRECONNECT_ACCOUNT, which wins', { CALRECONNECT_ACCOUNT: 'acme' }, false],
])('CALENDLY_TOKEN beside stored accounts and %s: stderr says whose account acts', async (_, env, tokenActs) => {
  const { code, stderr } = await run(['webhooks', 'list'], { CALENDLY_TOKEN: token, ...env })
  expect([code, /^The owner of CALENDLY_TOKEN acts: owner@example\.com, not the 2 stored accounts\./m.test(stderr)]).toEqual([0, tokenActs])
})

test('CALENDLY_TOKEN loses against --account, and without stored accounts nothing is said', async () => {
  expect((await run(['token', '--account', 'acme'], { CALENDLY_TOKEN: 'other' })).data.access_token).toBe(token)
  expect((await run(['token'], { CALENDLY_TOKEN: 'other', CALRECONNECT_ACCOUNT: 'acme' })).data.access_token).toBe(token)
  const own = await run(['token'], { CALENDLY_TOKEN: 'other' })
  expect([own.data.access_token, own.stderr.includes('CALENDLY_TOKEN')]).toEqual(['other', true])
  const nothingStored = { CALENDLY_TOKEN: token, CALRECONNECT_DB: join(cli.folder, 'none.db') }
  expect((await run(['webhooks', 'list'], nothingStored)).stderr).not.toContain('CALENDLY_TOKEN')
})

test.each([
  ['a token from a Windows file', { CALENDLY_TOKEN: '\uFEFFTOKEN\r\n' }],
  ['a token with blanks', { CALENDLY_TOKEN: '  TOKEN ' }],
  ['an address with a newline', { CALENDLY_TOKEN: 'TOKEN', CALENDLY_API_URL: 'API\n' }],
])('%s is trimmed', async (_, given) => {
  const env = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, text.replace('TOKEN', token).replace('API', cli.emulator.url)]),
  )
  expect((await run(['webhooks', 'list'], { ...env, CALRECONNECT_DB: join(cli.folder, 'none.db') })).code).toBe(0)
})

test('a token that an env file kept in quotation marks is refused without being shown', async () => {
  const { code, error } = await run(['webhooks', 'list'], { CALENDLY_TOKEN: `"${token}"` })
  expect([code, error?.message.includes(token)]).toEqual([2, false])
})

test('a store that begins with ~, is quoted, is a folder or another database is refused with what to write, and nothing is made', async () => {
  const folder = join(cli.folder, 'folder')
  mkdirSync(folder)
  for (const [text, hint] of [
    ['~/x/store.db', `Write CALRECONNECT_DB=${cli.folder}/x/store.db`],
    [`"${cli.folder}/x/store.db"`, `Write CALRECONNECT_DB=${cli.folder}/x/store.db`],
    ['mysql://root@localhost/x', 'Give CALRECONNECT_DB the path of a file'],
    [folder, `Write CALRECONNECT_DB=${folder}/calreconnect.db`],
  ] as const) {
    for (const args of [['status'], ['connect', 'new', '--token-stdin'], ['store', 'info'], ['webhooks', 'list'], ['token']]) {
      const { code, error } = await run(args, { CALRECONNECT_DB: text }, { stdin: token })
      expect({ text, args, code, hint: error?.hint }).toEqual({ text, args, code: 2, hint })
    }
  }
  expect([existsSync('~'), existsSync(join(cli.folder, 'x')), existsSync(join(folder, 'calreconnect.db'))]).toEqual([false, false, false])
})

test('with CALENDLY_TOKEN, too, looking makes no store', async () => {
  const folder = join(cli.folder, 'mistyped')
  const env = { CALENDLY_TOKEN: token, CALRECONNECT_DB: join(folder, 'store.db') }
  for (const args of [
    ['webhooks', 'list'],
    ['webhooks', 'audit'],
    ['webhooks', 'plan', '--init'],
    ['webhooks', 'sample', 'invitee.created'],
    ['webhooks', 'prune', '--dry-run'],
    ['reconnect', '--callback-url', 'https://hooks.example.com/a', '--dry-run'],
    ['token'],
    ['status'],
  ]) {
    const { code } = await run(args, env)
    expect([args, code, existsSync(folder)]).toEqual([args, 0, false])
  }
})

test('looking at an empty file does not make a store of it', async () => {
  const file = join(cli.folder, 'empty.txt')
  writeFileSync(file, '')
  expect((await run(['status'], { CALRECONNECT_DB: file })).data).toEqual({ accounts: [] })
  expect((await cli.run(['store', 'info', '--json'], { env: { CALRECONNECT_DB: file } })).code).toBe(0)
})

test('accounts remove takes a disconnected account only, and --force-local says what stays at Calendly; --all means the connected', async () => {
  await cli.connect('gone', '--callback-url', 'https://hooks.example.com/gone')
  const refused = await run(['accounts', 'remove', 'gone'])
  expect([refused.code, refused.error?.hint]).toEqual([2, 'calreconnect disconnect gone'])
  expect((await run(['disconnect', 'gone', '--yes'])).code).toBe(0)
  expect((await run(['reconnect', '--all', '--dry-run'])).data.results.map((one: { account: string }) => one.account)).toEqual([
    'acme',
    'Büro',
  ])
  expect((await run(['disconnect', '--all', '--dry-run'])).data.results.map((one: { account: string }) => one.account)).toEqual([
    'acme',
    'Büro',
  ])
  const removed = await run(['accounts', 'rm', 'GONE'])
  v.parse(accountsRemoveSchema, removed.data)
  expect([removed.code, removed.data]).toEqual([0, { account: 'gone', left: [] }])
  expect(await names()).toEqual(['acme', 'Büro'])
  expect((await run(['runs'])).data.runs.some((one: { account: string }) => one.account === 'gone')).toBe(true)

  await cli.connect('hasty', '--callback-url', 'https://hooks.example.com/hasty')
  const forced = await run(['accounts', 'remove', 'hasty', '--force-local'])
  expect([forced.code, forced.data.left.length, /Warning: This stays at Calendly: https:/.test(forced.stderr)]).toEqual([0, 1, true])
  expect(await names()).toEqual(['acme', 'Büro'])
})
