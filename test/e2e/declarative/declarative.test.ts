// `webhooks plan`, `apply`, `restore`, `keys`, `sample` as a script uses them.

import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { schemaProblems } from '../../support/data-schema.ts'
import { declarativeHome, OTHER, OWN, type DeclarativeHome } from '../../support/declarative.ts'

const FOREIGN = 'https://foreign.example.com/'
const EVENTS = 'invitee.canceled,invitee.created'

let home: DeclarativeHome
beforeAll(async () => {
  home = await declarativeHome({ seed: { subscriptions: [{ callback_url: FOREIGN }] } })
  home.remember()
})
beforeEach(() => {
  home.rewind()
  home.writes()
})
afterAll(() => home.end())

const ok = async (...args: string[]) => {
  const { envelope, code } = await home.json(args)
  const command = envelope.command
  if (envelope.data !== null) expect(await schemaProblems(command, envelope.data)).toEqual([])
  return { code, data: envelope.data, error: envelope.error, ok: envelope.ok }
}

test('webhooks plan shows the changes, makes none, and says how to make them', async () => {
  const file = home.declare({ url: OTHER })
  const { code, stdout, stderr } = await home.run(['webhooks', 'plan', '-f', file])
  expect([code, home.writes()]).toEqual([0, []])
  expect(stdout).toMatch(/^me: 2 changes\n/)
  expect(stdout).toMatch(/^create\t.*hooks\.example\.com\/other/m)
  expect(stdout).toMatch(/^delete\t.*hooks\.example\.com\/own/m)
  expect(stdout).not.toContain(FOREIGN)
  expect(stderr).toContain(`calreconnect webhooks apply -f ${file}`)
})

test('webhooks plan --detailed-exitcode ends with 3 and the data when there are changes, and with 0 when not', async () => {
  const changed = await ok('webhooks', 'plan', '-f', home.declare({ url: OTHER }), '--detailed-exitcode')
  expect([changed.code, changed.ok, changed.error?.code, changed.data.changes]).toEqual([3, false, 'CHANGES_PENDING', 2])
  const same = await ok('webhooks', 'plan', '-f', home.declare({ url: OWN }), '--detailed-exitcode')
  expect([same.code, same.ok, same.error, same.data.changes]).toEqual([0, true, null, 0])
})

test('webhooks plan --init writes a file that changes nothing, and never overwrites one', async () => {
  const printed = await home.run(['webhooks', 'plan', '--init'])
  expect(printed.stdout).toContain(`- callback_url: ${OWN}`)
  expect(printed.stdout).toContain(`# - ${FOREIGN}`)
  const file = home.path('init.yaml')
  expect((await ok('webhooks', 'plan', '--init', '-f', file)).data).toEqual({ file, accounts: ['me'], yaml: printed.stdout })
  expect(readFileSync(file, 'utf8')).toBe(printed.stdout)
  expect((await ok('webhooks', 'plan', '-f', file)).data.changes).toBe(0)
  expect((await ok('webhooks', 'plan', '--init', '-f', file)).error).toMatchObject({ code: 'USAGE', exit: 'usage' })
})

test('webhooks plan says where a file is wrong', async () => {
  const file = home.path('wrong.yaml')
  writeFileSync(file, 'version: 1\naccounts:\n  me:\n    webhooks:\n      - url: https://example.com/\n')
  const { code, stderr } = await home.run(['webhooks', 'plan', '-f', file])
  expect(code).toBe(2)
  expect(stderr).toContain(`${file}:5:9: url: unknown key; expected a webhook with callback_url`)
})

test('webhooks plan names an account that is not connected, with its line', async () => {
  const file = home.path('unknown.yaml')
  writeFileSync(file, 'version: 1\naccounts:\n  nobody:\n    webhooks: []\n')
  expect((await ok('webhooks', 'plan', '-f', file)).error).toMatchObject({
    code: 'ACCOUNT_UNKNOWN',
    exit: 'auth',
    message: `${file}:3:3: no connected account is called nobody`,
  })
})

test('webhooks plan without a file hints at --init', async () => {
  const { code, stderr } = await home.run(['webhooks', 'plan'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('webhooks plan --init')])
})

test('webhooks plan works with CALENDLY_TOKEN for the file’s account of that e-mail', async () => {
  const file = home.path('token.yaml')
  writeFileSync(file, `version: 1\naccounts:\n  owner@example.com:\n    webhooks:\n      - callback_url: ${OTHER}\n`)
  const { envelope } = await home.json(['webhooks', 'plan', '-f', file], {
    env: { CALENDLY_TOKEN: home.emulator.info.personalAccessToken },
  })
  expect([envelope.ok, envelope.data?.plans?.[0]?.account, envelope.data?.changes]).toEqual([true, 'owner@example.com', 1])
})

test('webhooks apply needs --yes where nobody can be asked, and changes nothing without it', async () => {
  const { code, error } = await ok('webhooks', 'apply', '-f', home.declare({ url: OTHER }))
  expect([code, error?.code, home.writes()]).toEqual([2, 'INPUT_REQUIRED', []])
})

test('webhooks apply -f makes the file true; the second time it needs no --yes', async () => {
  const file = home.declare({ url: OTHER, events: ['invitee.created'] })
  const first = await ok('webhooks', 'apply', '-f', file, '--yes')
  expect([first.code, first.data.results[0].applied.map((step: { outcome: string }) => step.outcome)]).toEqual([0, ['created', 'deleted']])
  expect(home.there()).toEqual([`active ${FOREIGN} ${EVENTS}`, `active ${OTHER} invitee.created`])
  home.writes()
  const second = await ok('webhooks', 'apply', '-f', file)
  expect([second.code, second.data.results[0].applied, home.writes()]).toEqual([0, [], []])
})

test('webhooks apply PLAN carries out a saved plan once, and refuses it with 5 when it is stale', async () => {
  const plan = home.path('x.plan')
  const file = home.declare({ url: OTHER })
  expect((await ok('webhooks', 'plan', '-f', file, '--out', plan)).data.out).toBe(plan)
  const [own] = home.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === OWN)
  home.emulator.control.setSubscription(own?.uri ?? '', { state: 'disabled' })
  const stale = await ok('webhooks', 'apply', plan, '--yes')
  expect([stale.code, stale.error?.code, home.writes()]).toEqual([5, 'PLAN_STALE', []])
  home.emulator.control.setSubscription(own?.uri ?? '', { state: 'active' })
  expect((await ok('webhooks', 'apply', plan, '--yes')).code).toBe(0)
  expect(home.writes()).toEqual(['POST 201', 'DELETE 204'])
  expect([(await ok('webhooks', 'apply', plan)).code, home.writes()]).toEqual([0, []])
})

test('webhooks apply takes a plan or a file, not both and not neither', async () => {
  expect((await ok('webhooks', 'apply')).error?.code).toBe('USAGE')
  expect((await ok('webhooks', 'apply', 'x.plan', '-f', 'y.yaml')).error?.code).toBe('USAGE')
  expect((await ok('webhooks', 'apply', home.declare({ url: OWN }))).error).toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('webhooks restore brings back what webhooks apply deleted, with the same signing key', async () => {
  const keyOf = () => home.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === OWN)?.signingKey
  const key = keyOf()
  await ok('webhooks', 'apply', '-f', home.declare(), '--yes')
  expect(home.there()).toEqual([`active ${FOREIGN} ${EVENTS}`])
  expect((await ok('webhooks', 'restore')).error?.code).toBe('INPUT_REQUIRED')
  const dry = await ok('webhooks', 'restore', '--dry-run')
  expect(dry.data.plan.steps.map((step: { why: string }) => step.why)).toEqual(['restored'])
  const { code, data } = await ok('webhooks', 'restore', '--yes')
  expect([code, data.applied.length, keyOf()]).toEqual([0, 1, key])
  expect([(await ok('webhooks', 'restore')).code]).toEqual([0])
  const { data: runs } = await ok('runs')
  expect(runs.runs.map((run: { command: string }) => run.command)).toEqual(['webhooks restore', 'webhooks apply', 'reconnect'])
  expect((await ok('runs', runs.runs[1].id.slice(0, 9))).data.next).toBe(`calreconnect webhooks restore ${runs.runs[1].id}`)
})

test('webhooks keys add --stdin stores a key without ever printing it, and remove forgets it', async () => {
  const [foreign] = home.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === FOREIGN)
  const uri = foreign?.uri ?? ''
  const canary = 'canary-signing-key'
  const added = await home.json(['webhooks', 'keys', 'add', uri, '--stdin', '--debug'], { stdin: `${canary} \n` })
  expect(added.envelope.data).toEqual({ webhook_uri: uri, outcome: 'added', managed: false })
  expect(added.stderr).toContain('white space')
  const listed = await home.run(['webhooks', 'keys', 'list', '--debug'])
  expect(`${added.stdout}${added.stderr}${listed.stdout}${listed.stderr}`).not.toContain(canary)
  expect((await ok('webhooks', 'keys', 'list')).data.keys.map((key: { managed: boolean }) => key.managed)).toEqual([false, true])
  expect((await ok('webhooks', 'keys', 'remove', uri)).data).toEqual({ webhook_uri: uri, removed: true, managed: false })
})

test('webhooks keys add without a key names the flag and does not wait', async () => {
  expect((await ok('webhooks', 'keys', 'add', 'AAAA')).error).toMatchObject({
    code: 'INPUT_REQUIRED',
    hint: 'calreconnect webhooks keys add AAAA --stdin',
  })
})

test('webhooks sample prints the bare payload', async () => {
  const { stdout, code } = await home.run(['webhooks', 'sample', 'invitee.created'])
  const printed: unknown = JSON.parse(stdout)
  expect([code, printed]).toEqual([0, expect.objectContaining({ event: 'invitee.created' })])
  expect((await ok('webhooks', 'sample', 'meeting_recap.created')).data.sample).toMatchObject({ event: 'meeting_recap.created' })
  expect((await ok('webhooks', 'sample', 'invitee.create')).error).toMatchObject({ code: 'UNKNOWN_EVENT' })
  expect((await ok('webhooks', 'sample', 'invitee.created', '--scope', 'group')).error).toMatchObject({ code: 'USAGE' })
})

test.each([
  'webhooks plan',
  'webhooks apply',
  'webhooks restore',
  'webhooks keys list',
  'webhooks keys add AAAA',
  'webhooks keys remove AAAA',
  'webhooks sample invitee.created',
])('%s: a bad flag exits 2, and the help has examples', async (words) => {
  const args = words.split(' ')
  expect((await home.run([...args, '--no-such-flag'])).code).toBe(2)
  const { code, stdout } = await home.run([...args, '--help'])
  expect([code, stdout]).toEqual([0, expect.stringContaining('Examples:')])
})

/** The plan that deletes OWN, changed by somebody else: it deletes FOREIGN under the name of OWN. */
function forged(change: (document: Forgeable) => void): (file: string) => void {
  return (file) => {
    const document: Forgeable = JSON.parse(readFileSync(file, 'utf8'))
    change(document)
    writeFileSync(file, JSON.stringify(document))
  }
}

interface Forgeable {
  plans: [
    {
      plan: { steps: { action: string; uri: string | null; callback_url: string; created_at: string | null }[] }
      before: { uri: string; callback_url: string }[]
    },
  ]
  seal?: { key_id: string; mac: string } | null
}

/** Also where the file says that it saw the foreign one at an innocent URL. */
function aimAtForeign({ plans: [{ plan, before }] }: Forgeable): void {
  const foreign = home.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === FOREIGN)
  for (const one of [...plan.steps.filter(({ action }) => action === 'delete'), ...before]) one.uri = foreign?.uri ?? ''
  for (const one of plan.steps.filter(({ action }) => action === 'delete')) one.created_at = foreign?.createdAt ?? ''
  for (const one of before) Object.assign(one, { created_at: foreign?.createdAt })
}

test.each<[string, (document: Forgeable) => void]>([
  ['with its old seal', aimAtForeign],
  ['without a seal', (document) => (aimAtForeign(document), delete document.seal)],
  [
    'with the seal of an unknown key',
    (document) => (aimAtForeign(document), (document.seal = { key_id: '00'.repeat(8), mac: '00'.repeat(32) })),
  ],
  [
    'and makes another webhook, without a seal',
    (document) => (document.plans[0].plan.steps.forEach((step) => (step.callback_url = 'https://evil.example/')), delete document.seal),
  ],
])('webhooks apply refuses a plan that deletes a foreign subscription under an innocent name, %s', async (_how, change) => {
  const plan = home.path('x.plan')
  await ok('webhooks', 'plan', '-f', home.declare({ url: OTHER }), '--out', plan)
  forged(change)(plan)
  const before = home.there()
  const { code, error } = await ok('webhooks', 'apply', plan, '--yes')
  expect([code, error?.code, home.writes(), home.there()]).toEqual([5, 'PLAN_TAMPERED', [], before])
})

test('webhooks apply with CALENDLY_TOKEN and no store says that the plan could not be checked, and still deletes nothing foreign', async () => {
  const env = { CALENDLY_TOKEN: home.emulator.info.personalAccessToken, CALRECONNECT_DB: home.path('none/none.db') }
  const plan = home.path('y.plan')
  const file = home.path('by-mail.yaml')
  writeFileSync(file, `version: 1\naccounts:\n  owner@example.com:\n    webhooks:\n      - callback_url: ${OTHER}\n`)
  expect((await home.run(['webhooks', 'plan', '-f', file, '--out', plan], { env })).code).toBe(0)
  expect(JSON.parse(readFileSync(plan, 'utf8')).seal).toBe(null)
  const honest = await home.run(['webhooks', 'apply', plan, '--yes'], { env })
  expect([honest.code, honest.stderr]).toEqual([0, expect.stringContaining('It could not be checked whether')])
  home.writes()
  forged((document) => {
    const foreign = home.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === FOREIGN)
    const [{ plan: forgedPlan, before }] = document.plans
    const { action: _action, ...step } = forgedPlan.steps[0] ?? { action: '' }
    const innocent = {
      ...step,
      why: 'superseded',
      state: 'active',
      uri: foreign?.uri ?? '',
      created_at: foreign?.createdAt ?? '',
      callback_url: 'https://innocent.example/',
    }
    forgedPlan.steps = [{ ...innocent, action: 'delete' }]
    Object.assign(before, [{ ...innocent, updated_at: null, retry_started_at: null, creator: null }])
  })(plan)
  const { code, stdout } = await home.run(['--json', 'webhooks', 'apply', plan, '--yes'], { env })
  expect([code, stdout.includes('"PLAN_TAMPERED"'), home.writes()]).toEqual([5, true, []])
})
