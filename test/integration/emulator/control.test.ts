import { request, type IncomingHttpHeaders } from 'node:http'
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

const post = (path: string, json: unknown) => ask(emulator, 'POST', `/_emulator${path}`, { json })
const get = async (path: string) => (await ask(emulator, 'GET', `/_emulator${path}`)).body
const statusOf = async (token: string) => (await ask(emulator, 'GET', '/users/me', { token })).status

test('GET /_emulator/ lists every route, and each GET of them answers', async () => {
  const { routes } = await get('/')
  expect(routes.length).toBeGreaterThan(30)
  for (const route of routes.filter((one: string) => one.startsWith('GET ')))
    expect([route, (await ask(emulator, 'GET', route.slice(4))).status]).toEqual([route, 200])
  expect((await ask(emulator, 'GET', '/_emulator/nothing')).status).toBe(404)
})

test('GET /_emulator/requests shows requests with authorization redacted, and not itself', async () => {
  await ask(emulator, 'GET', '/users/me?a=1&b=2&b=3', { token: emulator.info.personalAccessToken })
  await ask(emulator, 'POST', '/oauth/token', { form: { grant_type: 'x' }, basic: ['a', 'b'] })
  await ask(emulator, 'POST', '/webhook_subscriptions', { json: { callbackUrl: 1 } })
  const requests = await get('/requests')
  expect(requests.map(({ headers: _headers, at: _at, ...rest }: { headers: unknown; at: unknown }) => rest)).toEqual([
    { method: 'GET', path: '/users/me', query: { a: '1', b: ['2', '3'] }, body: null, status: 400 },
    { method: 'POST', path: '/oauth/token', query: {}, body: { grant_type: 'x' }, status: 400 },
    { method: 'POST', path: '/webhook_subscriptions', query: {}, body: { callbackUrl: 1 }, status: 401 },
  ])
  expect(requests[0].headers).toMatchObject({ authorization: '[redacted]', 'user-agent': 'wire-client' })
  await ask(emulator, 'DELETE', '/_emulator/requests')
  expect(await get('/requests')).toEqual([])
})

test('POST /_emulator/reset goes back to the start, ids and tokens included', async () => {
  const { info } = emulator
  await post('/add', { subscriptions: [{ callback_url: 'https://example.com', count: 3 }] })
  await ask(emulator, 'PATCH', '/_emulator/switches', { json: { paging: 'offset' } })
  emulator.control.revokeTokens()
  expect((await post('/reset', {})).body).toEqual({ organizations: 1, users: 1, apps: 2, subscriptions: 0 })
  expect([emulator.info, await statusOf(info.personalAccessToken), (await get('/switches')).paging]).toEqual([info, 200, 'keyset'])
})

test('POST /_emulator/seed replaces everything; a bad one changes nothing', async () => {
  const before = emulator.info
  expect((await post('/seed', { users: [{ email: 'x' }] })).body).toEqual({
    error: 'seed: users.0.email must be an e-mail address',
    path: 'users.0.email',
  })
  expect((await post('/seed', { groups: [{ name: 'G', members: ['ghost'] }] })).status).toBe(400)
  expect(emulator.info).toEqual(before)
  await post('/seed', { organizations: [{ name: 'New' }] })
  expect((await get('/organizations')).map((row: { name: string }) => row.name)).toEqual(['New'])
  expect(await statusOf(before.personalAccessToken)).toBe(401)
})

test('POST /_emulator/time moves the clock on', async () => {
  const before = await get('/time')
  const { body } = await post('/time', { advance_ms: 7_200_000 })
  expect(body.now_ms - before.now_ms).toBeGreaterThanOrEqual(7_200_000)
  expect((await post('/time', { advance_ms: -1 })).body.error).toBe('body: advance_ms must not be negative')
})

test('meetings are booked and canceled over HTTP, with their deliveries', async () => {
  await post('/add', { subscriptions: [{ callback_url: 'https://example.com' }] })
  const { body } = await post('/meetings', { invitee_name: 'Zoë', starts_in_ms: 1000 })
  expect([body.meeting.invitee_name, body.deliveries.length]).toEqual(['Zoë', 1])
  const canceled = await post('/meetings/cancel', { uri: body.meeting.uri, reschedule: true })
  expect(canceled.body.deliveries.map((row: { event: string }) => row.event)).toEqual(['invitee.canceled', 'invitee.created'])
  expect((await post('/meetings/cancel', { uri: body.meeting.uri })).status).toBe(400)
  expect((await post('/meetings', { host: 'ghost' })).body.error).toContain('names no user: ghost')
  expect(await get('/deliveries')).toHaveLength(3)
})

test('tokens are issued, expired and revoked over HTTP', async () => {
  const client_id = emulator.info.clientId
  const pair = (await post('/tokens/issue', { client_id, scope: 'users:read' })).body
  expect([pair.scope, await statusOf(pair.access_token)]).toEqual(['users:read', 200])
  expect((await post('/tokens/expire', { user: 'owner@example.com' })).body).toEqual({ expired: 1 })
  expect(await statusOf(pair.access_token)).toBe(401)
  expect((await post('/tokens/revoke', { client_id })).body).toEqual({ revoked: 1 })
  const form = { grant_type: 'refresh_token', refresh_token: pair.refresh_token }
  expect((await ask(emulator, 'POST', '/oauth/token', { basic: [client_id, emulator.info.clientSecret], form })).body.error).toBe(
    'invalid_grant',
  )
  expect(await statusOf(emulator.info.personalAccessToken)).toBe(200)
})

test('roles and memberships change over HTTP', async () => {
  await post('/add', { users: [{ email: 'm@example.com' }] })
  await post('/memberships/role', { user: 'm@example.com', role: 'admin' })
  expect((await get('/memberships')).map((row: { role: string }) => row.role)).toEqual(['owner', 'admin'])
  expect((await post('/memberships/remove', { user: 'm@example.com' })).body).toEqual({ removed: true })
  expect(await get('/memberships')).toHaveLength(1)
})

test('a subscription is changed and removed over HTTP', async () => {
  await post('/add', { subscriptions: [{ callback_url: 'https://example.com' }] })
  const uri = emulator.control.subscriptions()[0]?.uri
  const change = { uri, state: 'disabled', retry_started_at: '2026-01-01T00:00:00.000000Z', creator: null, hidden_lists: 1 }
  const { body } = await ask(emulator, 'PATCH', '/_emulator/subscriptions', { json: change })
  expect(body).toMatchObject({ state: 'disabled', retry_started_at: change.retry_started_at, creator: null, hidden_lists: 1 })
  expect((await ask(emulator, 'DELETE', '/_emulator/subscriptions', { json: { uri } })).body).toEqual({ removed: true })
  expect((await ask(emulator, 'PATCH', '/_emulator/subscriptions', { json: { uri } })).status).toBe(400)
})

test('a body that is not JSON and an unknown switch are refused', async () => {
  expect((await ask(emulator, 'POST', '/_emulator/time', { body: '{' })).body.error).toBe('body: is not JSON')
  expect((await ask(emulator, 'PATCH', '/_emulator/switches', { json: { colour: 1 } })).body.error).toBe('switches: colour is not known')
})

test('a person moves to another organization, changes names, and goes: memberships and tokens follow', async () => {
  const pat = emulator.info.personalAccessToken
  await post('/add', { organizations: [{ name: 'New' }], users: [{ email: 'ada@new.example', organization: 'New', role: 'owner' }] })
  const me = async () => (await ask(emulator, 'GET', '/users/me', { token: pat })).body.resource
  await post('/users/move', { user: 'owner@example.com', organization: 'New', role: 'admin' })
  const moved = await me()
  const memberships = await ask(emulator, 'GET', `/organization_memberships?user=${encodeURIComponent(moved.uri)}`, { token: pat })
  expect(memberships.body.collection.map((row: { organization: string; role: string }) => [row.organization, row.role])).toEqual([
    [moved.current_organization, 'admin'],
  ])
  await ask(emulator, 'PATCH', '/_emulator/users', { json: { user: moved.uri, email: 'new@example.com' } })
  expect((await me()).email).toBe('new@example.com')
  const grant = emulator.control.issueTokens({ clientId: emulator.info.clientId, user: moved.uri })
  await post('/users/remove', { user: 'new@example.com' })
  expect([await statusOf(pat), await statusOf(grant.accessToken)]).toEqual([401, 401])
  expect((await post('/users/remove', { user: 'ada@new.example' })).body.error).toBe('user: user is the last one')
})

test('an organization loses a feature, an app its secret', async () => {
  const { organizationUri, clientId, clientSecret } = emulator.info
  const patch = (path: string, json: unknown) => ask(emulator, 'PATCH', `/_emulator${path}`, { json })
  expect((await patch('/organizations', { organization: organizationUri, features: { webhooks: false } })).body.features).toEqual({
    webhooks: false,
    routing_forms: true,
    meeting_recaps: true,
  })
  await patch('/apps', { client_id: clientId, client_secret: 'another' })
  const { refreshToken } = emulator.control.issueTokens({ clientId })
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  expect((await ask(emulator, 'POST', '/oauth/token', { basic: [clientId, clientSecret], form })).status).toBe(401)
  expect((await ask(emulator, 'POST', '/oauth/token', { basic: [clientId, 'another'], form })).status).toBe(200)
})

test('the control API answers no page of another origin, and nothing answers under another Host', async () => {
  const status = async (path: string, headers: Record<string, string>) => (await raw(path, headers)).status
  const { port, origin } = new URL(emulator.url)
  expect(await status('/_emulator/info', { origin })).toBe(200)
  expect(await status('/_emulator/info', { origin: `http://localhost:${port}` })).toBe(200)
  for (const foreign of ['https://evil.example', 'null', `http://127.0.0.1:1`, `https://127.0.0.1:${port}`])
    expect([foreign, await status('/_emulator/info', { origin: foreign })]).toEqual([foreign, 403])
  expect(await status('/_emulator/state', { 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect((await raw('/_emulator/info', {})).headers['access-control-allow-origin']).toBeUndefined()
  for (const path of ['/_emulator/info', '/users/me', '/oauth/authorize'])
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, 'localhost:1'])
      expect([path, host, await status(path, { host })]).toEqual([path, host, 421])
  expect(await status('/users/me', { host: `LOCALHOST:${port}`, 'user-agent': 'x' })).toBe(401)
})

/** With headers that `fetch` would set itself. */
function raw(path: string, headers: Record<string, string>): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    request(emulator.url + path, { headers }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}
