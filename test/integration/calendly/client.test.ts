import { afterEach, describe, expect, it } from 'vitest'

import { openCalendly } from '../../../src/adapters/calendly/client.ts'
import type { CalendlyOptions } from '../../../src/adapters/calendly/client.ts'
import type { SubscriptionSpec } from '../../../src/core/calendly/model.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { freePort, sendJson, startHttpServer } from '../../support/http-server.ts'
import { errorOf, reportOf, sleeplessClock, steadyRandom, testHttp, tokensInTurn } from '../../support/wire-adapters.ts'
import { interruptedBy, UNINTERRUPTED } from '../../support/interruption.ts'

const ORGANIZATION = 'https://api.calendly.com/organizations/ORG1'
const USER = 'https://api.calendly.com/users/USER1'
const HOOK = 'https://api.calendly.com/webhook_subscriptions/HOOK1'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

type Answer = Parameters<typeof startHttpServer>[0]

async function calendly(answer: Answer, options: Partial<CalendlyOptions> = {}) {
  const server = await startHttpServer(answer)
  const http = testHttp()
  cleanups.push(
    () => server.close(),
    () => http.close(),
  )
  const clock = sleeplessClock()
  const notes: string[] = []
  const tokens = tokensInTurn('token-one-0123456789', 'token-two-0123456789')
  const api = openCalendly({
    apiUrl: server.url,
    http,
    tokens,
    clock,
    random: steadyRandom,
    maxWaitMs: 60_000,
    interruption: UNINTERRUPTED,
    progress: { note: (text) => notes.push(text) },
    ...options,
  })
  return { api, server, clock, notes, tokens, http, asked: () => server.requests.map(({ method, url }) => `${method} ${url}`) }
}

/** Answers in turn; the last one for ever. */
function inTurn(...answers: readonly (readonly [status: number, body: unknown, headers?: Record<string, string>])[]): Answer {
  return (_request, response, index) => {
    const [status, body, headers] = answers[Math.min(index, answers.length - 1)] ?? [500, null]
    if (status === 204) response.writeHead(204).end()
    else if (typeof body === 'string') response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body)
    else sendJson(response, status, body, headers)
  }
}

const hookWire = (id = 'HOOK1', more: Record<string, unknown> = {}) => ({
  callback_url: 'https://a.example/hook',
  created_at: '2026-11-20T10:00:00.000000Z',
  creator: USER,
  events: ['invitee.created', 'a_new.event'],
  group: null,
  organization: ORGANIZATION,
  retry_started_at: null,
  scope: 'organization',
  state: 'active',
  updated_at: '2026-11-20T10:00:00.000000Z',
  uri: `https://api.calendly.com/webhook_subscriptions/${id}`,
  user: null,
  ...more,
})
const hook = {
  uri: HOOK,
  callbackUrl: 'https://a.example/hook',
  createdAt: '2026-11-20T10:00:00.000000Z',
  updatedAt: '2026-11-20T10:00:00.000000Z',
  retryStartedAt: null,
  state: 'active',
  events: ['invitee.created', 'a_new.event'],
  scope: 'organization',
  organization: ORGANIZATION,
  user: null,
  group: null,
  creator: USER,
}
const userWire = {
  resource: { uri: USER, email: 'ada@example.com', name: 'Ada', current_organization: ORGANIZATION, slug: 'ada', locale: 'en' },
}
const page = (
  rows: readonly unknown[],
  next: string | null = null,
  nextPage: string | null = next === null ? null : `https://api.calendly.com/webhook_subscriptions?page_token=${next}`,
) => ({
  collection: rows,
  pagination: { count: rows.length, next_page: nextPage, next_page_token: next, previous_page: null, previous_page_token: null },
})
const list = { organization: ORGANIZATION, scope: 'organization' } as const
const spec: SubscriptionSpec = {
  callbackUrl: 'https://a.example/hook',
  events: ['invitee.created'],
  scope: 'user',
  organization: ORGANIZATION,
  user: USER,
  group: null,
}
const key = new Secret('signing-key-canary-0123456789')

describe('CalendlyApi reads', () => {
  it('CalendlyApi.me reads what is used and lets the rest be', async () => {
    const { api, server } = await calendly(inTurn([200, userWire]))
    expect(await api.me()).toEqual({ uri: USER, email: 'ada@example.com', name: 'Ada', currentOrganization: ORGANIZATION })
    expect(
      server.requests.map(({ method, url, headers }) => ({ method, url, authorization: headers.authorization, accept: headers.accept })),
    ).toEqual([{ method: 'GET', url: '/users/me', authorization: 'Bearer token-one-0123456789', accept: 'application/json' }])
  })

  it('CalendlyApi.organization asks at the API URL for the path of the URI', async () => {
    const { api, asked } = await calendly(
      inTurn([200, { resource: { uri: ORGANIZATION, name: 'Org', plan: 'basic', stage: 'free', id: 7 } }]),
    )
    expect(await api.organization(ORGANIZATION)).toEqual({ uri: ORGANIZATION, name: 'Org', plan: 'basic', stage: 'free' })
    expect(asked()).toEqual(['GET /organizations/ORG1'])
  })

  it('CalendlyApi.memberships reads role and member', async () => {
    const row = {
      uri: `${ORGANIZATION}-m`,
      organization: ORGANIZATION,
      role: 'owner',
      user: { uri: USER, email: 'ada@example.com', name: 'Ada' },
    }
    const { api, asked } = await calendly(inTurn([200, page([row])]))
    expect(await api.memberships({ user: USER })).toEqual([
      { uri: row.uri, organization: ORGANIZATION, role: 'owner', userUri: USER, userEmail: 'ada@example.com' },
    ])
    expect(asked()).toEqual([`GET /organization_memberships?user=${encodeURIComponent(USER)}&count=100`])
  })

  it('CalendlyApi.subscription reads all twelve fields', async () => {
    const { api } = await calendly(inTurn([200, { resource: hookWire() }]))
    expect(await api.subscription(HOOK)).toEqual(hook)
  })

  it('CalendlyApi.subscription takes an answer from before groups', async () => {
    const { group: _group, creator: _creator, ...old } = hookWire()
    const { api } = await calendly(inTurn([200, { resource: old }]))
    expect(await api.subscription(HOOK)).toEqual({ ...hook, creator: null })
  })

  it('CalendlyApi.sample gives the bare payload', async () => {
    const { api, asked } = await calendly(inTurn([200, { event: 'invitee.created', payload: { email: 'x' } }]))
    expect(await api.sample({ event: 'invitee.created', organization: ORGANIZATION, scope: 'user', user: USER })).toEqual({
      event: 'invitee.created',
      payload: { email: 'x' },
    })
    expect(asked()).toEqual([
      `GET /sample_webhook_data?event=invitee.created&organization=${encodeURIComponent(ORGANIZATION)}&scope=user&user=${encodeURIComponent(USER)}`,
    ])
  })

  it('CalendlyApi keeps a path in the API URL', async () => {
    const { server, http } = await calendly(inTurn([200, userWire]))
    const api = openCalendly({
      apiUrl: new URL('/gateway/', server.url),
      http,
      tokens: tokensInTurn('t'),
      clock: sleeplessClock(),
      random: steadyRandom,
      maxWaitMs: 0,
      interruption: UNINTERRUPTED,
    })
    await api.me()
    expect(server.requests.map(({ url }) => url)).toEqual(['/gateway/users/me'])
  })

  it.each([
    ['https://evil.example/webhook_subscriptions/A'],
    ['https://api.calendly.com/users/A'],
    ['https://api.calendly.com/webhook_subscriptions/A/../../users/B'],
    ['https://api.calendly.com/webhook_subscriptions/'],
    ['A'],
  ])('CalendlyApi.subscription refuses the URI %s before it asks', async (uri) => {
    const { api, asked } = await calendly(inTurn([200, {}]))
    expect({ code: (await reportOf(api.subscription(uri))).code, asked: asked() }).toEqual({ code: 'INVALID_URL', asked: [] })
  })

  it.each([
    ['state', hookWire('HOOK1', { state: 7 })],
    ['events', hookWire('HOOK1', { events: 'invitee.created' })],
    ['uri', hookWire('HOOK1', { uri: 'HOOK1' })],
    ['created_at', hookWire('HOOK1', { created_at: null })],
    ['organization', hookWire('HOOK1', { organization: 'ORG1' })],
    ['scope', hookWire('HOOK1', { scope: null })],
    ['callback_url', hookWire('HOOK1', { callback_url: null })],
  ])('CalendlyApi.subscription refuses an answer whose %s does not fit', async (field, resource) => {
    const { api } = await calendly(inTurn([200, { resource }, { 'x-request-id': 'r-1' }]))
    const report = await reportOf(api.subscription(HOOK))
    expect({
      code: report.code,
      names: report.message.includes(`resource.${field} `),
      status: report.status,
      id: report.requestId,
    }).toEqual({
      code: 'UNEXPECTED_ANSWER',
      names: true,
      status: 200,
      id: 'r-1',
    })
  })

  it('CalendlyApi.subscription keeps what it does not know as it is told', async () => {
    const told = { state: 'paused', scope: 'team', updated_at: null, retry_started_at: 'lately', creator: 'app:7', created_at: 'yesterday' }
    const { api } = await calendly(inTurn([200, { resource: hookWire('HOOK1', told) }]))
    const kept = { state: 'paused', scope: 'team', updatedAt: null, retryStartedAt: 'lately', creator: 'app:7', createdAt: 'yesterday' }
    expect(await api.subscription(HOOK)).toEqual({ ...hook, ...kept })
  })

  it('CalendlyApi reads people who have no e-mail address, and roles, plans and stages that are not known', async () => {
    const membership = { uri: `${ORGANIZATION}/M1`, organization: ORGANIZATION, role: 'superadmin', user: { uri: USER } }
    const organization = { uri: ORGANIZATION, name: null, plan: 'galactic', stage: 'limbo', kind: 'federation' }
    const { api } = await calendly(
      inTurn(
        [200, { resource: { ...userWire.resource, email: null, name: undefined } }],
        [200, page([membership])],
        [200, { resource: organization }],
      ),
    )
    expect([await api.me(), await api.memberships({ user: USER }), await api.organization(ORGANIZATION)]).toEqual([
      { uri: USER, email: null, name: null, currentOrganization: ORGANIZATION },
      [{ uri: `${ORGANIZATION}/M1`, organization: ORGANIZATION, role: 'superadmin', userUri: USER, userEmail: null }],
      { uri: ORGANIZATION, name: '', plan: 'galactic', stage: 'limbo' },
    ])
  })

  it.each([
    ['HTML', '<html>Please log in</html>'],
    ['nothing', ''],
    ['half a JSON', '{"resource":'],
    ['an array', []],
  ])('CalendlyApi.me takes a 200 with %s for no answer of Calendly', async (_name, body) => {
    const { api } = await calendly(inTurn([200, body]))
    expect((await reportOf(api.me())).code).toBe('UNEXPECTED_ANSWER')
  })

  it('CalendlyApi.remoteNowMs follows the Date header', async () => {
    const { api } = await calendly(inTurn([200, userWire, { date: 'Sun, 22 Nov 2030 12:00:00 GMT' }]))
    expect(Math.abs(api.remoteNowMs() - Date.now())).toBeLessThan(5_000)
    await api.me()
    expect(new Date(api.remoteNowMs()).toISOString()).toMatch(/^2030-11-22T12:0/)
  })
})

describe('CalendlyApi.subscriptions', () => {
  it('CalendlyApi.subscriptions asks for the largest pages, by token, and gives each URI once, oldest first', async () => {
    const { api, asked } = await calendly(
      inTurn(
        [
          200,
          page([hookWire('B', { created_at: '2026-02-01T00:00:00Z' }), hookWire('C', { created_at: '2026-03-01T00:00:00Z' })], 'next1'),
        ],
        [200, page([hookWire('C', { created_at: '2026-03-01T00:00:00Z' }), hookWire('A', { created_at: '2026-01-01T00:00:00Z' })])],
      ),
    )
    const seen: number[] = []
    const rows = await api.subscriptions({ ...list, scope: 'user', user: USER }, (count) => seen.push(count))
    expect(rows.map(({ uri }) => uri.at(-1))).toEqual(['A', 'B', 'C'])
    expect(seen).toEqual([2, 2])
    const query = `organization=${encodeURIComponent(ORGANIZATION)}&scope=user&user=${encodeURIComponent(USER)}&sort=created_at%3Aasc&count=100`
    expect(asked()).toEqual([`GET /webhook_subscriptions?${query}`, `GET /webhook_subscriptions?${query}&page_token=next1`])
  })

  it('CalendlyApi.subscriptions of none is an empty list', async () => {
    const { api } = await calendly(inTurn([200, page([])]))
    expect(await api.subscriptions(list)).toEqual([])
  })

  it('CalendlyApi.subscriptions refuses a next page at a foreign host, and sends the token nowhere', async () => {
    const evil = await startHttpServer((_request, response) => sendJson(response, 200, page([])))
    cleanups.push(() => evil.close())
    const { api, server } = await calendly(inTurn([200, page([], 'next1', `${evil.url.href}webhook_subscriptions?page_token=next1`)]))
    const report = await reportOf(api.subscriptions(list))
    expect({ code: report.code, message: report.message, asked: server.requests.length, evil: evil.requests }).toEqual({
      code: 'UNEXPECTED_ANSWER',
      message: `The next page of the list is at a foreign host, ${evil.url.origin}`,
      asked: 1,
      evil: [],
    })
  })

  it.each([
    'http://api.calendly.com/x',
    'https://api.calendly.com:444/x',
    'https://api.calendly.com.evil.example/x',
    'javascript:alert(1)',
    '/relative',
  ])('CalendlyApi.subscriptions refuses the next page %s', async (next) => {
    const { api } = await calendly(inTurn([200, page([], 'next1', next)]))
    expect((await reportOf(api.subscriptions(list))).code).toBe('UNEXPECTED_ANSWER')
  })

  it('CalendlyApi.subscriptions accepts a next page at the API URL itself', async () => {
    const { api, asked } = await calendly((request, response, index) =>
      sendJson(
        response,
        200,
        index === 0 ? page([], 'n', `http://${String(request.headers.host)}/webhook_subscriptions?page_token=n`) : page([]),
      ),
    )
    await api.subscriptions(list)
    expect(asked().length).toBe(2)
  })

  it.each([
    ['next_page without a token', page([hookWire('A')], null, 'https://api.calendly.com/webhook_subscriptions?page_token=n1&count=100')],
    ['an empty token', page([hookWire('A')], '', 'https://api.calendly.com/webhook_subscriptions?page_token=n1')],
    ['a token without next_page', page([hookWire('A')], 'n1', null)],
    ['a token and an empty next_page', page([hookWire('A')], 'n1', '')],
  ])('CalendlyApi.subscriptions reads on after %s', async (_name, first) => {
    const { api, asked } = await calendly(inTurn([200, first], [200, page([hookWire('B')], null, '')]))
    expect((await api.subscriptions(list)).map(({ uri }) => uri.at(-1))).toEqual(['A', 'B'])
    expect(asked()[1]).toContain('page_token=n1')
  })

  it('CalendlyApi.subscriptions takes an announced page that it cannot ask for as an error, never as the end', async () => {
    const { api } = await calendly(inTurn([200, page([hookWire('A')], null, 'https://api.calendly.com/webhook_subscriptions?page=2')]))
    expect(await reportOf(api.subscriptions(list))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: 'Calendly announces another page of the list and does not say how to ask for it',
    })
  })

  it('CalendlyApi.subscriptions follows next_page where the token alone is refused, and from then on', async () => {
    const refused = { title: 'Invalid Argument', message: 'x', details: [{ parameter: 'page_token', message: 'is invalid' }] }
    const link = (token: string) => `https://api.calendly.com/webhook_subscriptions?cursor=c-${token}&page_token=${token}`
    const { api, asked } = await calendly((request, response) => {
      const { searchParams } = new URL(request.url, 'http://localhost')
      const token = searchParams.get('page_token')
      if (token !== null && searchParams.get('cursor') !== `c-${token}`) sendJson(response, 400, refused)
      else if (token === 'n2') sendJson(response, 200, page([hookWire('C')]))
      else sendJson(response, 200, token === null ? page([hookWire('A')], 'n1', link('n1')) : page([hookWire('B')], 'n2', link('n2')))
    })
    expect((await api.subscriptions(list)).map(({ uri }) => uri.at(-1))).toEqual(['A', 'B', 'C'])
    expect(asked().slice(2)).toEqual([
      'GET /webhook_subscriptions?cursor=c-n1&page_token=n1',
      'GET /webhook_subscriptions?cursor=c-n2&page_token=n2',
    ])
  })

  it('CalendlyApi.subscriptions refused both ways is an error', async () => {
    const refused = { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' }
    const { api, asked } = await calendly(inTurn([200, page([hookWire('A')], 'n1')], [400, refused]))
    expect({ code: (await reportOf(api.subscriptions(list))).code, asked: asked().length }).toEqual({
      code: 'CALENDLY_BAD_REQUEST',
      asked: 3,
    })
  })

  it.each(['https://api.calendly.com/users?page_token=n', 'https://api.calendly.com/webhook_subscriptions/X?page_token=n'])(
    'CalendlyApi.subscriptions goes to no other place than the list’s: %s',
    async (next) => {
      const { api, asked } = await calendly(inTurn([200, page([], null, next)]))
      expect({ code: (await reportOf(api.subscriptions(list))).code, asked: asked().length }).toEqual({
        code: 'UNEXPECTED_ANSWER',
        asked: 1,
      })
    },
  )

  it('CalendlyApi.subscriptions ends when a page token comes back', async () => {
    const { api, asked } = await calendly((_request, response, index) => sendJson(response, 200, page([], `token${index % 3}`)))
    const report = await reportOf(api.subscriptions(list))
    expect({ message: report.message, asked: asked().length }).toEqual({ message: 'Calendly gave the same page token twice', asked: 4 })
  })

  it('CalendlyApi.subscriptions ends a list that never ends', async () => {
    const { api, asked } = await calendly((_request, response, index) => sendJson(response, 200, page([], `token${index}`)))
    const report = await reportOf(api.subscriptions(list))
    expect({ message: report.message, asked: asked().length }).toEqual({ message: "Calendly's list has more than 1000 pages", asked: 1000 })
  })
})

describe('CalendlyApi changes', () => {
  it('CalendlyApi.createSubscription sends what Calendly knows and nothing else', async () => {
    const { api, server } = await calendly(inTurn([201, { resource: hookWire() }]))
    expect(await api.createSubscription(spec, key)).toEqual(hook)
    expect(
      server.requests.map(({ method, url, body, headers }) => ({
        method,
        url,
        type: headers['content-type'],
        body: JSON.parse(body) as unknown,
      })),
    ).toEqual([
      {
        method: 'POST',
        url: '/webhook_subscriptions',
        type: 'application/json',
        body: {
          url: 'https://a.example/hook',
          events: ['invitee.created'],
          organization: ORGANIZATION,
          user: USER,
          scope: 'user',
          signing_key: key.reveal(),
        },
      },
    ])
  })

  it.each([500, 502, 503, 504])('CalendlyApi.createSubscription is sent once when the edge answers %i', async (status) => {
    const { api, asked } = await calendly(inTurn([status, '<html></html>']))
    expect({ code: (await reportOf(api.createSubscription(spec, key))).code, asked: asked().length }).toEqual({
      code: 'UNEXPECTED_ANSWER',
      asked: 1,
    })
  })

  it('CalendlyApi.createSubscription is sent once when the connection is cut, and says that it may have been processed', async () => {
    const { api, asked } = await calendly((_request, response) => response.destroy())
    const error = await errorOf(api.createSubscription(spec, key))
    expect({ code: error.code, sent: error.answer.requestSent, asked: asked().length }).toEqual({ code: 'NETWORK', sent: true, asked: 1 })
  })

  it('CalendlyApi.createSubscription is sent again after a 429, which was not processed', async () => {
    const { api, clock, asked } = await calendly(inTurn([429, null, { 'x-ratelimit-reset': '3' }], [201, { resource: hookWire() }]))
    await api.createSubscription(spec, key)
    expect({ asked: asked().length, slept: clock.sleptMs }).toEqual({ asked: 2, slept: [3000] })
  })

  it('CalendlyApi.createSubscription is sent again after a 401, once, with the renewed token', async () => {
    const { api, server } = await calendly(
      inTurn([401, { title: 'Unauthenticated', message: 'The access token is invalid' }], [201, { resource: hookWire() }]),
    )
    await api.createSubscription(spec, key)
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-one-0123456789',
      'Bearer token-two-0123456789',
    ])
  })

  it('CalendlyApi.createSubscription never shows the signing key, not even when Calendly echoes it', async () => {
    const { api, http } = await calendly(
      inTurn([
        400,
        { title: 'Invalid Argument', message: `bad key ${key.reveal()}`, details: [{ parameter: 'signing_key', message: key.reveal() }] },
      ]),
    )
    const error = await errorOf(api.createSubscription(spec, key))
    expect(JSON.stringify([error.message, error.answer, http.exchanges])).not.toContain(key.reveal())
    expect(error.message).toBe(
      'Calendly found the request to create a webhook subscription of user scope for https://a.example/hook invalid: bad key [secret]: signing_key [secret]',
    )
  })

  it('CalendlyApi.deleteSubscription says deleted, and already gone for a 404', async () => {
    const { api, asked } = await calendly(
      inTurn([204, null], [404, { title: 'Resource Not Found', message: 'The server could not find the requested resource.' }]),
    )
    expect([await api.deleteSubscription(HOOK), await api.deleteSubscription(HOOK)]).toEqual(['deleted', 'already_gone'])
    expect(asked()).toEqual(['DELETE /webhook_subscriptions/HOOK1', 'DELETE /webhook_subscriptions/HOOK1'])
  })

  it('CalendlyApi.deleteSubscription takes a 410 of Calendly for gone', async () => {
    const { api } = await calendly(inTurn([410, { title: 'Gone', message: 'The webhook subscription is gone.' }]))
    expect(await api.deleteSubscription(HOOK)).toBe('already_gone')
  })

  it('CalendlyApi.deleteSubscription is tried again after a 503', async () => {
    const { api, asked } = await calendly(inTurn([503, null], [204, null]))
    expect({ outcome: await api.deleteSubscription(HOOK), asked: asked().length }).toEqual({ outcome: 'deleted', asked: 2 })
  })

  it('CalendlyApi.deleteSubscription that was interrupted finishes what is under way, and begins no more', async () => {
    const stop = new AbortController()
    const { api, asked } = await calendly(
      (_request, response) => {
        stop.abort()
        setTimeout(() => response.writeHead(204).end(), 50)
      },
      { interruption: interruptedBy(stop.signal) },
    )
    expect(await api.deleteSubscription(HOOK)).toBe('deleted')
    expect({ code: (await reportOf(api.deleteSubscription(HOOK))).code, asked: asked().length }).toEqual({ code: 'INTERRUPTED', asked: 1 })
  })
})

describe('CalendlyApi retries and renewals', () => {
  it.each([
    ['502 with HTML', [502, '<html><title>Bad gateway</title></html>'] as const],
    ['503', [503, null] as const],
    ['500', [500, { title: 'Internal Server Error', message: 'x' }] as const],
  ])('CalendlyApi.me is tried again after a %s, with back-off', async (_name, failure) => {
    const { api, clock, notes } = await calendly(inTurn(failure, failure, [200, userWire]))
    expect((await api.me()).uri).toBe(USER)
    expect({ slept: clock.sleptMs, notes: notes.length }).toEqual({ slept: [375, 750], notes: 2 })
  })

  it('CalendlyApi.me gives up after four tries', async () => {
    const { api, clock, asked } = await calendly(
      inTurn([502, '<html><head><title>502 Bad\n Gateway</title></head></html>', { 'x-request-id': 'r-9' }]),
    )
    const error = await errorOf(api.me())
    expect({
      code: error.code,
      exit: error.exit,
      message: error.message,
      answer: error.answer,
      asked: asked().length,
      slept: clock.sleptMs,
    }).toEqual({
      code: 'UNEXPECTED_ANSWER',
      exit: 'unreachable',
      message: `Cannot read the current user: the answer is not Calendly's (status 502, text/html, page "502 Bad Gateway")`,
      answer: { status: 502, requestId: 'r-9', rawBody: '<html><head><title>502 Bad\n Gateway</title></head></html>' },
      asked: 4,
      slept: [375, 750, 1500],
    })
  })

  it('CalendlyApi.me is tried again when nobody is there, and then says so', async () => {
    const apiUrl = new URL(`http://127.0.0.1:${await freePort()}`)
    const { api, notes } = await calendly(inTurn([200, userWire]), { apiUrl })
    expect((await reportOf(api.me())).message).toBe(`Cannot reach ${apiUrl.host}: the connection was refused (ECONNREFUSED)`)
    expect(notes).toEqual([
      'Calendly cannot be reached: trying again in 1 s',
      'Calendly cannot be reached: trying again in 1 s',
      'Calendly cannot be reached: trying again in 2 s',
    ])
  })

  it('CalendlyApi.me waits for the rate limit as long as Calendly says', async () => {
    const { api, clock, notes } = await calendly(inTurn([429, null, { 'x-ratelimit-reset': '42' }], [200, userWire]))
    await api.me()
    expect({ slept: clock.sleptMs, notes }).toEqual({ slept: [42_000], notes: ['Calendly limits requests: waiting 42 s'] })
  })

  it('CalendlyApi.me does not wait longer than allowed', async () => {
    const { api, clock, asked } = await calendly(inTurn([429, '', { 'x-ratelimit-reset': '61', 'x-request-id': 'r-2' }]))
    expect(await reportOf(api.me())).toEqual({
      code: 'RATE_LIMITED',
      exit: 'rate_limited',
      message: 'Calendly limits requests: cannot read the current user for another 61 s, and --max-wait allows 60 s',
      hint: 'Run again in 61 s, or pass --max-wait 61',
      status: 429,
      retryAfterSeconds: 61,
      requestId: 'r-2',
    })
    expect({ asked: asked().length, slept: clock.sleptMs }).toEqual({ asked: 1, slept: [] })
  })

  it('CalendlyApi.me counts all waits of one call together', async () => {
    const { api, clock } = await calendly(inTurn([429, null, { 'retry-after': '25' }]))
    expect((await reportOf(api.me())).code).toBe('RATE_LIMITED')
    expect(clock.sleptMs).toEqual([25_000, 25_000])
  })

  it('CalendlyApi.me after a second 401 says that the token is not accepted', async () => {
    const { api, tokens, asked } = await calendly(inTurn([401, { title: 'Unauthenticated', message: 'The access token is invalid' }]))
    expect(await reportOf(api.me())).toEqual({
      code: 'CALENDLY_UNAUTHENTICATED',
      exit: 'auth',
      message: 'Calendly did not accept the access token: The access token is invalid',
      hint: 'calreconnect connect',
      status: 401,
      title: 'Unauthenticated',
    })
    expect({ rejected: tokens.rejected, asked: asked().length }).toEqual({ rejected: ['token-one-0123456789'], asked: 2 })
  })

  it('CalendlyApi.me with a token that cannot be renewed asks once', async () => {
    const { api, asked } = await calendly(inTurn([401, { title: 'Unauthenticated', message: 'The access token is invalid' }]), {
      tokens: tokensInTurn('personal-access-token'),
    })
    expect({ code: (await reportOf(api.me())).code, asked: asked().length }).toEqual({ code: 'CALENDLY_UNAUTHENTICATED', asked: 1 })
  })

  it('CalendlyApi.me numbers its attempts for observers', async () => {
    const { api, http } = await calendly(inTurn([503, null], [200, userWire]))
    await api.me()
    expect(http.exchanges.map(({ attempt, status }) => ({ attempt, status }))).toEqual([
      { attempt: 1, status: 503 },
      { attempt: 2, status: 200 },
    ])
  })
})

describe('CalendlyApi errors by status', () => {
  const detail = { parameter: 'organization', message: 'is missing' }
  it.each([
    [
      400,
      { title: 'Invalid Argument', message: 'The supplied parameters are invalid.', details: [detail] },
      'CALENDLY_BAD_REQUEST',
      'refused',
      'The supplied parameters are invalid: organization is missing',
    ],
    [
      400,
      { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' },
      'CALENDLY_BAD_REQUEST',
      'refused',
      'The supplied parameters are invalid',
    ],
    [
      403,
      { title: 'Permission Denied', message: 'Please upgrade to a paid Calendly account.' },
      'CALENDLY_FORBIDDEN',
      'refused',
      'Please upgrade to a paid Calendly account',
    ],
    [
      403,
      { title: 'Permission Denied', message: 'Please upgrade your Calendly account to Standard' },
      'CALENDLY_FORBIDDEN',
      'refused',
      'Please upgrade your Calendly account to Standard',
    ],
    [
      403,
      { title: 'Permission Denied', message: 'Any text that is new next year' },
      'CALENDLY_FORBIDDEN',
      'refused',
      'Any text that is new next year',
    ],
    [
      404,
      { title: 'Resource Not Found', message: 'The server could not find the requested resource.' },
      'CALENDLY_NOT_FOUND',
      'refused',
      'The server could not find the requested resource',
    ],
    [
      409,
      { title: 'Already Exists', message: 'Hook with this url already exists' },
      'CALENDLY_CONFLICT',
      'refused',
      'Hook with this url already exists',
    ],
    [410, { title: 'Gone', message: 'No more' }, 'CALENDLY_NOT_FOUND', 'refused', 'No more'],
    [422, { title: 'Unprocessable', message: 'No' }, 'CALENDLY_REFUSED', 'refused', 'No'],
    [
      424,
      { title: 'External Calendar Error', message: 'There is a problem accessing your calendar.' },
      'CALENDLY_REFUSED',
      'refused',
      'There is a problem accessing your calendar',
    ],
    [501, { title: 'Not Implemented' }, 'CALENDLY_SERVER_ERROR', 'unreachable', 'Not Implemented'],
  ] as const)('CalendlyApi turns a %i %j into %s', async (status, body, code, exit, words) => {
    const { api } = await calendly(inTurn([status, body]))
    const report = await reportOf(api.subscription(HOOK))
    expect({
      code: report.code,
      exit: report.exit,
      status: report.status,
      words: report.message.endsWith(`: ${words}`) ? words : report.message,
    }).toEqual({ code, exit, status, words })
  })

  it('CalendlyApi names the scopes that are missing, and a way to have them', async () => {
    const { api } = await calendly(
      inTurn([
        403,
        {
          title: 'Insufficient scope',
          message: "This operation requires the scopes listed in the 'required_scopes' array.",
          required_scopes: ['groups:read', 'webhooks:write'],
        },
      ]),
    )
    expect(await reportOf(api.subscriptions(list))).toEqual({
      code: 'CALENDLY_INSUFFICIENT_SCOPE',
      exit: 'auth',
      message: 'The access token may not list webhook subscriptions of organization scope: it lacks the scopes groups:read, webhooks:write',
      hint: "calreconnect connect --force --oauth-scope 'users:read organizations:read webhooks:write scheduled_events:read groups:read'",
      status: 403,
      title: 'Insufficient scope',
      requiredScopes: ['groups:read', 'webhooks:write'],
    })
  })

  it('CalendlyApi keeps the whole answer on the error, bounded', async () => {
    const { api } = await calendly(
      inTurn([
        409,
        { title: 'Already Exists', message: 'Hook with this url already exists', filler: 'x'.repeat(20_000) },
        { 'x-request-id': 'r-3' },
      ]),
    )
    const { answer } = await errorOf(api.createSubscription(spec, key))
    expect({ ...answer, rawBody: answer.rawBody?.length }).toEqual({
      status: 409,
      title: 'Already Exists',
      requestId: 'r-3',
      rawBody: 8192,
    })
  })
})
