// `api`: any request, with the token, the limits and the errors of every other command.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'
import { schemaProblems } from '../../support/data-schema.ts'

let cli: EmulatedCli
beforeEach(async () => {
  cli = await emulatedCli()
  await cli.connect()
})
afterEach(() => cli.close())

const seen = () => cli.emulator.control.requests.list().slice(-1)[0]

test('api prints what Calendly answered, as it came', async () => {
  const { code, stdout, stderr } = await cli.run(['api', 'get', '/users/me'])
  expect({ code, stderr, uri: JSON.parse(stdout).resource.uri }).toEqual({ code: 0, stderr: '', uri: cli.emulator.info.userUri })
  const { envelope } = await cli.json(['api', 'GET', 'users/me', '--include'])
  expect(envelope.data).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringContaining('application/json') },
    body: JSON.parse(stdout),
  })
  expect(await schemaProblems('api', envelope.data)).toEqual([])
})

test('api takes a URI of Calendly’s, asks no other origin and leaves the path as it is', async () => {
  const { userUri } = cli.emulator.info
  expect((await cli.run(['api', 'GET', userUri])).code).toBe(0)
  const before = cli.emulator.control.requests.list().length
  const refused = [
    'https://evil.example/users/me',
    '//evil.example/users/me',
    '/\\evil.example',
    'http://api.calendly.com/users/me',
    '/users/../x',
  ]
  for (const path of [...refused, 'ftp:x', '/%2e%2e/users/me']) {
    const { code, stdout, stderr } = await cli.run(['api', 'GET', path])
    expect({ path, code, stdout, named: stderr.includes('Not a path') }).toEqual({ path, code: 2, stdout: '', named: true })
  }
  expect(cli.emulator.control.requests.list().length).toBe(before)
})

test('api puts fields into the query of a GET and into the JSON body of a POST', async () => {
  const { organizationUri } = cli.emulator.info
  const listed = await cli.json([
    'api',
    'GET',
    '/webhook_subscriptions',
    '-f',
    `organization=${organizationUri}`,
    '-f',
    'scope=organization',
  ])
  expect(listed.envelope.data.body).toMatchObject({ collection: [] })
  const fields = [`url=https://hooks.example.com/a`, `organization=${organizationUri}`, 'scope=organization', 'events[]=invitee.created']
  const made = await cli.run(['api', 'POST', '/webhook_subscriptions', ...fields.flatMap((field) => ['-f', field]), '--include'])
  expect({ code: made.code, status: made.stdout.split('\n')[0] }).toEqual({ code: 0, status: 'HTTP 201' })
  const { resource } = JSON.parse(made.stdout.split('\n').at(-2) ?? '')
  expect(resource.events).toEqual(['invitee.created'])
  const gone = await cli.json(['api', 'DELETE', resource.uri])
  expect(gone.envelope.data).toEqual({ status: 204, headers: null, body: null })
})

test('api sends a body from a file or standard input, byte for byte, and none that is no JSON', async () => {
  const body = JSON.stringify({
    url: 'https://hooks.example.com/b',
    organization: cli.emulator.info.organizationUri,
    scope: 'organization',
    events: ['invitee.created'],
  })
  const file = join(cli.folder, 'body.json')
  writeFileSync(file, body)
  expect((await cli.run(['api', 'POST', '/webhook_subscriptions', '--body', file])).code).toBe(0)
  expect(seen()).toMatchObject({ method: 'POST', path: '/webhook_subscriptions', body: JSON.parse(body) })
  const again = await cli.json(['api', 'POST', '/webhook_subscriptions', '--body', '-'], { stdin: body })
  expect({ code: again.code, error: again.envelope.error?.code }).toEqual({ code: 5, error: 'CALENDLY_CONFLICT' })
  expect((await cli.json(['api', 'POST', '/x', '--body', '-'], { stdin: '{' })).envelope.error?.code).toBe('FILE_UNREADABLE')
})

test('api reads every page of a list, as one array or line by line', async () => {
  const { organizationUri, personalAccessToken } = cli.emulator.info
  for (let at = 0; at < 120; at += 1) {
    await fetch(`${cli.emulator.url}/webhook_subscriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${personalAccessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        url: `https://hooks.example.com/${at}`,
        organization: organizationUri,
        scope: 'organization',
        events: ['invitee.created'],
      }),
    })
  }
  const list = ['api', 'GET', '/webhook_subscriptions', '-f', `organization=${organizationUri}`, '-f', 'scope=organization']
  const one = await cli.json([...list, '--paginate'])
  const uris = one.envelope.data.body.map(({ uri }: { uri: string }) => uri)
  expect([uris.length, new Set(uris).size]).toEqual([120, 120])
  const { code, stdout } = await cli.run([...list, '--ndjson'])
  expect([
    code,
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).uri),
  ]).toEqual([0, uris])
  const single = await cli.json(['api', 'GET', '/users/me', '--paginate'])
  expect([single.code, single.envelope.ok]).toEqual([5, false])
})

test('api ends as every command does when Calendly refuses, and tries again what is safe', async () => {
  const missing = await cli.json(['api', 'GET', '/webhook_subscriptions/00000000-0000-4000-8000-000000000001'])
  expect([missing.code, missing.envelope.error]).toMatchObject([
    5,
    { code: 'CALENDLY_NOT_FOUND', status: 404, title: 'Resource Not Found' },
  ])
  cli.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 503, times: 1 }])
  expect((await cli.run(['api', 'GET', '/users/me'])).code).toBe(0)
  cli.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 200, times: null, body: '<html>portal</html>' }])
  expect((await cli.json(['api', 'GET', '/users/me', '--max-wait', '0'])).envelope.error?.code).toBe('UNEXPECTED_ANSWER')
})

test('api is on record without the token, with the connection that asked', async () => {
  await cli.run(['api', 'GET', '/users/me'])
  const { envelope, stdout } = await cli.json(['log', '--limit', '1'])
  expect(envelope.data.entries[0]).toMatchObject({ method: 'GET', path: '/users/me', status: 200, account: 'owner@example.com' })
  expect(stdout).not.toContain(cli.emulator.info.personalAccessToken)
})

test('api refuses flags that contradict each other, and methods that there are not', async () => {
  for (const args of [
    ['FETCH', '/users/me'],
    ['POST', '/x', '--paginate'],
    ['GET', '/x', '--paginate', '--include'],
    ['GET', '/x', '--ndjson', '--json'],
    ['GET', '/x', '-f', 'novalue'],
    ['GET'],
  ]) {
    expect([args, (await cli.run(['api', ...args])).code]).toEqual([args, 2])
  }
})

test('api with CALENDLY_TOKEN alone sends the one request that was asked for', async () => {
  const before = cli.emulator.control.requests.list().length
  const env = { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken }
  expect((await cli.run(['api', 'GET', '/users/me', '--db', join(cli.folder, 'none.db')], { env })).code).toBe(0)
  expect(cli.emulator.control.requests.list().length).toBe(before + 1)
})
