// Everything that may answer in Calendly's place, on everything that is asked of Calendly: none of it is believed, whatever its status.

import { afterEach, describe, expect, it } from 'vitest'

import { openCalendly } from '../../../src/adapters/calendly/client.ts'
import { openOAuth } from '../../../src/adapters/oauth/client.ts'
import type { CalendlyApi } from '../../../src/core/ports/calendly.ts'
import type { OAuth } from '../../../src/core/ports/oauth.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'
import { UNINTERRUPTED } from '../../support/interruption.ts'
import { errorOf, reportOf, sleeplessClock, steadyRandom, testHttp, tokensInTurn } from '../../support/wire-adapters.ts'

const ORGANIZATION = 'https://api.calendly.com/organizations/ORG1'
const USER = 'https://api.calendly.com/users/USER1'
const HOOK = 'https://api.calendly.com/webhook_subscriptions/HOOK1'
const TOKEN = new Secret('refresh-token-canary-0123456789')
const list = { organization: ORGANIZATION, scope: 'organization' } as const
const spec = { callbackUrl: 'https://a.example/h', events: ['invitee.created'], ...list, user: null, group: null }
const flow = { redirectUri: 'http://localhost:8917/callback', state: 'the-state', codeVerifier: new Secret('v'.repeat(43)), scopes: null }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

interface World {
  readonly api: CalendlyApi
  readonly oauth: OAuth
  readonly server: HttpServer
  readonly rejected: readonly string[]
  /** Somebody else answers from now on. */
  answeredBy(stranger: Stranger): void
}

interface Stranger {
  readonly status: number
  readonly type: string | null
  readonly body: string
  readonly headers?: Record<string, string>
}

async function behind(first: Stranger, maxWaitMs = 60_000): Promise<World> {
  let stranger = first
  const server = await startHttpServer((_request, response) => {
    const { status, type, body, headers } = stranger
    response.writeHead(status, { ...(type === null ? {} : { 'content-type': type }), ...headers }).end(body)
  })
  const http = testHttp({ observers: [] })
  cleanups.push(
    () => server.close(),
    () => http.close(),
  )
  const tokens = tokensInTurn('token-one-0123456789', 'token-two-0123456789')
  const clock = sleeplessClock()
  const api = openCalendly({ apiUrl: server.url, http, tokens, clock, random: steadyRandom, maxWaitMs, interruption: UNINTERRUPTED })
  const oauth = openOAuth({ authUrl: server.url, clientId: 'client-1', clientSecret: new Secret('s'.repeat(20)), http, clock })
  return { api, oauth, server, rejected: tokens.rejected, answeredBy: (other) => void (stranger = other) }
}

/** Everything that this tool asks, and how often it does so when it is not Calendly who answers. */
const ASKED: Readonly<Record<string, readonly [times: number, ask: (world: World) => Promise<unknown>]>> = {
  'GET /users/me': [4, ({ api }) => api.me()],
  'GET /organizations/{id}': [4, ({ api }) => api.organization(ORGANIZATION)],
  'GET /organization_memberships': [4, ({ api }) => api.memberships({ user: USER })],
  'GET /groups': [4, ({ api }) => api.groups(ORGANIZATION)],
  'GET /webhook_subscriptions': [4, ({ api }) => api.subscriptions(list)],
  'GET /webhook_subscriptions/{id}': [4, ({ api }) => api.subscription(HOOK)],
  'GET /sample_webhook_data': [4, ({ api }) => api.sample({ ...list, event: 'invitee.created' })],
  'DELETE /webhook_subscriptions/{id}': [4, ({ api }) => api.deleteSubscription(HOOK)],
  // Sent once: nobody knows what came of it.
  'POST /webhook_subscriptions': [1, ({ api }) => api.createSubscription(spec, new Secret('k'.repeat(20)))],
  'POST /oauth/token (refresh)': [1, ({ oauth }) => oauth.refresh(TOKEN)],
  'POST /oauth/token (code)': [1, ({ oauth }) => oauth.exchange(new URL(`${flow.redirectUri}?code=c&state=the-state`), flow)],
  'POST /oauth/revoke': [1, ({ oauth }) => oauth.revoke(TOKEN)],
  'POST /oauth/introspect': [1, ({ oauth }) => oauth.introspect(TOKEN)],
}

const STATUSES = [200, 201, 302, 400, 401, 403, 404, 407, 409, 410, 429, 500, 503]
const html = (text: string): string => `<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`
const BODIES: readonly (readonly [name: string, type: string | null, body: (status: number) => string])[] = [
  ['a page', 'text/html', (status) => html(`${status} of a gateway`)],
  ['a page that says it is JSON', 'application/json', () => html('Sign in to the airport network')],
  ['plain text', 'text/plain; charset=utf-8', () => 'upstream connect error or disconnect/reset before headers'],
  ['Kong', 'application/json', () => '{"message":"no Route matched with those values"}'],
  ['Spring', 'application/json', (status) => `{"timestamp":"2026-11-26","status":${status},"error":"Not Found","path":"/x"}`],
  ['a problem document', 'application/problem+json', (status) => `{"type":"about:blank","title":"Not Found","status":${status}}`],
  ['an empty list', 'application/json', () => '[]'],
  ['null', 'application/json', () => 'null'],
  ['an object of its own', 'application/json', () => '{"ok":true,"resource":null,"collection":{},"active":"yes"}'],
  ['half a JSON', 'application/json', () => '{"resource":{"uri":"https://api.cal'],
  ['XML', 'application/xml', () => '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
]

describe.each(Object.entries(ASKED))('an answer to %s that is not Calendly’s', (request, [times, ask]) => {
  it.each(BODIES)('judgeAnswer does not believe %s, whatever its status', async (_name, type, body) => {
    const world = await behind({ status: 200, type, body: '' }, 0)
    const outcomes = []
    for (const status of STATUSES) {
      world.answeredBy({ status, type, body: body(status) })
      const { code, exit, answer } = await errorOf(ask(world))
      outcomes.push({ status, code, exit, told: answer.status })
    }
    const expected = { code: 'UNEXPECTED_ANSWER', exit: 'unreachable' }
    expect(outcomes).toEqual(STATUSES.map((status) => ({ status, told: status, ...expected })))
    // A 401 of somebody else's is no reason to spend the refresh token.
    expect(world.rejected).toEqual([])
  })

  it.each([200, 404, 503])('retryDelayMs has it asked again after a page with %i where that is safe', async (status) => {
    const world = await behind({ status, type: 'text/html', body: html('Sign in') })
    await errorOf(ask(world))
    expect(world.server.requests.length).toBe(times)
  })

  it('judgeAnswer does not believe an empty answer, whatever its status but 429', async () => {
    // What DELETE is done with is no answer to anything else.
    const others = STATUSES.filter((status) => status !== 429).concat(request.startsWith('DELETE') ? [] : [204])
    const world = await behind({ status: 200, type: null, body: '' }, 0)
    const codes = []
    for (const status of others) {
      world.answeredBy({ status, type: null, body: '' })
      codes.push((await reportOf(ask(world))).code)
    }
    expect(codes).toEqual(others.map(() => 'UNEXPECTED_ANSWER'))
  })
})

describe('who answered in Calendly’s place', () => {
  it('strangerError names status, content type, page, server and via', async () => {
    const { api } = await behind({
      status: 404,
      type: 'text/html; charset=iso-8859-1',
      body: html('404 Not\n Found'),
      headers: { server: 'awselb/2.0', via: '1.1 proxy.acme.example (squid/5.7)', 'x-request-id': 'r-1' },
    })
    const error = await errorOf(api.deleteSubscription(HOOK))
    expect({ message: error.message, requestId: error.answer.requestId }).toEqual({
      message:
        "Cannot delete the webhook subscription: the answer is not Calendly's " +
        '(status 404, text/html, page "404 Not Found", server awselb/2.0, via 1.1 proxy.acme.example (squid/5.7))',
      requestId: 'r-1',
    })
  })

  it('strangerError says where a redirect leads, and nobody goes there', async () => {
    const portal = await startHttpServer((_request, response) => response.end('{}'))
    cleanups.push(() => portal.close())
    const { api } = await behind({ status: 302, type: null, body: '', headers: { location: `${portal.url.href}login?token=abc` } })
    expect((await reportOf(api.me())).message).toBe(
      `Cannot read the current user: the answer is not Calendly's (status 302, redirecting to ${portal.url.host}, no body)`,
    )
    expect(portal.requests).toEqual([])
  })

  it('strangerError shows no secret and nothing that moves a terminal, and not much of it', async () => {
    const { api } = await behind({
      status: 200,
      type: `text/html${'x'.repeat(500)}`,
      body: html(`\u{1B}[2J\u{202E}token-one-0123456789 ${'long '.repeat(500)}`),
      headers: { server: 's'.repeat(4_000) },
    })
    const { message } = await errorOf(api.me())
    expect({ bounded: message.length < 500, masked: message.includes('[secret]') }).toEqual({ bounded: true, masked: true })
    expect(message).not.toMatch(/token-one|[\p{Cc}\p{Cf}]/u)
  })
})
