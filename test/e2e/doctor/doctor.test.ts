// `doctor`: each thing is broken on purpose, found, mended as the fix says, and found to be right again.

import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import type { CliOptions } from '../../support/cli.ts'
import { schemaProblems } from '../../support/data-schema.ts'

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

async function connected(): Promise<void> {
  const { code, stderr } = await cli.consenting(['connect', '--callback-url', 'https://hooks.example.com/a'])
  if (code !== 0) throw new Error(stderr)
}

/** What is not as it should be: name, status, code, fix. */
async function wrong(args: readonly string[] = [], options: CliOptions = {}) {
  const { code, envelope } = await cli.json(['doctor', ...args], options)
  expect(await schemaProblems('doctor', envelope.data)).toEqual([])
  const checks: readonly { name: string; status: string; code: string | null; fix: string | null }[] = envelope.data.checks
  // Tests run in containers as well, where no browser comes back.
  const bad = checks.filter(({ name, status }) => name !== 'browser' && status !== 'ok' && status !== 'skipped')
  return { code, error: envelope.error?.code ?? null, bad: bad.map((one) => [one.name, one.status, one.code, one.fix]) }
}

const FINE = { code: 0, error: null, bad: [] }

test('doctor finds nothing wrong with a connection that works, and says so of every check', async () => {
  await connected()
  expect(await wrong()).toEqual(FINE)
  const { envelope } = await cli.json(['doctor'])
  expect(envelope.data.checks.map(({ name }: { name: string }) => name)).toEqual([
    'version',
    'node',
    'store',
    'store_permissions',
    'encryption_key',
    'redirect_port',
    'browser',
    'terminal',
    'proxy',
    'certificates',
    'api_reachable',
    'auth_reachable',
    'clock',
    'token',
    'scopes',
    'organization',
    'role',
    'subscription',
    'open_runs',
  ])
})

test('doctor without a connection warns, ends with 0 and makes no store', async () => {
  expect(await wrong()).toEqual({ code: 0, error: null, bad: [['token', 'warning', null, 'calreconnect connect']] })
  expect(statSync(cli.db, { throwIfNoEntry: false })).toBeUndefined()
})

test('doctor with CALENDLY_TOKEN looks at its owner and needs no store', async () => {
  expect(await wrong([], { env: { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken } })).toEqual(FINE)
  expect(await wrong([], { env: { CALENDLY_TOKEN: 'not-a-token' } })).toMatchObject({ code: 4, error: 'CALENDLY_UNAUTHENTICATED' })
})

test.skipIf(process.platform === 'win32')('doctor tells of a store that others can read and leaves it; --fix mends it', async () => {
  await connected()
  chmodSync(cli.db, 0o644)
  const found = await wrong()
  expect(found).toEqual({
    code: 9,
    error: 'STORE_EXPOSED',
    bad: [['store_permissions', 'failed', 'STORE_EXPOSED', 'calreconnect --json doctor --fix']],
  })
  expect(statSync(cli.db).mode & 0o777).toBe(0o644)
  expect(await wrong(['--fix'])).toEqual({ code: 0, error: null, bad: [['store_permissions', 'fixed', null, null]] })
  expect([statSync(cli.db).mode & 0o777, await wrong()]).toEqual([0o600, FINE])
})

test('doctor finds an authorization that was revoked, and ends with 4', async () => {
  await connected()
  cli.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 401, times: null, body: UNAUTHENTICATED }])
  cli.emulator.control.addFaults([{ path: '/oauth/token', action: 'status', status: 400, times: null, body: { error: 'invalid_grant' } }])
  expect(await wrong()).toMatchObject({
    code: 4,
    error: 'NEEDS_CONNECT',
    bad: [['token', 'failed', 'NEEDS_CONNECT', expect.stringContaining('connect')]],
  })
})

const UNAUTHENTICATED = { title: 'Unauthenticated', message: 'The access token is invalid' }

test('doctor finds a subscription that somebody deleted; its fix brings it back', async () => {
  await connected()
  const [{ uri }] = (await cli.json(['webhooks', 'list'])).envelope.data.webhooks
  await fetch(`${cli.emulator.url}${new URL(uri).pathname}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${cli.emulator.info.personalAccessToken}` },
  })
  const { code, error, bad } = await wrong()
  expect({ code, error, names: bad.map(([name, status]) => [name, status]) }).toEqual({
    code: 3,
    error: 'FINDINGS',
    names: [['subscription', 'failed']],
  })
  const fix = String(bad[0]?.[3]).split(' ').slice(1)
  expect((await cli.run(fix)).code).toBe(0)
  expect(await wrong()).toEqual(FINE)
})

test('doctor finds a redirect port that is taken, and that it is free again', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(Number(new URL(cli.redirectUri).port), '127.0.0.1', resolve))
  await connectedByToken()
  expect(await wrong()).toMatchObject({
    code: 2,
    error: 'PORT_TAKEN',
    bad: [['redirect_port', 'failed', 'PORT_TAKEN', expect.any(String)]],
  })
  await new Promise((resolve) => server.close(resolve))
  expect(await wrong()).toEqual(FINE)
})

const connectedByToken = (): Promise<void> => cli.connect('--callback-url', 'https://hooks.example.com/a')

test('doctor finds a host that cannot be reached, leaves the account alone and ends with 6', async () => {
  await connected()
  const { code, error, bad } = await wrong([], { env: { CALENDLY_API_URL: 'http://127.0.0.1:9' } })
  expect({ code, error, bad: bad.map(([name, status, why]) => [name, status, why]) }).toEqual({
    code: 6,
    error: 'NETWORK',
    bad: [['api_reachable', 'failed', 'NETWORK']],
  })
})

test('doctor takes a captive portal for what it is', async () => {
  cli.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 200, times: null, body: '<html>Welcome</html>' }])
  expect(await wrong()).toMatchObject({ code: 6, error: 'UNEXPECTED_ANSWER' })
})

test('doctor finds a key that does not open the store', async () => {
  await connected()
  const { code, error, bad } = await wrong([], { env: { CALRECONNECT_CONFIG_DIR: join(cli.folder, 'elsewhere') } })
  expect({ code, key: bad.find(([name]) => name === 'encryption_key')?.slice(0, 2) }).toEqual({
    code: 9,
    key: ['encryption_key', 'failed'],
  })
  expect(error).toMatch(/^STORE_KEY_/)
})

test('doctor finds a store that is no database, and looks at no account then', async () => {
  await connected()
  writeFileSync(cli.db, 'Not a database.\n'.repeat(400))
  expect(await wrong()).toMatchObject({ code: 9, error: 'STORE_DAMAGED', bad: [['store', 'failed', 'STORE_DAMAGED', expect.any(String)]] })
})

test('doctor finds proxies and certificates that cannot be used', async () => {
  const missing = join(cli.folder, 'no-such.pem')
  const certificates = await wrong([], { env: { NODE_EXTRA_CA_CERTS: missing } })
  expect(certificates).toMatchObject({ code: 2, error: 'FILE_UNREADABLE' })
  const proxy = await wrong([], { env: { HTTPS_PROXY: 'socks5://proxy.example:1080' } })
  expect(proxy.bad.map(([name, status, code]) => [name, status, code])).toContainEqual(['proxy', 'failed', 'USAGE'])
})

test('doctor ends with 4 for an account that is not stored', async () => {
  await connected()
  expect((await cli.run(['doctor', '-a', 'nobody'])).code).toBe(4)
})
