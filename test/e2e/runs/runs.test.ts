// `runs` as a script uses it.

import { afterAll, beforeAll, expect, test } from 'vitest'

import { schemaProblems } from '../../support/data-schema.ts'
import { declarativeHome, OWN, type DeclarativeHome } from '../../support/declarative.ts'

let home: DeclarativeHome
beforeAll(async () => {
  home = await declarativeHome()
})
afterAll(() => home.end())

test('runs lists what was changed, and shows one run by the beginning of its id', async () => {
  const { envelope, code } = await home.json(['runs'])
  expect([code, await schemaProblems('runs', envelope.data)]).toEqual([0, []])
  const [run] = envelope.data.runs
  expect(run).toMatchObject({
    command: 'reconnect',
    account: 'me',
    status: 'done',
    steps_total: 1,
    steps_done: 1,
    steps_failed: 0,
    unsettled: 0,
  })
  const one = await home.json(['runs', run.id.slice(0, 8)])
  expect(await schemaProblems('runs', one.envelope.data)).toEqual([])
  expect(one.envelope.data.steps).toMatchObject([{ action: 'create', status: 'done', outcome: 'created', callback_url: OWN }])
  const { stdout } = await home.run(['runs', run.id])
  expect(stdout).toMatch(new RegExp(`^${run.id} {2}done\nreconnect for me, `))
})

test('runs shows a killed run first, as open, with the command that goes on', async () => {
  await home.run(['webhooks', 'create', '--callback-url', 'https://hooks.example.com/killed'], {
    env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: 'http:POST /webhook_subscriptions:after' },
  })
  const { envelope } = await home.json(['runs'])
  expect(envelope.data.runs[0]).toMatchObject({ command: 'webhooks create', status: 'open', unsettled: 1 })
  const { stdout } = await home.run(['runs', envelope.data.runs[0].id])
  expect(stdout).toContain('Next: calreconnect webhooks list --account me')
})

test('runs shows what a later command made of a killed run', async () => {
  const again = await home.run(['webhooks', 'create', '--callback-url', 'https://hooks.example.com/killed'])
  expect(again.code).toBe(0)
  const { envelope } = await home.json(['runs'])
  const killed = envelope.data.runs.find(({ command }: { command: string }) => command === 'webhooks create')
  expect(killed).toMatchObject({ status: 'open', unsettled: 0, settled_by: null })
  expect((await home.run(['runs', killed.id])).stdout).toContain('killed, and settled since')

  // Between the two: what a run deleted and did not begin to make is made by the next one.
  await home.run(['webhooks', 'recreate', '--yes'], {
    env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: 'http:DELETE /webhook_subscriptions/{id}:after' },
  })
  expect((await home.run(['reconnect', 'me'])).code).toBe(0)
  const { envelope: after } = await home.json(['runs'])
  const [newest] = after.data.runs.filter(({ command }: { command: string }) => command === 'reconnect')
  const broken = after.data.runs.find(({ command }: { command: string }) => command === 'webhooks recreate')
  expect(broken).toMatchObject({ status: 'open', settled_by: newest.id })
  const { stdout } = await home.run(['runs', broken.id])
  expect(stdout).toContain(`killed, settled by ${newest.id}`)
  expect(stdout).not.toContain('Next:')
})

test('runs refuses a run that is not there and a limit that is none', async () => {
  expect((await home.json(['runs', 'zzzz'])).envelope.error).toMatchObject({ code: 'USAGE', hint: 'calreconnect runs' })
  expect((await home.run(['runs', '--limit', '0'])).code).toBe(2)
  expect((await home.run(['runs', '--no-such-flag'])).code).toBe(2)
  expect((await home.run(['runs', '--help'])).stdout).toContain('Examples:')
})
