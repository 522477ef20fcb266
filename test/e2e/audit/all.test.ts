// `webhooks audit --all`: every connected account, one report, each organization asked once.

import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { auditSchema } from '../../../src/cli/schemas/audit.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const ORGANIZATIONS = ['Acme', 'Bolt']
const PEOPLE = [
  ['ann', 'ann@acme.example', 'Acme', 'user'],
  ['robin', 'robin@acme.example', 'Acme', 'owner'],
  ['kit', 'kit@bolt.example', 'Bolt', 'admin'],
] as const
let cli: AccountCli

beforeEach(async () => {
  cli = await accountCli({
    seed: {
      organizations: ORGANIZATIONS.map((name) => ({ name })),
      users: PEOPLE.map(([, email, organization, role]) => ({ email, organization, role })),
      subscriptions: [
        { callback_url: 'https://dead.acme.example/x', organization: 'Acme', creator: 'robin@acme.example', state: 'disabled' },
        { callback_url: 'https://mine.acme.example/ann', scope: 'user', organization: 'Acme', user: 'ann@acme.example' },
        { callback_url: 'https://t1.ngrok.app/x', organization: 'Bolt', creator: 'kit@bolt.example' },
      ],
    },
  })
  for (const [name, as] of PEOPLE) {
    const { code, stderr } = await cli.consenting(['connect', name, '--no-webhook'], { as })
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  }
})
afterEach(() => cli.remove())

const audit = (...args: readonly string[]) => cli.json(['webhooks', 'audit', '--all', ...args])

test('audit --all looks at each organization once, by whoever sees most of it, and at what is everybody’s own', async () => {
  cli.emulator.control.requests.clear()
  const { code, envelope } = await audit()
  expect(v.parse(auditSchema, envelope.data)).toEqual(envelope.data)
  const told = envelope.data.organizations.map(
    (one: { account: string; accounts: string[]; summary: { total: number }; findings: { code: string }[] }) => [
      one.account,
      one.accounts,
      one.summary.total,
      one.findings.map((finding) => finding.code),
    ],
  )
  expect([code, envelope.error?.code, told, envelope.data.failed]).toEqual([
    3,
    'FINDINGS',
    [
      ['robin', ['robin', 'ann'], 2, ['DISABLED']],
      ['kit', ['kit'], 1, ['EPHEMERAL_HOST']],
    ],
    [],
  ])
  const lists = cli.emulator.requests().filter(({ path, query }) => path === '/webhook_subscriptions' && query['scope'] === 'organization')
  expect(lists.length).toBe(2)
})

test.each([
  ['human', /Webhook audit of robin[\s\S]*Webhook audit of kit/],
  ['markdown', /robin[\s\S]*kit/],
  ['github', /::error title=Calendly webhooks of robin%3A DISABLED::[\s\S]*::warning title=Calendly webhooks of kit%3A EPHEMERAL_HOST::/],
  ['junit', /<testsuite id="0"[\s\S]*value="robin"[\s\S]*<testsuite id="1"[\s\S]*value="kit"/],
  ['openmetrics', /calreconnect_webhook_subscriptions\{organization="[^"]+",state="disabled"[\s\S]*host="ngrok.app"\} 1/],
  ['html', /<h1>Webhook audit of 2 organizations<\/h1>[\s\S]*<h2>robin<\/h2>[\s\S]*<h2>kit<\/h2>/],
])('audit --all --format %s has both organizations in one report', async (format, wanted) => {
  const { code, stdout } = await cli.run(['webhooks', 'audit', '--all', '--format', format])
  expect([code, stdout]).toEqual([3, expect.stringMatching(wanted)])
})

test('audit --all says whom it could not look at, goes on with the others, and is not clean', async () => {
  cli.emulator.control.revokeTokens({ user: 'kit@bolt.example' })
  const { code, envelope, stderr } = await audit('--fail-on', 'MISSING')
  expect([code, envelope.error?.code, envelope.data.organizations.length, envelope.data.failed.length]).toEqual([8, 'PARTIAL', 1, 1])
  expect(stderr).toContain('kit was not audited:')
})

test('audit --all of nobody is told as that', async () => {
  const { code } = await cli.run(['disconnect', '--all', '--yes'])
  expect(code).toBe(0)
  const { envelope } = await audit()
  expect(envelope.error?.code).toBe('NOT_CONNECTED')
})
