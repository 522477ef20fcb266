// `log` as a script uses it.

import { afterAll, beforeAll, expect, test } from 'vitest'

import { schemaProblems } from '../../support/data-schema.ts'
import { declarativeHome, type DeclarativeHome } from '../../support/declarative.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly status: number | null
}

let home: DeclarativeHome
beforeAll(async () => {
  home = await declarativeHome()
})
afterAll(() => home.end())

test('log shows every request of an earlier command with its request id, redacted', async () => {
  const { envelope, stdout } = await home.json(['log'])
  expect(await schemaProblems('log', envelope.data)).toEqual([])
  const entries: Entry[] = envelope.data.entries
  expect(entries.map(({ method, path, status }) => `${method} ${path.split('?')[0]} ${status}`)).toContain(
    'POST /webhook_subscriptions 201',
  )
  expect(stdout).not.toContain(home.emulator.info.personalAccessToken)
  for (const { signingKey } of home.emulator.control.subscriptions()) expect(stdout).not.toContain(signingKey)
  const human = await home.run(['log'])
  expect(human.stdout).toMatch(/^TIME\tSTATUS\tMS\tMETHOD\tPATH/)
})

test('log --errors shows what was refused and why; --since and --limit narrow it', async () => {
  home.emulator.control.addFaults([
    {
      method: 'GET',
      path: '/webhook_subscriptions',
      action: 'status',
      status: 403,
      body: { title: 'Permission Denied', message: 'You do not have permission' },
    },
  ])
  await home.run(['webhooks', 'list'])
  const { envelope } = await home.json(['log', '--errors', '--since', '1d'])
  expect(envelope.data.entries).toMatchObject([{ status: 403, title: 'Permission Denied', message: 'You do not have permission' }])
  const human = await home.run(['log', '--errors'])
  expect(human.stdout).toContain('Permission Denied: You do not have permission')
  expect((await home.json(['log', '--limit', '1'])).envelope.data.entries).toHaveLength(1)
})

test('log --run shows the requests of that run', async () => {
  await home.run(['webhooks', 'create', '--callback-url', 'https://hooks.example.com/logged'])
  const { envelope: runs } = await home.json(['runs'])
  const { envelope } = await home.json(['log', '--run', runs.data.runs[0].id.slice(0, 12)])
  const entries: Entry[] = envelope.data.entries
  expect(entries.map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 201'])
})

test('log refuses an age that is none, a run that is not there, a bad flag', async () => {
  expect((await home.json(['log', '--since', 'yesterday'])).envelope.error).toMatchObject({
    code: 'USAGE',
    message: 'yesterday is not an age',
  })
  expect((await home.json(['log', '--run', 'zzzz'])).envelope.error).toMatchObject({ code: 'USAGE' })
  expect((await home.run(['log', '--no-such-flag'])).code).toBe(2)
  expect((await home.run(['log', '--help'])).stdout).toContain('Examples:')
})
