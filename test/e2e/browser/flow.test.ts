// `connect` without a browser of its own: two processes, another machine, a port that is taken, a certificate that is none.

import { createServer, type Server } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'
import { freePort } from '../../support/http-server.ts'
import { CERT_FILE, KEY_FILE } from '../../support/tls.ts'

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

const AUTHORIZE = /^http\S+\/oauth\/authorize\?\S+$/m

async function start(...args: readonly string[]): Promise<{ flow_id: string; authorize_url: string; expires_at: string }> {
  const { code, envelope } = await cli.json(['connect', '--start', ...args])
  expect({ code, ok: envelope.ok }).toEqual({ code: 0, ok: true })
  return envelope.data
}

async function complete(redirected: string, stdin?: string) {
  const { code, envelope } = await cli.json(['connect', '--complete', redirected], stdin === undefined ? {} : { stdin })
  return { code, account: envelope.data?.account.email ?? null, error: envelope.error?.code ?? null }
}

const tokenRequests = (): number => cli.emulator.requests().filter(({ path }) => path === '/oauth/token').length

test('connect --start prints the page and ends; --complete finishes in another process, from an argument or standard input', async () => {
  const first = await start()
  expect(Object.keys(first).toSorted()).toEqual(['authorize_url', 'expires_at', 'flow_id'])
  expect(Math.abs(Date.parse(first.expires_at) - Date.now() - 900_000)).toBeLessThan(60_000)
  expect(await complete(await decide(first.authorize_url))).toEqual({ code: 0, account: 'owner@example.com', error: null })
  const second = await start('--name', 'other')
  expect(await complete('-', `${await decide(second.authorize_url)}\n`)).toEqual({ code: 0, account: 'owner@example.com', error: null })
  const { envelope } = await cli.json(['status'])
  expect(envelope.data.accounts.map(({ name }: { name: string }) => name)).toEqual(['owner@example.com', 'other'])
})

test('connect --start without --json prints the page alone on stdout', async () => {
  const { code, stdout } = await cli.run(['connect', '--start'])
  expect({ code, lines: stdout.trimEnd().split('\n').length, page: AUTHORIZE.test(stdout) }).toEqual({ code: 0, lines: 1, page: true })
})

test('connect --complete takes a redirect once', async () => {
  const redirected = await decide((await start()).authorize_url)
  expect((await complete(redirected)).code).toBe(0)
  expect(await complete(redirected)).toEqual({ code: 4, account: null, error: 'AUTHORIZATION_TIMEOUT' })
  expect(tokenRequests()).toBe(1)
})

test('connect --complete of another state spends nothing, and the right one still works', async () => {
  const redirected = await decide((await start()).authorize_url)
  const forged = new URL(redirected)
  forged.searchParams.set('state', 'forged')
  expect(await complete(forged.href)).toEqual({ code: 4, account: null, error: 'AUTHORIZATION_TIMEOUT' })
  forged.searchParams.delete('state')
  expect(await complete(forged.href)).toEqual({ code: 2, account: null, error: 'INVALID_URL' })
  expect(tokenRequests()).toBe(0)
  expect((await complete(redirected)).code).toBe(0)
})

test('connect --complete after the time is over says how to begin anew', async () => {
  const { authorize_url: page } = await start('--timeout', '0.05')
  const redirected = await decide(page)
  const { code, stderr } = await cli.run(['connect', '--complete', redirected])
  expect({ code, stderr, requests: tokenRequests() }).toEqual({
    code: 4,
    stderr:
      'Error: No authorization with this state is waiting: it is over, was completed, or is in another store\nHint: calreconnect connect --start\n',
    requests: 0,
  })
})

test('connect --complete of a denial ends with 4', async () => {
  const redirected = await decide((await start()).authorize_url, { decision: 'deny' })
  expect(await complete(redirected)).toEqual({ code: 4, account: null, error: 'AUTHORIZATION_DENIED' })
})

for (const text of ['not a url', '', 'http://localhost:8917/callback'])
  test(`connect --complete ${JSON.stringify(text)} ends with 2`, async () => {
    expect((await cli.run(['connect', '--complete', '-'], { stdin: text })).code).toBe(2)
  })

test('connect in an SSH session says how the browser finds its way back, then the page on a line of its own', async () => {
  const port = new URL(cli.redirectUri).port
  const running = cli.start(['connect'], { env: { SSH_CONNECTION: '203.0.113.9 51000 198.51.100.7 22', USER: 'ada' } })
  const [page] = await running.stderrUntil(AUTHORIZE)
  expect(page.startsWith(`${cli.emulator.url}/oauth/authorize?`)).toBe(true)
  await fetch(await decide(page))
  const { code, stderr } = await running.done
  expect(code).toBe(0)
  expect(stderr.split('\n').slice(0, 5)).toEqual([
    'This is an SSH session: your browser is on the other side. For its way back, run this over there:',
    `  ssh -L ${port}:localhost:${port} ada@198.51.100.7`,
    'Or run calreconnect connect --start, open its page anywhere, then calreconnect connect --complete ADDRESS with where the browser ended.',
    'Open this page in a browser to give your consent:',
    page,
  ])
})

test('connect in a container says that its localhost is not the browser’s', async () => {
  const running = cli.start(['connect', '--quiet'], { env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } })
  const [page] = await running.stderrUntil(AUTHORIZE)
  await fetch(await decide(page))
  const { code, stderr } = await running.done
  expect(code).toBe(0)
  expect(stderr).toContain('This is a container: your browser does not reach its localhost:')
})

test('connect with a BROWSER that cannot be run says so and prints the page', async () => {
  const running = cli.start(['connect'], { env: { BROWSER: '/no/such/browser' } })
  const [page] = await running.stderrUntil(AUTHORIZE)
  await fetch(await decide(page))
  const { code, stderr } = await running.done
  expect({ code, warned: stderr.includes('Warning: BROWSER (/no/such/browser) cannot be run: ENOENT\n') }).toEqual({
    code: 0,
    warned: true,
  })
})

test('connect --no-input on a port that is taken ends with 2 and names the process', async () => {
  const server = await listenAt(Number(new URL(cli.redirectUri).port))
  const { code, envelope } = await cli.json(['connect', '--no-input'])
  expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error: 'PORT_TAKEN' })
  // Other systems do not tell whose port it is.
  if (process.platform === 'linux') expect(envelope.error?.message).toContain(`pid ${process.pid}`)
  await new Promise((resolve) => server.close(resolve))
})

test('connect at a redirect URI of another machine, where nobody can paste, ends with 2 and names the two-process way', async () => {
  const { code, stderr } = await cli.run(['connect', '--redirect-uri', 'https://app.example.com/callback'])
  expect(code).toBe(2)
  expect(stderr).toContain('calreconnect connect --start')
})

test('connect over https names a certificate or key that cannot be read or is none', async () => {
  const redirectUri = `https://localhost:${await freePort()}/callback`
  const garbage = join(cli.folder, 'garbage.pem')
  writeFileSync(garbage, 'no certificate')
  const missing = join(cli.folder, 'missing.pem')
  const results: unknown[] = []
  for (const [cert, key] of [
    [missing, KEY_FILE],
    [CERT_FILE, missing],
    [garbage, KEY_FILE],
    [CERT_FILE, garbage],
  ] as const) {
    const { code, envelope } = await cli.json(['connect', '--redirect-uri', redirectUri, '--tls-cert', cert, '--tls-key', key])
    const bad = cert === CERT_FILE ? key : cert
    results.push([code, envelope.error?.code, envelope.error?.message.includes(bad)])
  }
  expect(results).toEqual(Array.from({ length: 4 }, () => [2, 'FILE_UNREADABLE', true]))
  const half = await cli.json(['connect', '--redirect-uri', redirectUri, '--tls-cert', CERT_FILE])
  expect([half.code, half.envelope.error?.message]).toEqual([2, '--tls-cert and --tls-key belong together'])
  const none = await cli.json(['connect', '--redirect-uri', redirectUri])
  expect([none.code, none.envelope.error?.code]).toEqual([2, 'SETTING_MISSING'])
})

function listenAt(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
