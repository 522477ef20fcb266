// The account verbs as a script sees them: exit codes, envelopes, stdout and stderr of the built program.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GenericSchema } from 'valibot'
import { accountsListSchema, accountsRenameSchema, accountsUseSchema } from '../../../src/cli/schemas/accounts.ts'
import { connectSchema } from '../../../src/cli/schemas/connect.ts'
import { disconnectSchema } from '../../../src/cli/schemas/disconnect.ts'
import { reconnectSchema } from '../../../src/cli/schemas/reconnect.ts'
import { statusSchema } from '../../../src/cli/schemas/status.ts'
import { accountCli, type AccountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'
import { HOOK } from '../../support/connected.ts'
import type { CliResult, Envelope } from '../../support/cli.ts'
import * as v from 'valibot'

/** The one document on stdout, whose data fits the schema. */
function documentOf(result: CliResult, schema: GenericSchema): Envelope {
  const envelope: Envelope = JSON.parse(result.stdout)
  if (envelope.data !== null) v.parse(schema, envelope.data)
  return envelope
}

describe('the account verbs, one after the other', () => {
  let cli: AccountCli
  const seen: string[] = []
  const run = async (args: readonly string[], options?: Parameters<AccountCli['run']>[1]): Promise<CliResult> => {
    const result = await cli.run(args, options)
    seen.push(result.stdout, result.stderr)
    return result
  }
  beforeAll(async () => {
    cli = await accountCli()
  })
  afterAll(() => cli.close())

  test('status of an empty store is an empty list and exit 0', async () => {
    const result = await run(['status', '--json'])
    expect({ code: result.code, ...documentOf(result, statusSchema) }).toEqual({
      code: 0,
      schema_version: 1,
      command: 'status',
      ok: true,
      data: { accounts: [] },
      error: null,
    })
  })

  test('connect prints the URL on a line of its own, takes the consent and makes the webhook', async () => {
    const result = await cli.consenting(['connect', '--callback-url', HOOK, '--json', '--debug'])
    seen.push(result.stdout, result.stderr)
    const { data } = documentOf(result, connectSchema)
    expect({ code: result.code, authorization: data.authorization, outcome: data.webhook.applied[0].outcome }).toEqual({
      code: 0,
      authorization: 'oauth',
      outcome: 'created',
    })
  })

  test('connect again says that it is connected already', async () => {
    const result = await run(['connect'])
    expect({ code: result.code, stdout: result.stdout }).toEqual({
      code: 0,
      stdout: '✓ Already connected: owner@example.com (owner)\n✓ Nothing to do\n',
    })
  })

  test('accounts rename, use and list', async () => {
    const renamed = documentOf(await run(['accounts', 'rename', 'owner@', 'sales', '--json']), accountsRenameSchema)
    expect([renamed.command, renamed.data.previous_name, renamed.data.account.name]).toEqual([
      'accounts rename',
      'owner@example.com',
      'sales',
    ])
    const used = documentOf(await run(['accounts', 'use', 'sales', '--json']), accountsUseSchema)
    expect([used.command, used.data.account.in_use]).toEqual(['accounts use', true])
    const listed = documentOf(await run(['accounts', 'list', '--json']), accountsListSchema)
    expect(listed.data.accounts.map((account: { name: string }) => account.name)).toEqual(['sales'])
  })

  test('status of one that works ends with 0, with --remote too', async () => {
    const result = await run(['status', 'sales', '--remote', '--json'])
    const { data } = documentOf(result, statusSchema)
    expect([result.code, data.accounts[0].remote]).toMatchObject([
      0,
      { active: true, checked_by: 'introspection', role: 'owner', error: null, webhook_error: null },
    ])
  })

  test('reconnect --dry-run plans and changes nothing', async () => {
    const result = await run(['reconnect', '--callback-url', 'https://new.example.com/', '--dry-run', '--json'])
    const { data } = documentOf(result, reconnectSchema)
    expect([result.code, data.results[0].plan.steps.length, data.results[0].applied]).toEqual([0, 2, []])
    expect(cli.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)).toEqual([HOOK])
  })

  test('reconnect does it, and says what it did', async () => {
    const result = await run(['reconnect', '--callback-url', 'https://new.example.com/'])
    expect([result.code, result.stdout.split('\n')[0]]).toEqual([0, 'sales  token still valid'])
    expect(cli.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)).toEqual(['https://new.example.com/'])
  })

  test('connect --start and --complete work across processes', async () => {
    const started = documentOf(await run(['connect', '--name', 'second', '--start', '--json']), connectSchema)
    const redirected = await decide(started.data.authorize_url)
    const result = await run(['connect', '--complete', '-', '--json'], { stdin: `${redirected}\n` })
    const { data } = documentOf(result, connectSchema)
    expect([result.code, data.account.name, data.authorization]).toEqual([0, 'second', 'oauth'])
  })

  test('disconnect without --yes and without a terminal names the flag and changes nothing', async () => {
    const result = await run(['disconnect', 'sales', '--json'])
    expect([result.code, documentOf(result, disconnectSchema).error]).toMatchObject([
      2,
      { code: 'INPUT_REQUIRED', exit: 'usage', message: expect.stringContaining('--yes') },
    ])
    expect(cli.emulator.control.subscriptions()).toHaveLength(1)
  })

  test('a revoked connection: status 4, reconnect 4, reconnect --all 8 with data, disconnect 8 with what is left', async () => {
    cli.emulator.control.revokeTokens()
    const one = await run(['reconnect', 'sales', '--json'])
    expect([one.code, documentOf(one, reconnectSchema)]).toMatchObject([
      4,
      { ok: false, data: null, error: { code: 'NEEDS_CONNECT', exit: 'auth' } },
    ])
    const all = await run(['reconnect', '--all', '--json'])
    const { data, error } = documentOf(all, reconnectSchema)
    expect([all.code, error?.code, data.results.map((result: { error: { code: string } }) => result.error.code)]).toEqual([
      8,
      'PARTIAL',
      ['NEEDS_CONNECT', 'NEEDS_CONNECT'],
    ])
    const named = await run(['status', 'sales', '--json'])
    expect([named.code, documentOf(named, statusSchema).data.accounts[0].needs_connect]).toEqual([4, 'revoked'])
    expect((await run(['status', '--json'])).code).toBe(0)
    const stopped = await run(['disconnect', 'sales', '--yes', '--json'])
    const { data: left, error: why } = documentOf(stopped, disconnectSchema)
    expect([stopped.code, left.results[0].left.length, why?.hint]).toEqual([
      8,
      4,
      'calreconnect connect --name sales, then calreconnect disconnect sales, or give up what is left with calreconnect disconnect sales --force-local',
    ])
  })

  test('connect mends it, and disconnect --yes leaves nothing', async () => {
    expect((await cli.consenting(['connect', '--name', 'sales', '--json'])).code).toBe(0)
    const result = await run(['disconnect', '--all', '--yes', '--json'])
    const { data } = documentOf(result, disconnectSchema)
    expect([result.code, data.results.map(({ cleared, left }: { cleared: boolean; left: string[] }) => ({ cleared, left }))]).toEqual([
      0,
      [
        { cleared: true, left: [] },
        { cleared: true, left: [] },
      ],
    ])
    expect(cli.emulator.control.subscriptions()).toEqual([])
  })

  test('no token, secret or code was in any output, --debug included', () => {
    const { state } = cli.emulator.control
    const secrets = [...state.grants.values()].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken])
    const all = [...secrets, ...state.codes.keys(), cli.emulator.info.clientSecret]
    expect(all.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([])
  })
})

describe('the account verbs and bad input', () => {
  let cli: AccountCli
  beforeAll(async () => {
    cli = await accountCli()
  })
  afterAll(() => cli.close())

  const VERBS = ['connect', 'reconnect', 'status', 'disconnect', 'accounts list', 'accounts use', 'accounts rename']

  test.each(VERBS)('%s with a bad flag ends with 2', async (verb) => {
    expect((await cli.run([...verb.split(' '), '--no-such-flag'])).code).toBe(2)
  })

  test.each(VERBS)('%s --help has examples', async (verb) => {
    const result = await cli.run([...verb.split(' '), '--help'])
    expect([result.code, result.stdout.includes('Examples:\n  $ calreconnect')]).toEqual([0, true])
  })

  test.each([
    ['connect without a client id', ['connect'], { CALENDLY_CLIENT_ID: '' }, 2, 'SETTING_MISSING'],
    ['connect to what is no URL', ['connect', '--callback-url', 'example'], {}, 2, 'INVALID_URL'],
    ['connect to plain http', ['connect', '--callback-url', 'http://example.com'], {}, 2, 'INSECURE_URL'],
    ['connect with an unknown event', ['connect', '--events', 'invitee.made'], {}, 2, 'UNKNOWN_EVENT'],
    ['connect with an event of another scope', ['connect', '--events', 'meeting_recap.created'], {}, 2, 'EVENT_SCOPE_MISMATCH'],
    ['connect with an unknown scope', ['connect', '--scope', 'team'], {}, 2, 'USAGE'],
    ['connect with two ways at once', ['connect', '--start', '--token-stdin'], {}, 2, 'USAGE'],
    ['connect with a bad timeout', ['connect', '--timeout', 'soon'], {}, 2, 'USAGE'],
    ['connect with a redirect URI that is none', ['connect', '--redirect-uri', 'localhost'], {}, 2, 'INVALID_URL'],
    ['connect with half of a certificate', ['connect', '--tls-cert', 'x.pem'], {}, 2, 'USAGE'],
    ['connect --token-stdin with nothing', ['connect', '--token-stdin'], {}, 2, 'INPUT_REQUIRED'],
    [
      'connect with an unresolvable host',
      ['connect', '--complete', 'http://localhost/?code=1&state=2'],
      { CALENDLY_AUTH_URL: 'https://x.invalid' },
      4,
      'AUTHORIZATION_TIMEOUT',
    ],
    ['reconnect with nobody stored', ['reconnect'], {}, 4, 'NOT_CONNECTED'],
    ['reconnect with names and --all', ['reconnect', 'a', '--all'], {}, 2, 'USAGE'],
    ['reconnect with a concurrency of 0', ['reconnect', '--concurrency', '0'], {}, 2, 'USAGE'],
    ['status of nobody', ['status', 'nobody'], {}, 4, 'NOT_CONNECTED'],
    ['accounts use of nobody', ['accounts', 'use', 'nobody'], {}, 4, 'NOT_CONNECTED'],
    ['disconnect of nobody', ['disconnect', 'nobody', '--yes'], {}, 4, 'NOT_CONNECTED'],
    ['reconnect with a bad CALENDLY_TOKEN', ['reconnect'], { CALENDLY_TOKEN: 'x' }, 4, 'CALENDLY_UNAUTHENTICATED'],
  ] as const)('%s', async (_what, args, env, code, error) => {
    const result = await cli.json(args, { env })
    expect({ code: result.code, error: result.envelope.error?.code, data: result.envelope.data }).toEqual({ code, error, data: null })
  })

  test('connect that is denied ends with 4', async () => {
    const result = await cli.consenting(['connect', '--json'], { decision: 'deny' })
    expect([result.code, JSON.parse(result.stdout).error.code]).toEqual([4, 'AUTHORIZATION_DENIED'])
  })

  test('connect that waits for consent ends with 130 on SIGINT, at once', async () => {
    const running = cli.start(['connect', '--no-browser', '--json'])
    await running.stderrUntil(/oauth\/authorize\?/)
    running.child.kill('SIGINT')
    const result = await running.done
    expect([result.code, JSON.parse(result.stdout).error.exit]).toEqual([130, 'interrupted'])
  })

  test('reconnect with CALENDLY_TOKEN needs no connection', async () => {
    const env = { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken }
    const result = await cli.json(['reconnect', '--callback-url', HOOK], { env })
    expect([result.code, result.envelope.data.results[0].authorization]).toEqual([0, 'personal_access_token'])
    expect((await cli.json(['status'])).envelope.data).toEqual({ accounts: [] })
  })
})
