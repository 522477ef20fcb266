// `token` and `exec`: a valid access token for another program, and nothing more than that.

import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { tokenSchema } from '../../../src/cli/schemas/token.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

let cli: AccountCli
beforeEach(async () => {
  // Ten minutes: neither expired nor fresh.
  cli = await accountCli({ switches: { access_token_seconds: 600 } })
})
afterEach(() => cli.close())

async function connect(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli.consenting(['connect', ...args])
  expect({ code, error: /Error.*/.exec(stderr) }).toEqual({ code: 0, error: null })
}

const tokenRequests = (): number => cli.emulator.requests().filter(({ path }) => path === '/oauth/token').length

/** What Calendly makes of a token. */
const statusOf = async (token: string): Promise<number> =>
  (await fetch(`${cli.emulator.url}/users/me`, { headers: { authorization: `Bearer ${token}` } })).status

/** The child prints its environment as JSON. */
const ENVIRONMENT = [process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.env))']

test('token prints the access token alone, and Calendly accepts it', async () => {
  await connect()
  const { code, stdout, stderr } = await cli.run(['token'])
  expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 2 })
  expect(await statusOf(stdout.trim())).toBe(200)
  expect(tokenRequests()).toBe(1)
})

test('token --json tells type, expiry and account', async () => {
  await connect('--name', 'sales')
  const { code, envelope } = await cli.json(['token'])
  const data = v.parse(tokenSchema, envelope.data)
  expect({
    code,
    command: envelope.command,
    type: data.token_type,
    account: data.account,
    status: await statusOf(data.access_token),
  }).toEqual({
    code: 0,
    command: 'token',
    type: 'Bearer',
    account: 'sales',
    status: 200,
  })
  const left = Date.parse(data.expires_at ?? '') - Date.now()
  expect([left > 500_000, left <= 600_000]).toEqual([true, true])
})

test('token --min-validity renews a token that would end sooner, and stores the new pair', async () => {
  await connect()
  const first = (await cli.run(['token', '--min-validity', '60'])).stdout
  const renewed = (await cli.run(['token', '--min-validity', '900'])).stdout
  const after = (await cli.run(['token'])).stdout
  expect({ changed: first !== renewed, kept: renewed === after, requests: tokenRequests() }).toEqual({
    changed: true,
    kept: true,
    requests: 2,
  })
})

for (const text of ['-1', '1.5', 'soon', '', '7001'])
  test(`token --min-validity ${JSON.stringify(text)} ends with 2`, async () => {
    const { code, stdout } = await cli.run(['token', `--min-validity=${text}`])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

test('token prints CALENDLY_TOKEN without touching a store, and a connection with --account', async () => {
  const env = { CALENDLY_TOKEN: 'from-the-environment' }
  const { code, envelope } = await cli.json(['token'], { env })
  expect({ code, data: envelope.data, store: existsSync(cli.db) }).toEqual({
    code: 0,
    data: { access_token: 'from-the-environment', token_type: 'Bearer', expires_at: null, account: null },
    store: false,
  })
  await connect('--name', 'sales')
  const named = (await cli.run(['token', '-a', 'sales'], { env })).stdout.trim()
  expect(await statusOf(named)).toBe(200)
})

test('token without a connection, and of an unknown account, ends with 4', async () => {
  expect((await cli.json(['token'])).envelope.error).toMatchObject({ code: 'NOT_CONNECTED', exit: 'auth' })
  await connect()
  const { code, stdout, stderr } = await cli.run(['token', '-a', 'nobody'])
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toContain('No connected account is called nobody')
})

test('token of a connection whose authorization was revoked ends with 4 and prints no token', async () => {
  await connect()
  cli.emulator.control.revokeTokens({})
  const { code, stdout, stderr } = await cli.run(['token', '--min-validity', '900'])
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toContain('calreconnect connect')
})

test('exec passes CALENDLY_TOKEN on, and neither refresh token nor client secret nor store key', async () => {
  const key = Buffer.alloc(32, 9).toString('base64')
  const env = { CALRECONNECT_KEY: key, FOO: 'bar' }
  const { code } = await cli.consenting(['connect'], {}, { env })
  const result = await cli.run(['exec', '--', ...ENVIRONMENT], { env })
  const child: Record<string, string> = JSON.parse(result.stdout)
  const { CALENDLY_TOKEN: token = '', ...rest } = child
  expect({ codes: [code, result.code], stderr: result.stderr, status: await statusOf(token), foo: rest['FOO'] }).toEqual({
    codes: [0, 0],
    stderr: '',
    status: 200,
    foo: 'bar',
  })
  const grants = [...cli.emulator.control.state.grants.values()]
  const secrets = [key, cli.emulator.info.clientSecret, ...grants.map((grant) => grant.refreshToken)]
  expect(secrets.length).toBeGreaterThan(2)
  expect(secrets.filter((secret) => result.stdout.includes(secret))).toEqual([])
})

test('exec renews a token that is about to expire', async () => {
  cli.emulator.control.setSwitches({ access_token_seconds: 200 })
  await connect()
  cli.emulator.control.setSwitches({ access_token_seconds: 7200 })
  const { code, stdout, stderr } = await cli.run(['exec', '--', ...ENVIRONMENT])
  const { CALENDLY_TOKEN: token }: Record<string, string> = JSON.parse(stdout)
  const after = (await cli.run(['token'])).stdout.trim()
  expect({ code, stderr, same: token === after, requests: tokenRequests() }).toEqual({ code: 0, stderr: '', same: true, requests: 2 })
})

test('exec passes CALENDLY_TOKEN of its own environment on, and a connection’s with --account', async () => {
  const env = { CALENDLY_TOKEN: 'from-the-environment' }
  const print = ['--', process.execPath, '-e', 'process.stdout.write(process.env.CALENDLY_TOKEN)']
  expect((await cli.run(['exec', ...print], { env })).stdout).toBe('from-the-environment')
  expect(existsSync(cli.db)).toBe(false)
  await connect('--name', 'sales')
  expect(await statusOf((await cli.run(['exec', '-a', 'sales', ...print], { env })).stdout)).toBe(200)
})

test('exec ends with the command’s exit code, whatever options the command has', async () => {
  const env = { CALENDLY_TOKEN: 't' }
  const codes: (number | null)[] = []
  for (const code of [0, 1, 7, 42, 255])
    codes.push((await cli.run(['exec', '--', process.execPath, '-e', 'process.exit(Number(process.argv[1]))', String(code)], { env })).code)
  const { code, stdout, stderr } = await cli.run(['exec', '--', 'printf', '%s|', '--json', '--help', '-a', 'x', '--', '--debug'], { env })
  expect({ codes, code, stdout, stderr }).toEqual({
    codes: [0, 1, 7, 42, 255],
    code: 0,
    stdout: '--json|--help|-a|x|--|--debug|',
    stderr: '',
  })
})

test('exec gives the command its standard input', async () => {
  const { code, stdout } = await cli.run(['exec', '--', 'cat'], { env: { CALENDLY_TOKEN: 't' }, stdin: 'some input\n' })
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'some input\n' })
})

test('exec of a program that is not there ends with 2 and names it', async () => {
  const { code, stdout, stderr } = await cli.run(['exec', '--', 'no-such-program-here'], { env: { CALENDLY_TOKEN: 't' } })
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'Error: Cannot run no-such-program-here: there is no such program\nHint: calreconnect exec --help\n',
  })
})

test('exec with --json is refused, since standard output belongs to the command', async () => {
  const { code, envelope } = await cli.json(['exec', '--', 'echo', 'hello'], { env: { CALENDLY_TOKEN: 't' } })
  expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error: 'USAGE' })
})

test('exec without a command, and with options of the command before --, ends with 2', async () => {
  const env = { CALENDLY_TOKEN: 't' }
  expect((await cli.run(['exec'], { env })).code).toBe(2)
  expect((await cli.run(['exec', '--'], { env })).code).toBe(2)
  expect((await cli.run(['exec', 'printf', '-v', 'x'], { env })).code).toBe(2)
})

test('exec passes signals on, each once, and waits for the command', async () => {
  const script = `
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
    let seen = ''
    for (const name of names) process.on(name, () => { seen += name + ' '; console.log(seen.trim() + '.'); if (name === 'SIGQUIT') process.exit(5) })
    setInterval(() => {}, 1000)
    console.log('ready')`
  const running = cli.start(['exec', '--', process.execPath, '-e', script], { env: { CALENDLY_TOKEN: 't' } })
  await running.stdoutUntil(/ready/)
  let seen = ''
  for (const name of ['SIGINT', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    seen += ` ${name}`
    running.child.kill(name)
    await running.stdoutUntil(new RegExp(`^${seen.trim()}\\.$`, 'm'))
  }
  expect(await running.done).toMatchObject({ code: 5, signal: null })
})

test('exec ends with 128 and the signal’s number when a signal ended the command', async () => {
  const { code } = await cli.run(['exec', '--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'], {
    env: { CALENDLY_TOKEN: 't' },
  })
  expect(code).toBe(137)
})
