// The command line of somebody who was promoted, demoted or removed since the connection was made: every verb finds out by itself.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { HOOK } from '../../support/connected.ts'

const ROBIN = 'robin@acme.example'
let cli: AccountCli

beforeEach(async () => {
  cli = await accountCli({
    seed: {
      users: [
        { email: ROBIN, role: 'admin' },
        { email: 'kim@acme.example', role: 'owner' },
      ],
    },
  })
  await cli.consenting(['connect', '--name', 'robin', '--callback-url', HOOK], { as: ROBIN })
})
afterEach(() => cli.close())

describe('after a demotion', () => {
  test.each<[string, readonly string[], number]>([
    ['webhooks list', ['webhooks', 'list'], 0],
    ['webhooks audit', ['webhooks', 'audit', '--fail-on', 'DUPLICATE'], 0],
    ['webhooks prune', ['webhooks', 'prune', '--dry-run'], 0],
    [
      'webhooks create in user scope',
      ['webhooks', 'create', '--callback-url', `${HOOK}/mine`, '--events', 'invitee.created', '--scope', 'user'],
      0,
    ],
    ['webhooks create in organization scope', ['webhooks', 'create', '--callback-url', `${HOOK}/all`, '--events', 'invitee.created'], 5],
  ])('%s says that the role changed and does what can be done', async (_what, args, code) => {
    cli.emulator.control.setRole(ROBIN, 'user')
    const first = await cli.run([...args, '--json'])
    expect([first.code, first.stderr.includes('The role of robin is user now, and was admin')]).toEqual([code, true])
    expect((await cli.json(['status'])).envelope.data.accounts[0].role).toBe('user')
    const second = await cli.run([...args, '--json'])
    expect([second.code, second.stderr.includes('The role of robin')]).toEqual([code, false])
  })
})

describe('after a demotion, what comes from a file or from the journal', () => {
  const ELSEWHERE = 'https://acme.example/more'

  test('webhooks plan, and apply of the plan that it wrote, see the role that there is', async () => {
    const file = join(cli.folder, 'calreconnect.yaml')
    const plan = join(cli.folder, 'a.plan')
    await writeFile(
      file,
      `version: 1\naccounts:\n  robin:\n    webhooks:\n      - callback_url: ${ELSEWHERE}\n        events: [invitee.created]\n        scope: user\n`,
    )
    cli.emulator.control.setRole(ROBIN, 'user')
    const planned = await cli.run(['webhooks', 'plan', '-f', file, '--out', plan, '--json'])
    expect([planned.code, planned.stderr.includes('The role of robin is user now, and was admin')]).toEqual([0, true])
    cli.emulator.control.setRole(ROBIN, 'admin')
    await cli.run(['webhooks', 'list', '--scope', 'organization'])
    cli.emulator.control.setRole(ROBIN, 'user')
    const applied = await cli.run(['webhooks', 'apply', plan, '--yes', '--json'])
    expect([applied.code, applied.stderr.includes('The role of robin is user now, and was admin')]).toEqual([0, true])
    expect(cli.emulator.control.subscriptions().map(({ callbackUrl, scope }) => `${scope} ${callbackUrl}`)).toContain(`user ${ELSEWHERE}`)
  })

  test('webhooks plan --init writes down what can be seen', async () => {
    cli.emulator.control.setRole(ROBIN, 'user')
    const { code, stderr } = await cli.run(['webhooks', 'plan', '--init'])
    expect([code, stderr.includes('The role of robin is user now, and was admin')]).toEqual([0, true])
  })

  test('webhooks restore brings back what the role still allows', async () => {
    await cli.run(['webhooks', 'create', '--callback-url', ELSEWHERE, '--events', 'invitee.created', '--scope', 'user'])
    await cli.run(['webhooks', 'delete', ELSEWHERE, '--yes'])
    cli.emulator.control.setRole(ROBIN, 'user')
    const { code, stderr } = await cli.run(['webhooks', 'restore', '--yes'])
    expect([code, stderr.includes('The role of robin is user now, and was admin')]).toEqual([0, true])
  })
})

test('webhooks list --scope organization of somebody promoted since lists it', async () => {
  cli.emulator.control.setRole(ROBIN, 'user')
  await cli.run(['webhooks', 'list'])
  cli.emulator.control.setRole(ROBIN, 'admin')
  const { code, envelope } = await cli.json(['webhooks', 'list', '--scope', 'organization'])
  expect([code, envelope.data.webhooks.length]).toEqual([0, 1])
})

test('webhooks list of somebody removed ends with the way out, and the way out ends', async () => {
  cli.emulator.control.removeMember(ROBIN)
  const listed = await cli.json(['webhooks', 'list'])
  expect([listed.code, listed.envelope.error?.code, listed.envelope.error?.hint]).toEqual([
    5,
    'MEMBERSHIP_ENDED',
    'calreconnect disconnect robin',
  ])
  const left = await cli.json(['disconnect', 'robin'])
  expect([left.code, left.envelope.data.results[0].cleared, left.envelope.data.results[0].stranded[0].why]).toEqual([8, true, 'removed'])
  expect((await cli.run(['disconnect', 'robin'])).code).toBe(0)
})

test('status --remote and audit of a webhook that is gone agree, and the fix of the one mends both', async () => {
  const [made] = cli.emulator.control.subscriptions()
  cli.emulator.control.removeSubscription(made?.uri ?? '')
  const gone = await cli.run(['status', 'robin', '--remote'])
  expect([gone.code, gone.stdout.includes('gone at Calendly'), gone.stderr.includes('410')]).toEqual([0, true, true])
  const found = await cli.json(['webhooks', 'audit'])
  expect([found.code, found.envelope.data.findings.map(({ code, fix }: { code: string; fix: string }) => `${code} ${fix}`)]).toEqual([
    3,
    ['MISSING calreconnect reconnect robin'],
  ])
  expect((await cli.run(['reconnect', 'robin'])).code).toBe(0)
  expect((await cli.run(['webhooks', 'audit', '--fail-on', 'warning'])).code).toBe(0)
  const { envelope } = await cli.json(['status', 'robin', '--remote'])
  expect(envelope.data.accounts[0].webhook.state).toBe('active')
})
