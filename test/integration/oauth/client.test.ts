import { afterEach, describe, expect, it } from 'vitest'

import { openOAuth } from '../../../src/adapters/oauth/client.ts'
import { checkRedirect, judgeRedirect } from '../../../src/adapters/oauth/redirect-check.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { freePort, sendJson, startHttpServer } from '../../support/http-server.ts'
import { errorOf, reportOf, testHttp } from '../../support/wire-adapters.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const REDIRECT_URI = 'http://localhost:8917/callback'
const REFRESH = new Secret('refresh-token-canary-0123456789')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function app(
  answer: Parameters<typeof startHttpServer>[0],
  options: { readonly secret?: string | null; readonly authUrl?: URL } = {},
) {
  const server = await startHttpServer(answer)
  const http = testHttp({ answerTimeoutMs: 500 })
  cleanups.push(
    () => server.close(),
    () => http.close(),
  )
  const secret = options.secret === undefined ? 'client-secret_canary-0123456789' : options.secret
  const oauth = openOAuth({
    authUrl: options.authUrl ?? server.url,
    clientId: 'client_id-1',
    clientSecret: secret === null ? null : new Secret(secret),
    http,
    clock: { nowMs: () => NOW },
  })
  return { oauth, server, http }
}

const tokens = {
  token_type: 'Bearer',
  access_token: 'access-token-canary-0123456789',
  refresh_token: 'next-refresh-canary-0123456789',
  expires_in: 7200,
  created_at: 1,
  scope: 'users:read webhooks:write',
  owner: 'https://api.calendly.com/users/U',
  organization: 'https://api.calendly.com/organizations/O',
}
const form = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body))

describe('OAuth.authorizeUrl', () => {
  it('OAuth.authorizeUrl has the challenge of RFC 7636 appendix B for its verifier', async () => {
    const { oauth } = await app(() => {})
    const url = await oauth.authorizeUrl({
      redirectUri: REDIRECT_URI,
      state: 's',
      codeVerifier: new Secret('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'),
      scopes: ['users:read', 'webhooks:write'],
    })
    expect({
      start: url.href.startsWith(`${oauth.issuer}/oauth/authorize?client_id=`),
      ...Object.fromEntries(url.searchParams),
      spaces: url.search.includes('users%3Aread%20webhooks'),
    }).toEqual({
      start: true,
      client_id: 'client_id-1',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 's',
      scope: 'users:read webhooks:write',
      spaces: true,
    })
  })

  it('OAuth.authorizeUrl of an app from before scopes has none', async () => {
    const { oauth } = await app(() => {})
    expect((await oauth.authorizeUrl({ ...oauth.newFlow(), redirectUri: REDIRECT_URI, scopes: null })).searchParams.has('scope')).toBe(
      false,
    )
  })

  it('OAuth.newFlow makes verifiers and states of 256 bits that never repeat', async () => {
    const { oauth } = await app(() => {})
    const flows = Array.from({ length: 10_000 }, () => oauth.newFlow())
    const fits = flows.filter(
      ({ state, codeVerifier }) => /^[A-Za-z0-9_-]{43}$/.test(state) && /^[A-Za-z0-9_-]{43}$/.test(codeVerifier.reveal()),
    )
    expect({
      fits: fits.length,
      states: new Set(flows.map(({ state }) => state)).size,
      verifiers: new Set(flows.map(({ codeVerifier }) => codeVerifier.reveal())).size,
    }).toEqual({
      fits: 10_000,
      states: 10_000,
      verifiers: 10_000,
    })
  })

  it.each([
    ['https://auth.calendly.com', 'https://auth.calendly.com'],
    ['https://auth.calendly.com/', 'https://auth.calendly.com'],
    ['http://127.0.0.1:8919/base/', 'http://127.0.0.1:8919/base'],
  ])('OAuth.issuer of %s is %s', async (authUrl, issuer) => {
    expect((await app(() => {}, { authUrl: new URL(authUrl) })).oauth.issuer).toBe(issuer)
  })
})

describe('OAuth.refresh', () => {
  it('OAuth.refresh of a web client authenticates as Calendly documents it', async () => {
    const { oauth, server } = await app((_request, response) => sendJson(response, 200, tokens))
    const pair = await oauth.refresh(REFRESH)
    expect({ ...pair, accessToken: pair.accessToken.reveal(), refreshToken: pair.refreshToken?.reveal() }).toEqual({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAtMs: NOW + 7_200_000,
      scopes: ['users:read', 'webhooks:write'],
      owner: tokens.owner,
      organization: tokens.organization,
    })
    expect(
      server.requests.map(({ method, url, headers, body }) => ({
        method,
        url,
        authorization: headers.authorization,
        type: headers['content-type'],
        body: form(body),
      })),
    ).toEqual([
      {
        method: 'POST',
        url: '/oauth/token',
        // Not form-encoded first: `_` and `-` stay.
        authorization: `Basic ${Buffer.from('client_id-1:client-secret_canary-0123456789').toString('base64')}`,
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
        body: { grant_type: 'refresh_token', refresh_token: REFRESH.reveal() },
      },
    ])
  })

  it('OAuth.refresh of a native client sends its id in the body and no secret', async () => {
    const { oauth, server } = await app((_request, response) => sendJson(response, 200, tokens), { secret: null })
    await oauth.refresh(REFRESH)
    expect(server.requests.map(({ headers, body }) => ({ authorization: headers.authorization, body: form(body) }))).toEqual([
      { authorization: undefined, body: { grant_type: 'refresh_token', refresh_token: REFRESH.reveal(), client_id: 'client_id-1' } },
    ])
  })

  it.each([
    ['without a refresh token', { ...tokens, refresh_token: undefined }],
    ['with a null refresh token', { ...tokens, refresh_token: null }],
    ['with an empty refresh token', { ...tokens, refresh_token: '' }],
  ])('OAuth.refresh takes an answer %s', async (_name, body) => {
    const { oauth } = await app((_request, response) => sendJson(response, 200, body))
    expect((await oauth.refresh(REFRESH)).refreshToken).toBeNull()
  })

  it('OAuth.refresh takes an answer with the two tokens alone, whatever its content type', async () => {
    const { oauth } = await app((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/plain' })
        .end(JSON.stringify({ token_type: 'bearer', access_token: 'a-token', refresh_token: 'b-token' })),
    )
    const pair = await oauth.refresh(REFRESH)
    expect({ ...pair, accessToken: pair.accessToken.reveal(), refreshToken: pair.refreshToken?.reveal() }).toEqual({
      accessToken: 'a-token',
      refreshToken: 'b-token',
      expiresAtMs: NOW + 7_200_000,
      scopes: [],
      owner: null,
      organization: null,
      oddities: ['no usable expires_in'],
    })
  })

  const twoHours = NOW + 7_200_000
  it.each([
    ['status 201', 201, {}, { oddities: ['status 201'] }],
    ['status 202', 202, {}, { oddities: ['status 202'] }],
    ['an id_token', 200, { id_token: 'eyJ.eyJ.sig' }, { oddities: ['an id_token'] }],
    ['an id_token that is no text', 200, { id_token: 7 }, { oddities: ['an id_token'] }],
    ['scope as a list', 200, { scope: ['a:read', 'b:write', 7] }, { scopes: ['a:read', 'b:write'], oddities: ['a scope that is no text'] }],
    ['scope with commas', 200, { scope: 'a:read, b:write' }, { scopes: ['a:read', 'b:write'] }],
    ['scope as an object', 200, { scope: {} }, { scopes: [], oddities: ['a scope that is no text'] }],
    ['no scope', 200, { scope: undefined }, { scopes: [] }],
    ['no token_type', 200, { token_type: undefined }, { oddities: ['no token_type that is known'] }],
    ['token_type null', 200, { token_type: null }, { oddities: ['no token_type that is known'] }],
    ['another token_type', 200, { token_type: 'mac' }, { oddities: ['no token_type that is known'] }],
    ['token_type BEARER', 200, { token_type: 'BEARER' }, {}],
    ['no expires_in', 200, { expires_in: undefined }, { expiresAtMs: twoHours, oddities: ['no usable expires_in'] }],
    ['expires_in null', 200, { expires_in: null }, { expiresAtMs: twoHours, oddities: ['no usable expires_in'] }],
    ['expires_in -5', 200, { expires_in: -5 }, { expiresAtMs: twoHours, oddities: ['no usable expires_in'] }],
    ['expires_in 0', 200, { expires_in: 0 }, { expiresAtMs: twoHours, oddities: ['no usable expires_in'] }],
    ['expires_in 7199.6', 200, { expires_in: 7199.6 }, { expiresAtMs: NOW + 7_199_000, oddities: ['an odd expires_in'] }],
    ['expires_in 1e20', 200, { expires_in: 1e20 }, { expiresAtMs: NOW + 30 * 86_400_000, oddities: ['an odd expires_in'] }],
    ['expires_in as text', 200, { expires_in: '3600' }, { expiresAtMs: NOW + 3_600_000, oddities: ['an odd expires_in'] }],
    ['expires_in as a word', 200, { expires_in: 'soon' }, { expiresAtMs: twoHours, oddities: ['no usable expires_in'] }],
    ['an owner that is no text', 200, { owner: 7, organization: [] }, { owner: null, organization: null }],
    ['an error beside the tokens', 200, { error: 'none' }, {}],
  ])('OAuth.refresh never throws a usable pair away: %s', async (_name, status, odd, kept) => {
    const { oauth } = await app((_request, response) => sendJson(response, status, { ...tokens, ...odd }))
    const pair = await oauth.refresh(REFRESH)
    expect({ ...pair, accessToken: pair.accessToken.reveal(), refreshToken: pair.refreshToken?.reveal() }).toEqual({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAtMs: twoHours,
      scopes: ['users:read', 'webhooks:write'],
      owner: tokens.owner,
      organization: tokens.organization,
      ...kept,
    })
  })

  it.each([
    ['text/html', '\u{FEFF}'],
    ['application/json; charset=utf-16', ''],
    ['application/octet-stream', '\n  '],
  ])('OAuth.refresh takes a pair that comes as %s with %j before it', async (type, before) => {
    const { oauth } = await app((_request, response) =>
      response.writeHead(200, { 'content-type': type }).end(before + JSON.stringify(tokens)),
    )
    expect((await oauth.refresh(REFRESH)).refreshToken?.reveal()).toBe(tokens.refresh_token)
  })

  it.each([
    ['invalid_grant', 400, 'INVALID_GRANT', 'auth'],
    ['invalid_client', 401, 'INVALID_CLIENT', 'auth'],
    ['invalid_client', 400, 'INVALID_CLIENT', 'auth'],
    ['invalid_scope', 400, 'INVALID_SCOPE', 'auth'],
    ['invalid_request', 400, 'OAUTH_REFUSED', 'auth'],
    ['unauthorized_client', 403, 'OAUTH_REFUSED', 'auth'],
    ['unauthorized_client', 401, 'INVALID_CLIENT', 'auth'],
    ['unsupported_grant_type', 400, 'OAUTH_REFUSED', 'auth'],
    ['something_new', 400, 'OAUTH_REFUSED', 'auth'],
  ])('OAuth.refresh turns %s (%i) into %s', async (error, status, code, exit) => {
    const { oauth, server } = await app((_request, response) =>
      sendJson(
        response,
        status,
        { error, error_description: 'Because of it.' },
        { 'www-authenticate': `Bearer realm="Doorkeeper", error="${error}"`, 'x-request-id': 'r-1' },
      ),
    )
    const { hint: _hint, ...report } = await reportOf(oauth.refresh(REFRESH))
    expect({ ...report, asked: server.requests.length }).toEqual({
      code,
      exit,
      message: `Calendly refused to refresh the access token (${error}: Because of it)`,
      status,
      title: error,
      requestId: 'r-1',
      asked: 1,
    })
  })

  it.each([
    [500, 'x', 'UNEXPECTED_ANSWER'],
    [500, '{"title":"Internal Server Error","message":"x"}', 'CALENDLY_SERVER_ERROR'],
    [502, '<html></html>', 'UNEXPECTED_ANSWER'],
    [503, '{"error":"temporarily_unavailable"}', 'CALENDLY_SERVER_ERROR'],
    [400, '<html></html>', 'UNEXPECTED_ANSWER'],
    [403, '<title>Attention Required! | Cloudflare</title>', 'UNEXPECTED_ANSWER'],
    [404, '{}', 'UNEXPECTED_ANSWER'],
    [200, '<html>Welcome to the hotel</html>', 'UNEXPECTED_ANSWER'],
    [200, '{}', 'UNEXPECTED_ANSWER'],
    [200, '', 'UNEXPECTED_ANSWER'],
    [200, '{"access_token":"abc', 'UNEXPECTED_ANSWER'],
    [200, '{"access_token":1,"token_type":"Bearer"}', 'UNEXPECTED_ANSWER'],
    [200, '{"error":"invalid_grant"}', 'UNEXPECTED_ANSWER'],
    [302, '', 'UNEXPECTED_ANSWER'],
  ])('OAuth.refresh answered with %i %s is %s, exit unreachable, asked once', async (status, body, code) => {
    const { oauth, server } = await app((_request, response) =>
      response
        .writeHead(status, {
          'content-type': body.startsWith('<') ? 'text/html' : 'application/json',
          location: 'http://elsewhere.example/',
        })
        .end(body),
    )
    const report = await reportOf(oauth.refresh(REFRESH))
    expect({ code: report.code, exit: report.exit, asked: server.requests.length }).toEqual({ code, exit: 'unreachable', asked: 1 })
  })

  it('OAuth.refresh after too many token requests says when to come again', async () => {
    const { oauth } = await app((_request, response) => response.writeHead(429, { 'x-ratelimit-reset': '37' }).end())
    expect(await reportOf(oauth.refresh(REFRESH))).toEqual({
      code: 'RATE_LIMITED',
      exit: 'rate_limited',
      message: 'Calendly limits token requests: cannot refresh the access token for another 37 s',
      hint: 'Run again in 37 s',
      status: 429,
      retryAfterSeconds: 37,
    })
  })

  it('OAuth.refresh says that a token which never left is not spent', async () => {
    const { oauth } = await app(() => {}, { authUrl: new URL(`http://127.0.0.1:${await freePort()}`) })
    const error = await errorOf(oauth.refresh(REFRESH))
    expect({ code: error.code, sent: error.answer.requestSent }).toEqual({ code: 'NETWORK', sent: false })
  })

  it.each([
    ['is cut', (response: { destroy(): void }) => response.destroy(), 'NETWORK'],
    ['never comes', () => {}, 'TIMEOUT'],
  ])('OAuth.refresh whose answer %s may have spent the token, and is not repeated', async (_name, act, code) => {
    const { oauth, server } = await app((_request, response) => act(response))
    const error = await errorOf(oauth.refresh(REFRESH))
    expect({ code: error.code, sent: error.answer.requestSent, asked: server.requests.length }).toEqual({ code, sent: true, asked: 1 })
  })

  it('OAuth.refresh shows no secret anywhere, however it fails', async () => {
    const bodies = [
      JSON.stringify({ ...tokens, access_token: 7 }),
      `{"access_token":"${tokens.access_token}", "refresh`,
      JSON.stringify({ error: 'invalid_grant', error_description: `no such token ${REFRESH.reveal()}` }),
    ]
    for (const [index, body] of bodies.entries()) {
      const { oauth, http } = await app((_request, response) =>
        response.writeHead(index === 2 ? 400 : 200, { 'content-type': 'application/json' }).end(body),
      )
      const error = await errorOf(oauth.refresh(REFRESH))
      const { inspect } = await import('node:util')
      const seen = `${inspect(error, { depth: 10 })}${JSON.stringify([error.message, error.answer, http.exchanges])}`
      expect(
        [REFRESH.reveal(), tokens.access_token, tokens.refresh_token, 'client-secret_canary'].filter((secret) => seen.includes(secret)),
      ).toEqual([])
    }
  })
})

describe('OAuth.exchange', () => {
  const flow = {
    redirectUri: REDIRECT_URI,
    state: 'the-state',
    codeVerifier: new Secret('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'),
    scopes: null,
  }

  it('OAuth.exchange sends the code, its redirect URI and its verifier', async () => {
    const { oauth, server } = await app((_request, response) => sendJson(response, 200, tokens))
    await oauth.exchange(new URL(`${REDIRECT_URI}?code=the-code&state=the-state`), flow)
    expect(server.requests.map(({ url, body }) => ({ url, body: form(body) }))).toEqual([
      {
        url: '/oauth/token',
        body: { grant_type: 'authorization_code', code: 'the-code', redirect_uri: REDIRECT_URI, code_verifier: flow.codeVerifier.reveal() },
      },
    ])
  })

  it.each([
    ['another state', '?code=a&state=other', 'USAGE'],
    ['no state', '?code=a', 'USAGE'],
    ['no code', '?state=the-state', 'USAGE'],
    ['another issuer', '?code=a&state=the-state&iss=https://evil.example', 'OAUTH_REFUSED'],
    ['access_denied', '?error=access_denied&state=the-state', 'AUTHORIZATION_DENIED'],
    ['invalid_scope', '?error=invalid_scope&error_description=The+requested+scope+is+invalid.&state=the-state', 'INVALID_SCOPE'],
    ['server_error', '?error=server_error&state=the-state', 'CALENDLY_SERVER_ERROR'],
    ['temporarily_unavailable', '?error=temporarily_unavailable&state=the-state', 'CALENDLY_SERVER_ERROR'],
    ['invalid_request', '?error=invalid_request&state=the-state', 'OAUTH_REFUSED'],
    ['access_denied of somebody else', '?error=access_denied&state=other', 'USAGE'],
  ])('OAuth.exchange of a redirect with %s asks nothing', async (_name, query, code) => {
    const { oauth, server } = await app((_request, response) => sendJson(response, 200, tokens))
    expect({ code: (await reportOf(oauth.exchange(new URL(REDIRECT_URI + query), flow))).code, asked: server.requests.length }).toEqual({
      code,
      asked: 0,
    })
  })

  it('OAuth.exchange points an app from before scopes to --oauth-scope default', async () => {
    const { oauth } = await app(() => {})
    const report = await reportOf(
      oauth.exchange(
        new URL(`${REDIRECT_URI}?error=invalid_scope&error_description=The%20requested%20scope%20is%20invalid.&state=the-state`),
        flow,
      ),
    )
    expect({ message: report.message, hint: report.hint }).toEqual({
      message: 'Calendly refused the authorization (invalid_scope: The requested scope is invalid)',
      hint: 'the same command with --oauth-scope default',
    })
  })
})

describe('OAuth.revoke and OAuth.introspect', () => {
  it('OAuth.revoke is done once Calendly says so, also behind a byte order mark', async () => {
    const { oauth, server } = await app((_request, response, index) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(index === 0 ? '{}' : '\u{FEFF}{}'),
    )
    await oauth.revoke(REFRESH)
    await oauth.revoke(REFRESH)
    const asked = { url: '/oauth/revoke', body: { token: REFRESH.reveal() } }
    expect(server.requests.map(({ url, body: sent }) => ({ url, body: form(sent) }))).toEqual([asked, asked])
  })

  it.each([
    [403, 'unauthorized_client', 'OAUTH_REFUSED'],
    [400, 'invalid_request', 'OAUTH_REFUSED'],
    [400, 'unsupported_token_type', 'OAUTH_REFUSED'],
    [401, 'invalid_client', 'INVALID_CLIENT'],
    [503, 'temporarily_unavailable', 'CALENDLY_SERVER_ERROR'],
  ])('OAuth.revoke answered with %i %s is %s', async (status, error, code) => {
    const { oauth } = await app((_request, response) => sendJson(response, status, { error }), { secret: null })
    expect((await reportOf(oauth.revoke(REFRESH))).code).toBe(code)
  })

  it('OAuth.introspect reads what is there', async () => {
    const { oauth, server } = await app((_request, response, index) =>
      sendJson(response, 200, index === 0 ? { active: true, scope: 'default', exp: 1_601_325_434 } : { active: false }),
    )
    expect([await oauth.introspect(REFRESH), await oauth.introspect(REFRESH)]).toEqual([
      { active: true, scopes: ['default'], expiresAtMs: 1_601_325_434_000 },
      { active: false, scopes: [], expiresAtMs: null },
    ])
    expect(server.requests[0]?.url).toBe('/oauth/introspect')
  })
})

describe('judgeRedirect', () => {
  const issuer = 'https://auth.calendly.com'
  it.each([
    ['absent', '', 'accepted'],
    ['equal', `&iss=${encodeURIComponent(issuer)}`, 'accepted'],
    ['wrong', '&iss=https://evil.example', 'wrong_issuer'],
    ['with a trailing slash', `&iss=${issuer}/`, 'wrong_issuer'],
    ['in another case', '&iss=https://Auth.calendly.com', 'wrong_issuer'],
    ['with the default port', `&iss=${issuer}:443`, 'wrong_issuer'],
    ['empty', '&iss=', 'wrong_issuer'],
    ['given twice', `&iss=${issuer}&iss=${issuer}`, 'wrong_issuer'],
  ])('judgeRedirect with an iss that is %s, RFC 9207 section 2.4', (_name, iss, verdict) => {
    for (const answer of ['code=a', 'error=access_denied']) {
      expect(judgeRedirect(new URL(`${REDIRECT_URI}?${answer}&state=s${iss}`), 's', issuer)).toBe(verdict)
    }
  })

  it('judgeRedirect looks at the state before the iss', () => {
    expect(judgeRedirect(new URL(`${REDIRECT_URI}?code=a&state=x&iss=y`), 's', issuer)).toBe('wrong_state')
  })

  it('checkRedirect keeps control characters of a forged description out of the message', () => {
    const redirected = new URL(`${REDIRECT_URI}?error=access_denied&error_description=%1b%5b2Jgone&state=s`)
    expect(() => checkRedirect(redirected, 's', issuer)).toThrow(
      new CalreconnectError('AUTHORIZATION_DENIED', 'The authorization was denied (access_denied: [2Jgone)', {
        title: 'access_denied',
      }),
    )
  })
})
