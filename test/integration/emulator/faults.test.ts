import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { ask } from '../../support/wire-client.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  await emulator.close()
})

const me = () => ask(emulator, 'GET', '/users/me', { token: emulator.info.personalAccessToken })
const create = (n: number) =>
  ask(emulator, 'POST', '/webhook_subscriptions', {
    token: emulator.info.personalAccessToken,
    json: {
      url: `https://example.com/${n}`,
      events: ['invitee.created'],
      organization: emulator.info.organizationUri,
      scope: 'organization',
    },
  })
const made = () => emulator.control.subscriptions().length
const refresh = (refresh_token: string) =>
  ask(emulator, 'POST', '/oauth/token', {
    basic: [emulator.info.clientId, emulator.info.clientSecret],
    form: { grant_type: 'refresh_token', refresh_token },
  })

test('drop_before breaks the connection and does nothing', async () => {
  emulator.control.addFaults([{ method: 'post', path: '/webhook_*', action: 'drop_before' }])
  await expect(create(1)).rejects.toThrow('fetch failed')
  expect([made(), emulator.requests().map((request) => request.status)]).toEqual([0, [null]])
  expect((await create(1)).status).toBe(201)
})

test('drop_after does it and loses the answer', async () => {
  emulator.control.addFaults([{ path: '/webhook_subscriptions', action: 'drop_after' }])
  await expect(create(1)).rejects.toThrow('fetch failed')
  expect(made()).toBe(1)
})

test('rotate_and_lose spends a refresh token for nothing', async () => {
  const { refreshToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
  emulator.control.addFaults([{ path: '/oauth/token', action: 'rotate_and_lose' }])
  await expect(refresh(refreshToken)).rejects.toThrow('fetch failed')
  expect((await refresh(refreshToken)).body.error).toBe('invalid_grant')
})

test('half_body breaks off in the middle of the answer', async () => {
  emulator.control.addFaults([{ action: 'half_body' }])
  await expect(me()).rejects.toThrow('terminated')
})

test('stall never answers', async () => {
  emulator.control.addFaults([{ action: 'stall' }])
  const signal = AbortSignal.timeout(50)
  await expect(fetch(`${emulator.url}/users/me`, { signal })).rejects.toThrow('aborted due to timeout')
  expect((await me()).status).toBe(200)
})

test('status answers with JSON, a page of its own or the edge\u2019s page', async () => {
  const json = {
    title: 'Internal Server Error',
    message: 'The server encountered an unexpected condition that prevented it from fulfilling the request.',
  }
  emulator.control.addFaults([
    { action: 'status', status: 500, body: json },
    { action: 'status', status: 200, body: '<h1>Sign in to the airport network</h1>' },
    { action: 'status', status: 502, headers: { 'Retry-After': '3' } },
  ])
  const first = await me()
  expect([first.status, first.body]).toEqual([500, json])
  const second = await me()
  expect([second.status, second.headers['content-type'], second.text]).toEqual([
    200,
    'text/html; charset=utf-8',
    '<h1>Sign in to the airport network</h1>',
  ])
  const third = await me()
  expect([third.status, third.headers['retry-after'], third.text.startsWith('<!DOCTYPE html>')]).toEqual([502, '3', true])
  expect((await me()).status).toBe(200)
})

test.each(['reset_before', 'reset_after'])('%s resets the connection', async (action) => {
  emulator.control.addFaults([{ path: '/webhook_subscriptions', action }])
  const failed: unknown = await create(1).catch((error: unknown) => error)
  expect(failed).toMatchObject({ cause: { code: 'ECONNRESET' } })
  expect(made()).toBe(action === 'reset_after' ? 1 : 0)
})

test('status_after does it, and then answers something else', async () => {
  emulator.control.addFaults([{ method: 'POST', action: 'status_after', status: 404, body: '<h1>Not here</h1>' }])
  const { status, text } = await create(1)
  expect([status, text, made()]).toEqual([404, '<h1>Not here</h1>', 1])
})

test('reshape changes the answer: fields of another kind, fields left out, and values nobody has seen yet', async () => {
  emulator.control.add({ subscriptions: [{ callback_url: 'https://example.com/{n}', count: 2 }] })
  emulator.control.addFaults([
    { path: '/users/me', action: 'reshape', set: { 'resource.email': 7, 'resource.new_field': { a: 1 } }, remove: ['resource.uri'] },
    {
      path: '/webhook_subscriptions',
      action: 'reshape',
      set: { 'collection.*.state': 'paused' },
      remove: ['collection.1', 'nothing.there'],
    },
    { path: '/organizations/*', action: 'reshape', set: { '': [] } },
  ])
  const bare = async (path: string) => {
    const headers = { authorization: `Bearer ${emulator.info.personalAccessToken}`, 'user-agent': 'bare' }
    return JSON.parse(await (await fetch(emulator.url + path, { headers })).text())
  }
  const user = (await bare('/users/me')).resource
  expect([user.email, user.new_field, 'uri' in user, user.name]).toEqual([7, { a: 1 }, false, 'Ada Owner'])
  const organization = encodeURIComponent(emulator.info.organizationUri)
  const { collection } = await bare(`/webhook_subscriptions?organization=${organization}&scope=organization`)
  expect(collection.map((row: { state: string }) => row.state)).toEqual(['paused'])
  expect(await bare(new URL(emulator.info.organizationUri).pathname)).toEqual([])
})

test('after, times and query choose which requests are hit', async () => {
  emulator.control.addFaults([{ path: '/users/me', query: { page: 'b*' }, after: 1, times: 2, action: 'status', status: 503 }])
  emulator.control.setSwitches({ unknown_query: 'ignore' })
  const statuses: number[] = []
  for (const page of ['b', 'a', 'b1', 'a', 'b2', 'b3']) {
    const { status } = await ask(emulator, 'GET', `/users/me?page=${page}`, { token: emulator.info.personalAccessToken })
    statuses.push(status)
  }
  expect(statuses).toEqual([200, 200, 503, 200, 503, 200])
})

test('times null hits for ever, until the faults are cleared over HTTP', async () => {
  const { body } = await ask(emulator, 'POST', '/_emulator/faults', { json: { faults: [{ action: 'status', times: null }] } })
  expect(body).toMatchObject([{ action: 'status', status: 503, seen: 0, hits: 0 }])
  expect([(await me()).status, (await me()).status]).toEqual([503, 503])
  await ask(emulator, 'DELETE', '/_emulator/faults')
  expect((await me()).status).toBe(200)
})

test.each([
  [[{ action: 'explode' }], 'faults: 0.action is not an action'],
  [{ faults: [{ action: 'stall' }, { action: 'stall', time: 1 }] }, 'faults: faults.1.time is not known'],
  ['stall', 'faults: must be a list of faults'],
])('a script that does not fit is refused with its path: %j', async (json, message) => {
  const answer = await ask(emulator, 'POST', '/_emulator/faults', { json })
  expect(answer.status).toBe(400)
  expect(answer.body.error).toContain(message)
  await expect(startEmulator({ faults: json })).rejects.toThrow(message)
})
