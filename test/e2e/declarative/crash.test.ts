// `webhooks apply` and `webhooks restore` killed at each request and commit, then run again: they converge, nothing is there twice,
// nothing foreign is touched, and the key of what is there is known.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { declarativeHome, OTHER, OWN, type DeclarativeHome } from '../../support/declarative.ts'

const FOREIGN = 'https://foreign.example.com/'
const BOTH = 'invitee.canceled,invitee.created'
const OLD = 'https://hooks.example.com/old'

let home: DeclarativeHome
beforeAll(async () => {
  home = await declarativeHome({ seed: { subscriptions: [{ callback_url: FOREIGN }] } })
  const created = await home.run(['webhooks', 'create', '--callback-url', OLD])
  if (created.code !== 0) throw new Error(created.stderr)
  home.remember()
})
beforeEach(() => home.rewind())
afterAll(() => home.end())

async function killedAt(point: string, args: readonly string[]): Promise<void> {
  const result = await home.run(args, { env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: point } })
  // A point that is never passed would prove nothing.
  expect([point, result.signal]).toEqual([point, 'SIGKILL'])
}

/** Every subscription of ours has a key on record, and it is the one that Calendly signs with. */
async function keysAreKnown(): Promise<void> {
  const { envelope } = await home.json(['webhooks', 'list'])
  const ours = envelope.data.webhooks.filter((one: { callback_url: string }) => one.callback_url !== FOREIGN)
  expect(ours.map((one: { managed: boolean; signing_key_stored: boolean }) => [one.managed, one.signing_key_stored])).toEqual(
    ours.map(() => [true, true]),
  )
  for (const { uri } of ours) {
    const shown = await home.run(['webhooks', 'get', uri, '--show-secret'])
    expect(shown.stdout.trim()).toContain(home.emulator.control.subscriptions().find((one) => one.uri === uri)?.signingKey)
  }
}

const APPLY_POINTS = [
  'commit:run_begin:before',
  'commit:run_begin:after',
  'commit:step_intend:before',
  'commit:step_intend:after',
  'http:POST /webhook_subscriptions:before',
  'http:POST /webhook_subscriptions:after',
  'commit:keep_subscription:before',
  'commit:keep_subscription:after',
  'commit:step_settle:after',
  'http:POST /webhook_subscriptions:after#2',
  'http:DELETE /webhook_subscriptions/{id}:before',
  'http:DELETE /webhook_subscriptions/{id}:after',
  'http:DELETE /webhook_subscriptions/{id}:after#2',
  'commit:step_settle:after#3',
  'commit:run_finish:after',
]

test.each(APPLY_POINTS)('webhooks apply -f killed at %s converges when it is run again', async (point) => {
  // One to create, one to replace, one to delete.
  const args = ['webhooks', 'apply', '-f', home.declare({ url: OTHER }, { url: OWN, events: ['invitee.created'] }), '--yes']
  await killedAt(point, args)
  const again = await home.json(args)
  expect([again.code, again.envelope.error]).toEqual([0, null])
  expect(home.there()).toEqual([`active ${FOREIGN} ${BOTH}`, `active ${OTHER} ${BOTH}`, `active ${OWN} invitee.created`])
  home.writes()
  expect([(await home.json(args)).code, home.writes()]).toEqual([0, []])
  await keysAreKnown()
})

test.each([
  'http:POST /webhook_subscriptions:after',
  'http:DELETE /webhook_subscriptions/{id}:after',
  'http:DELETE /webhook_subscriptions/{id}:after#2',
])('webhooks apply PLAN killed at %s goes on with the same plan', async (point) => {
  const plan = home.path('x.plan')
  await home.run(['webhooks', 'plan', '-f', home.declare({ url: OTHER }, { url: OWN, events: ['invitee.created'] }), '--out', plan])
  await killedAt(point, ['webhooks', 'apply', plan, '--yes'])
  const again = await home.json(['webhooks', 'apply', plan, '--yes'])
  expect([again.code, again.envelope.error]).toEqual([0, null])
  expect(home.there()).toEqual([`active ${FOREIGN} ${BOTH}`, `active ${OTHER} ${BOTH}`, `active ${OWN} invitee.created`])
  await keysAreKnown()
})

test.each([
  'commit:step_intend:after',
  'http:POST /webhook_subscriptions:before',
  'http:POST /webhook_subscriptions:after',
  'commit:keep_subscription:after',
  'http:POST /webhook_subscriptions:after#2',
  'commit:run_finish:after',
])('webhooks restore killed at %s converges when it is run again', async (point) => {
  const keys = () =>
    home.emulator.control
      .subscriptions()
      .map(({ callbackUrl, signingKey }) => `${callbackUrl} ${signingKey}`)
      .sort()
  const before = keys()
  await home.run(['webhooks', 'apply', '-f', home.declare(), '--yes'])
  const { envelope } = await home.json(['runs'])
  const run: string = envelope.data.runs[0].id
  await killedAt(point, ['webhooks', 'restore', run, '--yes'])
  const again = await home.json(['webhooks', 'restore', run, '--yes'])
  expect([again.code, again.envelope.error, keys()]).toEqual([0, null, before])
  await keysAreKnown()
  home.writes()
  expect([(await home.run(['webhooks', 'restore', run])).code, home.writes()]).toEqual([0, []])
})
