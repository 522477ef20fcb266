// What clients that are shipped elsewhere send, and what they do with the URLs that they are given.

import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { ask } from '../../support/wire-client.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  await emulator.close()
})

const token = () => emulator.info.personalAccessToken
const forms = { 'content-type': 'application/x-www-form-urlencoded' }
const fields = (more: string) =>
  `url=https%3A%2F%2Fexample.com%2Fhook&organization=${encodeURIComponent(emulator.info.organizationUri)}&scope=organization${more}`
const basic = (): [string, string] => [emulator.info.clientId, emulator.info.clientSecret]
const pair = () => emulator.control.issueTokens({ clientId: emulator.info.clientId })

describe('a form-encoded create', () => {
  test.each([
    '&events%5B%5D=invitee.created&events%5B%5D=invitee.canceled',
    '&events[0]=invitee.created&events[1]=invitee.canceled',
    '&events=invitee.created&events=invitee.canceled',
  ])('is taken with %s, unless the switch refuses it', async (more) => {
    const create = () => ask(emulator, 'POST', '/webhook_subscriptions', { token: token(), headers: forms, body: fields(more) })
    const { status, body } = await create()
    expect([status, body.resource.events]).toEqual([201, ['invitee.created', 'invitee.canceled']])
    emulator.control.reset()
    emulator.control.setSwitches({ accept_form_create: false })
    expect((await create()).status).toBe(400)
  })

  test('is refused with a field twice', async () => {
    const body = fields('&events[]=invitee.created&scope=user')
    expect((await ask(emulator, 'POST', '/webhook_subscriptions', { token: token(), headers: forms, body })).status).toBe(400)
  })
})

test('user beside organization scope is passed over in a list, unless the switch refuses it, and never in a create', async () => {
  const { organizationUri, userUri } = emulator.info
  const query = new URLSearchParams({ organization: organizationUri, scope: 'organization', user: userUri })
  const list = () => ask(emulator, 'GET', `/webhook_subscriptions?${query.toString()}`, { token: token() })
  expect((await list()).status).toBe(200)
  emulator.control.setSwitches({ accept_user_in_organization_list: false })
  expect((await list()).body.details).toEqual([{ parameter: 'user', message: 'is not allowed with this scope' }])
  const json = {
    url: 'https://example.com',
    events: ['invitee.created'],
    organization: organizationUri,
    scope: 'organization',
    user: userUri,
  }
  expect((await ask(emulator, 'POST', '/webhook_subscriptions', { token: token(), json })).status).toBe(400)
})

describe('multipart at the token endpoint', () => {
  const multipart = (parts: Record<string, string>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(parts)) form.set(name, value)
    const headers = { authorization: `Basic ${Buffer.from(basic().join(':')).toString('base64')}` }
    return fetch(`${emulator.url}/oauth/token`, { method: 'POST', headers, body: form })
  }

  test('is taken, unless the switch refuses it', async () => {
    const parts = { grant_type: 'refresh_token', refresh_token: pair().refreshToken }
    emulator.control.setSwitches({ accept_multipart_token: false })
    expect((await multipart(parts)).status).toBe(400)
    emulator.control.setSwitches({ accept_multipart_token: true })
    expect((await multipart(parts)).status).toBe(200)
  })

  test.each([
    ['no boundary', 'multipart/form-data', '--x\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\nrefresh_token\r\n--x--\r\n'],
    ['no end', 'multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\nrefresh_token\r\n'],
    ['a part without a name', 'multipart/form-data; boundary=x', '--x\r\n\r\nrefresh_token\r\n--x--\r\n'],
    ['a file', 'multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n'],
    [
      'a field twice',
      'multipart/form-data; boundary="x"',
      `${'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nc\r\n'.repeat(2)}--x--`,
    ],
  ])('is refused with %s', async (_what, type, body) => {
    const answer = await ask(emulator, 'POST', '/oauth/token', { basic: basic(), headers: { 'content-type': type }, body })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })
})

describe.each(['/oauth/introspect', '/oauth/revoke'])('%s', (path) => {
  const send = (authorization: string, change: Record<string, string> = {}) => {
    const [client_id, client_secret] = basic()
    const form = { client_id, client_secret, token: pair().accessToken, ...change }
    return ask(emulator, 'POST', path, { headers: { authorization }, form })
  }
  const asBasic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

  test('takes credentials in the body beside Basic or Bearer, unless the switch refuses them', async () => {
    const headers = [asBasic(...basic()), `Bearer ${pair().accessToken}`]
    for (const header of headers) expect((await send(header)).status).toBe(200)
    emulator.control.setSwitches({ accept_credentials_twice: false })
    for (const header of headers) expect([401, 403]).toContain((await send(header)).status)
  })

  test('refuses two credentials that differ, and a wrong secret beside a good Bearer', async () => {
    const [id, secret] = basic()
    expect([401, 403]).toContain((await send(asBasic(id, 'wrong'))).status)
    expect([401, 403]).toContain((await send(asBasic(id, secret), { client_secret: 'wrong' })).status)
    expect([401, 403]).toContain((await send(`Bearer ${pair().accessToken}`, { client_secret: 'wrong' })).status)
  })
})

test('a request without a User-Agent is answered, unless the switch has the edge refuse it', async () => {
  const bare = () =>
    new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
      request(`${emulator.url}/users/me`, { headers: { authorization: `Bearer ${token()}` } }, (response) => {
        response.resume()
        response.on('end', () => resolve([response.statusCode, response.headers['content-type']]))
      })
        .on('error', reject)
        .end()
    })
  expect(await bare()).toEqual([200, 'application/json; charset=utf-8'])
  emulator.control.setSwitches({ accept_no_user_agent: false })
  expect(await bare()).toEqual([403, 'text/html; charset=utf-8'])
})

describe('--origin self', () => {
  const bare = async (url: string, init: { method?: string; headers?: Record<string, string>; body?: string | URLSearchParams } = {}) => {
    const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${token()}`, ...init.headers } })
    const text = await response.text()
    return { status: response.status, text, body: text === '' ? null : JSON.parse(text) }
  }
  const json = { 'content-type': 'application/json' }

  beforeEach(async () => {
    await emulator.close()
    emulator = await startEmulator({ origin: 'self', seed: { subscriptions: [{ callback_url: 'https://example.com/{n}', count: 45 }] } })
  })

  test('lets a client follow next_page to the end and delete by uri, all at the emulator', async () => {
    const { organizationUri } = emulator.info
    expect(organizationUri.startsWith(`${emulator.url}/organizations/`)).toBe(true)
    const uris: string[] = []
    let next: string | null = `${emulator.url}/webhook_subscriptions?scope=organization&organization=${encodeURIComponent(organizationUri)}`
    while (next !== null) {
      const page: { body: { collection: { uri: string }[]; pagination: { next_page: string | null } } } = await bare(next)
      uris.push(...page.body.collection.map((row) => row.uri))
      next = page.body.pagination.next_page
    }
    expect(uris).toHaveLength(45)
    for (const uri of uris) expect((await bare(uri, { method: 'DELETE' })).status).toBe(204)
    expect(emulator.control.subscriptions()).toEqual([])
  })

  test.each(['127.0.0.1', 'localhost'])('takes identifiers of %s in query, JSON and forms, and shows its own', async (host) => {
    const own = (uri: string) => uri.replace('127.0.0.1', host)
    const { organizationUri, userUri } = emulator.info
    const wanted = {
      url: 'https://example.com/x',
      events: ['invitee.created'],
      organization: own(organizationUri),
      scope: 'user',
      user: own(userUri),
    }
    const made = await bare(`${emulator.url}/webhook_subscriptions`, { method: 'POST', headers: json, body: JSON.stringify(wanted) })
    expect([made.status, made.body.resource.user, made.body.resource.creator]).toEqual([201, userUri, userUri])
    const form = new URLSearchParams({ ...wanted, url: 'https://example.com/y', events: 'invitee.created' })
    expect((await bare(`${emulator.url}/webhook_subscriptions`, { method: 'POST', body: form })).status).toBe(201)
    const everything = await Promise.all(
      [
        '/users/me',
        `/organization_memberships?user=${encodeURIComponent(own(userUri))}`,
        '/_emulator/info',
        '/_emulator/subscriptions',
      ].map((path) => bare(emulator.url + path)),
    )
    for (const { status, text } of everything) expect([status, text.includes('https://api.calendly.com/')]).toEqual([200, false])
  })

  test('delivers with its own identifiers too', async () => {
    const { deliveries } = await emulator.control.bookMeeting()
    const { payload, created_by } = JSON.parse(deliveries[0]?.body ?? '')
    expect([created_by, payload.uri.startsWith(`${emulator.url}/scheduled_events/`)]).toEqual([emulator.info.userUri, true])
  })
})
