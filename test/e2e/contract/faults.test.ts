// Bad stores and bad answers: the right exit code, a clear message, and nothing changed.

import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

/** Commands that read the store, change it, and are not about a connection. */
const STORE_COMMANDS = [
  ['status'],
  ['accounts', 'list'],
  ['token'],
  ['connect', '--start'],
  ['store', 'info'],
  ['store', 'key', 'status'],
  ['webhooks', 'list'],
  ['disconnect', '--yes'],
] as const

/** A folder in which this user can make nothing: root is stopped by /proc alone. */
function closedFolder(): string {
  if (process.getuid?.() === 0) return '/proc/calreconnect-test'
  const folder = join(cli.folder, 'closed')
  mkdirSync(folder, { mode: 0o500 })
  return folder
}

async function outcome(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, envelope } = await cli.json([...args], { env })
  return { code, ok: envelope.ok, error: envelope.error?.code ?? null, hint: envelope.error?.hint !== null }
}

test('a store folder that cannot be written ends what must make a store with 9, and what only looks makes none', async () => {
  const db = join(closedFolder(), 'data', 'calreconnect.db')
  const ended: Record<string, unknown> = {}
  for (const args of STORE_COMMANDS) {
    const { code, ok, error } = await outcome([...args, '--db', db])
    ended[args.join(' ')] = { code, ok, error }
  }
  const looked = { code: 0, ok: true, error: null }
  const nobody = { code: 4, ok: false, error: 'NOT_CONNECTED' }
  expect(ended).toEqual({
    status: looked,
    'accounts list': looked,
    token: nobody,
    'connect --start': { code: 9, ok: false, error: 'STORE_READ_ONLY' },
    'store info': looked,
    'store key status': looked,
    'webhooks list': nobody,
    'disconnect --yes': nobody,
  })
})

test('a store that is no SQLite file ends every command with 9 and is left byte for byte as it is', async () => {
  const db = join(cli.folder, 'notes', 'notes.db')
  mkdirSync(dirname(db))
  const text = 'Not a database, but something that somebody needs.\n'.repeat(200)
  writeFileSync(db, text)
  chmodSync(db, 0o640)
  const results: unknown[] = []
  for (const args of STORE_COMMANDS) results.push(await outcome([...args, '--db', db]))
  expect(results).toEqual(results.map(() => ({ code: 9, ok: false, error: 'STORE_DAMAGED', hint: true })))
  expect([readFileSync(db, 'utf8') === text, readdirSync(dirname(db))]).toEqual([true, ['notes.db']])
})

for (const [what, env] of [
  ['the API', { CALENDLY_API_URL: 'https://no-such-host.invalid' }],
  ['the OAuth server', { CALENDLY_AUTH_URL: 'https://no-such-host.invalid' }],
] as const)
  test(`a host name of ${what} that does not resolve ends with 6 and names the host`, async () => {
    const started = await cli.json(['connect', '--start'])
    const redirected = await decide(started.envelope.data.authorize_url)
    const { code, envelope } = await cli.json(['connect', '--complete', redirected], { env })
    expect({ code, error: envelope.error?.code, named: envelope.error?.message.includes('no-such-host.invalid') }).toEqual({
      code: 6,
      error: 'NETWORK',
      named: true,
    })
  })

test('an HTML 502 ends with 6, and no HTML is shown', async () => {
  cli.emulator.control.addFaults([{ action: 'status', status: 502, times: null }])
  const env = { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken }
  for (const args of [
    ['webhooks', 'list'],
    ['webhooks', 'audit'],
    ['connect', '--token-stdin'],
  ]) {
    const { code, stdout, stderr } = await cli.run([...args, '--max-wait', '0'], { env, stdin: env.CALENDLY_TOKEN })
    expect({ args, code, stdout, html: /<html|<!doctype/i.test(stderr), error: stderr.startsWith('Error: ') }).toEqual({
      args,
      code: 6,
      stdout: '',
      html: false,
      error: true,
    })
  }
  expect((await cli.json(['status'])).envelope.data.accounts).toEqual([])
})

for (const [what, body] of [
  ['a captive portal', '<!doctype html><title>Welcome to the hotel</title>'],
  ['an empty object', {}],
  ['another type of token', { access_token: 'a', token_type: 'mac', expires_in: 7200 }],
  ['a list', [1, 2, 3]],
] as const)
  test(`a token endpoint that answers with ${what} ends connect with 6 and stores nothing`, async () => {
    cli.emulator.control.addFaults([{ path: '/oauth/token', action: 'status', status: 200, times: null, body }])
    const { code, stdout, stderr } = await cli.consenting(['connect'])
    expect({ code, stdout, error: /^Error: /m.test(stderr) }).toEqual({ code: 6, stdout: '', error: true })
    expect((await cli.json(['status'])).envelope.data.accounts).toEqual([])
  })

test('a token endpoint that answers a refresh with garbage ends with 6 and keeps the tokens', async () => {
  cli.emulator.control.setSwitches({ access_token_seconds: 60 })
  await cli.consenting(['connect'])
  cli.emulator.control.addFaults([{ path: '/oauth/token', action: 'status', status: 200, body: '<html>portal</html>' }])
  expect(await outcome(['token'])).toMatchObject({ code: 6, error: 'UNEXPECTED_ANSWER' })
  // The refresh token was not spent: the portal never was Calendly.
  expect(await outcome(['token'])).toMatchObject({ code: 0, ok: true })
})
