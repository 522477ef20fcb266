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

test('runs refuses a run that is not there and a limit that is none', async () => {
  expect((await home.json(['runs', 'zzzz'])).envelope.error).toMatchObject({ code: 'USAGE', hint: 'calreconnect runs' })
  expect((await home.run(['runs', '--limit', '0'])).code).toBe(2)
  expect((await home.run(['runs', '--no-such-flag'])).code).toBe(2)
  expect((await home.run(['runs', '--help'])).stdout).toContain('Examples:')
})
