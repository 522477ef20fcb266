// Proxies, from the build: every request goes through the one that the environment names, the token exchange included.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'
import { type ProxyOptions, type ProxyServer, startProxy } from '../../support/proxy-server.ts'
import { CORPORATE_CA_FILE } from '../../support/tls.ts'

let cli: AccountCli
const proxies: ProxyServer[] = []
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close()
})

async function proxy(options: ProxyOptions = {}): Promise<ProxyServer> {
  const started = await startProxy(options)
  proxies.push(started)
  return started
}

const emulatorHost = (): string => new URL(cli.emulator.url).host

/** `webhooks list` with a personal access token: its exit code and the targets of the tunnels that were opened for it. */
async function listing(through: ProxyServer, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { code, envelope } = await cli.json(['webhooks', 'list', ...args], {
    env: { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken, ...env },
  })
  return { code, error: envelope.error?.code ?? null, tunnels: [...new Set(through.tunnels.map(({ target }) => target))] }
}

/** Calendly's own addresses, whose TLS the company's proxy ends with its own certificate. */
const atCalendly = { CALENDLY_API_URL: '', CALENDLY_AUTH_URL: '' }

describe('a proxy', () => {
  beforeEach(async () => {
    cli = await accountCli()
  })
  afterEach(() => cli.close())

  test.each(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'])('a proxy of %s carries what it is for', async (name) => {
    const through = await proxy()
    const isForPlain = name.toLowerCase() === 'http_proxy'
    expect(await listing(through, { [name]: through.url })).toEqual({ code: 0, error: null, tunnels: isForPlain ? [emulatorHost()] : [] })
  })

  test.each(['127.0.0.1', 'localhost,127.0.0.1:PORT', '*', '127.0.0.0/8'])(
    'a proxy is passed by for what NO_PROXY names: %s',
    async (list) => {
      const through = await proxy()
      const NO_PROXY = list.replace('PORT', new URL(cli.emulator.url).port)
      expect(await listing(through, { HTTP_PROXY: through.url, NO_PROXY })).toEqual({ code: 0, error: null, tunnels: [] })
    },
  )

  test('a proxy gets the credentials of its URL, percent-decoded', async () => {
    const through = await proxy({ credentials: 'ada:p@ss word%' })
    const HTTP_PROXY = through.url.replace('//', '//ada:p%40ss%20word%25@')
    expect(await listing(through, { HTTP_PROXY })).toEqual({ code: 0, error: null, tunnels: [emulatorHost()] })
  })

  test('a proxy that wants other credentials is exit 6, which says whose they are', async () => {
    const through = await proxy({ credentials: 'ada:right' })
    const { code, stderr } = await cli.run(['webhooks', 'list'], {
      env: { CALENDLY_TOKEN: 'x', HTTP_PROXY: through.url.replace('//', '//ada:wrong-password@') },
    })
    expect([code, stderr.includes('wrong-password')]).toEqual([6, false])
    expect(stderr).toContain('that HTTP_PROXY names does not accept its user name and password (407)')
  })

  test('a proxy over TLS is trusted by the certificate in NODE_EXTRA_CA_CERTS', async () => {
    const through = await proxy({ tls: true })
    const env = { HTTP_PROXY: through.url }
    expect(await listing(through, { ...env, NODE_EXTRA_CA_CERTS: CORPORATE_CA_FILE })).toEqual({
      code: 0,
      error: null,
      tunnels: [emulatorHost()],
    })
    expect(await listing(through, env)).toMatchObject({ code: 6, error: 'TLS' })
  })

  test('a proxy that ends TLS with its own certificate carries a whole connection to api.calendly.com and auth.calendly.com', async () => {
    const through = await proxy({ inspectFor: cli.emulator.url })
    const env = { ...atCalendly, HTTPS_PROXY: through.url, NODE_EXTRA_CA_CERTS: CORPORATE_CA_FILE }
    expect(await listing(through, env)).toEqual({ code: 0, error: null, tunnels: ['api.calendly.com:443'] })

    const start = await cli.json(['connect', '--name', 'acme', '--start', '--no-webhook'], { env })
    expect(start.code).toBe(0)
    const page = new URL(start.envelope.data.authorize_url)
    expect(page.host).toBe('auth.calendly.com')
    const address = await decide(`${cli.emulator.url}${page.pathname}${page.search}`)
    const end = await cli.json(['connect', '--complete', '-'], { env, stdin: address })
    expect([end.code, end.envelope.data.authorization]).toEqual([0, 'oauth'])
    expect(new Set(through.tunnels.map(({ target }) => target))).toEqual(new Set(['api.calendly.com:443', 'auth.calendly.com:443']))
  })

  test('a proxy that ends TLS with a certificate that nobody named is exit 6, which names its issuer and what to do; --cacert does it', async () => {
    const through = await proxy({ inspectFor: cli.emulator.url })
    const env = { ...atCalendly, CALENDLY_TOKEN: cli.emulator.info.personalAccessToken, HTTPS_PROXY: through.url }
    const { code, stderr } = await cli.run(['webhooks', 'list'], { env })
    expect([code, stderr]).toEqual([6, expect.stringContaining('issued by “Corporate inspection (tests only)”')])
    expect(stderr).toContain('calreconnect webhooks list --cacert FILE')
    expect(await listing(through, env, ['--cacert', CORPORATE_CA_FILE])).toEqual({
      code: 0,
      error: null,
      tunnels: ['api.calendly.com:443'],
    })
  })

  test('--cacert is trusted by doctor, which reaches both hosts by it', async () => {
    const through = await proxy({ inspectFor: cli.emulator.url })
    const env = { ...atCalendly, CALENDLY_TOKEN: cli.emulator.info.personalAccessToken, HTTPS_PROXY: through.url }
    const { envelope } = await cli.json(['doctor', '--cacert', CORPORATE_CA_FILE], { env })
    const checks: readonly { name: string; status: string; message: string }[] = envelope.data.checks
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([])
    expect(
      checks.filter(({ message }) => message.startsWith('api.calendly.com in ') || message.startsWith('auth.calendly.com in ')),
    ).toHaveLength(2)
    expect(checks.find(({ name }) => name === 'certificates')?.message).toBe(
      `Node's own certificate authorities, and --cacert ${CORPORATE_CA_FILE}`,
    )
    expect((await cli.run(['doctor', '--cacert', CORPORATE_CA_FILE, '--quiet'], { env })).code).toBe(0)
  })

  test('--cacert without certificates in it is exit 2, and nobody is asked for anything', async () => {
    const through = await proxy({ inspectFor: cli.emulator.url })
    const env = { ...atCalendly, CALENDLY_TOKEN: 'x', HTTPS_PROXY: through.url }
    const { code, envelope } = await cli.json(['webhooks', 'list', '--cacert', 'no-such.pem'], { env })
    expect([code, envelope.error?.code, through.tunnels.length]).toEqual([2, 'FILE_UNREADABLE', 0])
  })
})

describe('a proxy setting that cannot be used', () => {
  beforeAll(async () => {
    cli = await accountCli()
    const { code } = await cli.consenting(['connect', '--name', 'acme', '--callback-url', 'https://app.example/hook'])
    if (code !== 0) throw new Error(`connect ended with ${code}`)
  })
  afterAll(() => cli.close())

  const COMMANDS: readonly (readonly string[])[] = [
    ['webhooks', 'list'],
    ['webhooks', 'audit'],
    ['webhooks', 'get', '6c5a1d2e'],
    ['webhooks', 'create', '--callback-url', 'https://app.example/hook', '--events', 'invitee.created'],
    ['webhooks', 'delete', '6c5a1d2e', '--yes'],
    ['webhooks', 'prune', '--yes'],
    ['webhooks', 'recreate', '--yes'],
    ['webhooks', 'sample', 'invitee.created'],
    ['webhooks', 'plan', '--init'],
    ['connect', '--name', 'other', '--no-browser'],
    ['connect', '--name', 'other', '--start'],
    ['reconnect'],
    ['status', '--remote'],
    ['disconnect', '--yes'],
  ]

  test.each(COMMANDS.map((args) => [args.join(' '), args] as const))(
    'a proxy setting that cannot be used is a usage error of %s, before anything is asked',
    async (_, args) => {
      const before = cli.emulator.requests().length
      const { code, envelope } = await cli.json(args, { env: { HTTPS_PROXY: 'socks5h://ada:hunter2-secret@127.0.0.1:1080', CI: 'true' } })
      expect([code, envelope.error?.code, cli.emulator.requests().length - before]).toEqual([2, 'USAGE', 0])
      expect(envelope.error?.message).toBe(
        'HTTPS_PROXY cannot be used: a proxy is reached by http:// or https://, not socks5h:// (socks5h://***@127.0.0.1:1080)',
      )
    },
  )

  test('a proxy setting that cannot be used does not matter to a command that asks nobody', async () => {
    const env = { HTTPS_PROXY: 'socks5h://127.0.0.1:1080' }
    expect([(await cli.run(['accounts', 'list'], { env })).code, (await cli.run(['--version'], { env })).code]).toEqual([0, 0])
  })
})
