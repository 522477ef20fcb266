// `doctor`: each thing is broken on purpose, found, mended as the fix says, and found to be right again.

import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import type { CliOptions } from '../../support/cli.ts'
import { schemaProblems } from '../../support/data-schema.ts'
import { wordsOf } from '../../support/hinted.ts'
import { hasTerminal, onTerminal } from '../../support/terminal.ts'

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
    'completion',
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

/** Changes what is stored of the connection, as no command would. */
function storeSays(sql: string): void {
  const db = new Sqlite(cli.db)
  db.exec(sql)
  db.close()
}

/** A fix is run as it is printed. */
const follow = (fix: unknown) => cli.consenting(wordsOf(String(fix)).slice(1))

test('doctor finds a clock that is wrong; it is content when the clock is right', async () => {
  await connected()
  await cli.emulator.control.advanceTime(90_000)
  const { code, bad } = await wrong()
  expect([code, bad]).toEqual([0, [['clock', 'warning', null, 'Set the clock: timedatectl set-ntp true']]])
  const { envelope } = await cli.json(['doctor'])
  const clock: { message: string } | undefined = envelope.data.checks.find(({ name }: { name: string }) => name === 'clock')
  expect(clock?.message).toMatch(/^This machine's clock is (?:89|90|91) s behind Calendly's$/)
})

test('doctor finds OAuth scopes that the desired events need and nobody granted; its fix asks for them', async () => {
  await connected()
  storeSays('UPDATE calendar_connections SET scopes = \'["users:read","organizations:read","webhooks:write"]\'')
  const { code, error, bad } = await wrong()
  expect([code, error, bad.map(([name]) => name)]).toEqual([4, 'CALENDLY_INSUFFICIENT_SCOPE', ['scopes']])
  expect((await follow(bad[0]?.[3])).code).toBe(0)
  expect(await wrong()).toEqual(FINE)
})

test('doctor finds somebody who is no owner or admin any more; its fix makes the webhook in user scope', async () => {
  await connected()
  cli.emulator.control.setRole(cli.emulator.info.userUri, 'user')
  const { code, error, bad } = await wrong()
  expect([code, error, bad.map(([name]) => name)]).toEqual([5, 'ROLE_INSUFFICIENT', ['role']])
  expect((await follow(bad[0]?.[3])).code).toBe(0)
  expect(await wrong()).toEqual(FINE)
})

test('doctor finds a subscription that Calendly has disabled; its fix makes it anew', async () => {
  await connected()
  const [own] = cli.emulator.control.subscriptions()
  cli.emulator.control.setSubscription(String(own?.uri), { state: 'disabled' })
  const { code, bad } = await wrong()
  expect([code, bad.map(([name, status]) => [name, status])]).toEqual([3, [['subscription', 'failed']]])
  expect((await follow(bad[0]?.[3])).code).toBe(0)
  expect(await wrong()).toEqual(FINE)
})

test('doctor finds a run that was killed; --fix finds out at Calendly what became of it', async () => {
  await connected()
  const args = ['webhooks', 'create', '--callback-url', 'https://hooks.example.com/b', '--events', 'invitee.canceled']
  const killed = await cli.run(args, { env: { CALRECONNECT_CRASHPOINT: 'http:POST /webhook_subscriptions:after' } })
  expect(killed.signal).toBe('SIGKILL')
  const found = await wrong()
  expect([found.code, found.bad.map(([name, status]) => [name, status])]).toEqual([8, [['open_runs', 'failed']]])
  expect(await wrong(['--fix'])).toEqual({ code: 0, error: null, bad: [['open_runs', 'fixed', null, null]] })
  expect(await wrong()).toEqual(FINE)
})

test('doctor finds an OAuth server that cannot be reached', async () => {
  await connected()
  const { code, error, bad } = await wrong([], { env: { CALENDLY_AUTH_URL: 'http://127.0.0.1:9' } })
  expect([code, error, bad.map(([name]) => name)]).toEqual([6, 'NETWORK', ['auth_reachable']])
})

test('doctor tells of a key that lies around beside the one in use', async () => {
  await connected()
  const { code, bad } = await wrong([], { env: { CALRECONNECT_KEY: Buffer.alloc(32, 7).toString('base64') } })
  expect([code, bad]).toEqual([0, [['encryption_key', 'warning', null, 'calreconnect store key status']]])
  expect(await wrong()).toEqual(FINE)
})

test('doctor says on another machine that no browser comes back, and where to go on', async () => {
  await connected()
  const { envelope, code } = await cli.json(['doctor'], { env: { SSH_CONNECTION: '10.0.0.1 50000 10.0.0.2 22', SSH_TTY: '/dev/pts/0' } })
  const browser = envelope.data.checks.find(({ name }: { name: string }) => name === 'browser')
  expect([code, browser]).toEqual([0, expect.objectContaining({ status: 'warning', fix: expect.stringContaining('connect --start') })])
})

test('doctor asks a receiver only when it is told to, without credentials', async () => {
  const asked: IncomingMessage[] = []
  let status = 405
  const receiver = createHttpServer((request, response) => {
    asked.push(request)
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  try {
    await cli.consenting(['connect', '--callback-url', `http://127.0.0.1:${port}/hook`, '--allow-ephemeral-host', '--allow-http'])
    await cli.run(['doctor'])
    expect(asked).toEqual([])
    const receiverOf = async () => {
      const { envelope } = await cli.json(['doctor', '--receiver'])
      return envelope.data.checks.find(({ name }: { name: string }) => name === 'receiver')
    }
    expect(await receiverOf()).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ answers 405 to an unsigned OPTIONS in \d+ ms$/),
    })
    expect(asked.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([['OPTIONS', '/hook', undefined]])
    status = 404
    expect(await receiverOf()).toMatchObject({ status: 'warning', fix: expect.stringContaining('webhooks test') })
  } finally {
    await new Promise((resolve) => receiver.close(resolve))
  }
  expect((await cli.json(['doctor', '--receiver'])).envelope.error?.code).toBe('NETWORK')
})

test.skipIf(!hasTerminal())('doctor on a terminal finds a completion that is missing or old; --fix writes it', async () => {
  const env = { SHELL: '/usr/bin/fish', XDG_CONFIG_HOME: join(cli.folder, 'config') }
  const completion = async (...args: readonly string[]): Promise<string> => {
    const { shown } = await onTerminal(cli, ['doctor', ...args], env).done
    return /^. completion .*$/m.exec(shown)?.[0].replaceAll(/ +/g, ' ') ?? shown
  }
  expect(await completion()).toBe('! completion For fish it is not installed')
  const path = join(env.XDG_CONFIG_HOME, 'fish', 'completions', 'calreconnect.fish')
  expect(await completion('--fix')).toContain('✓ completion Written for fish:')
  expect(await completion()).toContain('✓ completion For fish, in')
  writeFileSync(path, '# an older one')
  expect(await completion()).toBe("! completion For fish it is another version's")
})

test('doctor finds somebody who moved to another organization, and somebody who was removed', async () => {
  await connected()
  const { control, info } = cli.emulator
  control.add({ organizations: [{ name: 'Globex' }], users: [{ email: 'gale@globex.example', role: 'owner', organization: 'Globex' }] })
  const globex = [...control.state.organizations.values()].find(({ name }) => name === 'Globex')
  control.moveUser(info.userUri, String(globex?.uri), 'owner')
  const moved = await wrong()
  expect(moved.bad.map(([name, status]) => [name, status])).toContainEqual(['organization', 'warning'])
  control.removeMember(info.userUri, String(globex?.uri))
  const removed = await wrong()
  expect([removed.code, removed.error, removed.bad.map(([name]) => name)]).toEqual([5, 'MEMBERSHIP_ENDED', ['organization']])
})
