import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { ask, authorizePath, consent, VERIFIER } from '../../support/wire-client.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  await emulator.close()
})

const REDIRECT = 'http://localhost:8917/callback'
const web = (): [string, string] => [emulator.info.clientId, emulator.info.clientSecret]
const INVALID_GRANT = {
  error: 'invalid_grant',
  error_description:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
}
const INVALID_CLIENT = {
  error: 'invalid_client',
  error_description:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
}

async function newCode(change: Record<string, string | undefined> = {}): Promise<string> {
  const location = await consent(emulator.url + authorizePath(emulator, change))
  return location.searchParams.get('code') ?? ''
}

function exchange(code: string, change: Record<string, string> = {}) {
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER, ...change }
  return ask(emulator, 'POST', '/oauth/token', { basic: web(), form })
}

function refresh(refreshToken: string) {
  return ask(emulator, 'POST', '/oauth/token', { basic: web(), form: { grant_type: 'refresh_token', refresh_token: refreshToken } })
}

describe('GET /oauth/authorize', () => {
  test('shows a form without script that names app, account and scopes', async () => {
    const answer = await ask(emulator, 'GET', authorizePath(emulator))
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('owner@example.com')
    expect(answer.text).toContain('value="webhooks:write" checked')
    expect(answer.text).toMatch(/<button name="decision" value="deny">Deny<\/button><button[^>]*>Allow<\/button>/)
    expect(answer.text).not.toContain('<script')
    expect(answer.headers['content-security-policy']).toContain("form-action 'self' http://localhost:8917")
  })

  test('offers the accounts to choose from when there are several', async () => {
    emulator.control.add({ users: [{ email: 'second@example.com', name: '<b>Second</b>' }] })
    const answer = await ask(emulator, 'GET', authorizePath(emulator))
    expect(answer.text).toContain('<label for="user">Account</label>')
    expect(answer.text).toContain('&lt;b&gt;Second&lt;/b&gt;')
  })

  test.each([
    ['an unknown client', { client_id: 'nobody' }, 401],
    ['another redirect port', { redirect_uri: 'http://localhost:8918/callback' }, 400],
    ['a trailing slash at the redirect', { redirect_uri: `${REDIRECT}/` }, 400],
    ['127.0.0.1 for localhost', { redirect_uri: 'http://127.0.0.1:8917/callback' }, 400],
    ['no redirect', { redirect_uri: undefined }, 400],
  ])('shows an error page and never redirects for %s', async (_name, change, status) => {
    const answer = await ask(emulator, 'GET', authorizePath(emulator, change))
    expect([answer.status, answer.headers['location']]).toEqual([status, undefined])
    expect(answer.text).toContain('An error has occurred')
  })

  test.each([
    ['invalid_request', { response_type: undefined }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_scope', { scope: 'users:read everything' }],
    ['invalid_scope', { scope: 'default' }],
  ])('redirects with %s and the state for %j', async (error, change) => {
    const { headers } = await ask(emulator, 'GET', authorizePath(emulator, change))
    const location = new URL(headers['location'] ?? '')
    expect([location.origin + location.pathname, location.searchParams.get('error'), location.searchParams.get('state')]).toEqual([
      REDIRECT,
      error,
      'a-state',
    ])
  })

  test('requires a challenge of a native app', async () => {
    const path = authorizePath(emulator, {
      client_id: emulator.info.nativeClientId,
      code_challenge: undefined,
      code_challenge_method: undefined,
    })
    const { headers } = await ask(emulator, 'GET', path)
    expect(headers['location']).toContain('error=invalid_request')
  })

  test('refuses granular scopes of a legacy app and takes default or none', async () => {
    emulator.control.add({ apps: [{ client_id: 'old', legacy: true }] })
    const refused = await ask(emulator, 'GET', authorizePath(emulator, { client_id: 'old' }))
    expect(refused.headers['location']).toContain('error=invalid_scope')
    for (const scope of ['default', undefined])
      expect((await ask(emulator, 'GET', authorizePath(emulator, { client_id: 'old', scope }))).status).toBe(200)
  })

  test('takes any loopback port when the switch says so', async () => {
    emulator.control.setSwitches({ loopback_redirect: 'any_port' })
    const path = (redirect_uri: string) => authorizePath(emulator, { redirect_uri })
    expect((await ask(emulator, 'GET', path('http://localhost:1/callback'))).status).toBe(200)
    expect((await ask(emulator, 'GET', path('http://127.0.0.1:1/callback'))).status).toBe(400)
  })
})

describe('POST /oauth/authorize', () => {
  test('sends a code of 64 hex characters and the state', async () => {
    const location = await consent(emulator.url + authorizePath(emulator))
    expect(location.searchParams.get('code')).toMatch(/^[0-9a-f]{64}$/)
    expect(location.searchParams.get('state')).toBe('a-state')
  })

  test('sends access_denied after Deny', async () => {
    const location = await consent(emulator.url + authorizePath(emulator), { decision: 'deny' })
    expect(Object.fromEntries(location.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The resource owner or authorization server denied the request.',
      state: 'a-state',
    })
  })

  test('refuses a body that is no form, and a form without a decision', async () => {
    expect((await ask(emulator, 'POST', '/oauth/authorize', { json: {} })).status).toBe(415)
    const { searchParams } = new URL(authorizePath(emulator), emulator.url)
    expect((await ask(emulator, 'POST', '/oauth/authorize', { form: Object.fromEntries(searchParams) })).status).toBe(400)
  })
})

describe('POST /oauth/token', () => {
  test('exchanges a code for a pair with the granted scopes', async () => {
    const location = await consent(emulator.url + authorizePath(emulator), { declined: ['users:read'] })
    const { status, body, headers } = await exchange(location.searchParams.get('code') ?? '')
    expect([status, body.scope, body.expires_in, body.owner, headers['cache-control']]).toEqual([
      200,
      'webhooks:write',
      7200,
      emulator.info.userUri,
      'no-store',
    ])
    const payload = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString())
    expect(payload).toMatchObject({ iss: 'https://auth.calendly.com', app_uid: emulator.info.clientId, exp: payload.iat + 7200 })
  })

  test('takes a code once', async () => {
    const code = await newCode()
    expect((await exchange(code)).status).toBe(200)
    expect(await exchange(code)).toMatchObject({ status: 400, body: INVALID_GRANT })
  })

  test('refuses a code after ten minutes', async () => {
    const code = await newCode()
    await emulator.control.advanceTime(600_000)
    expect(await exchange(code)).toMatchObject({ status: 400, body: INVALID_GRANT })
  })

  test.each([
    ['another redirect', { redirect_uri: 'http://localhost:8917/other' }],
    ['a wrong verifier', { code_verifier: VERIFIER.replace('d', 'e') }],
    ['a short verifier', { code_verifier: 'short' }],
    ['an unknown code', { code: '0'.repeat(64) }],
  ])('refuses %s with invalid_grant and leaves the code good', async (_name, change) => {
    const code = await newCode()
    expect(await exchange(code, change)).toMatchObject({ status: 400, body: INVALID_GRANT })
    expect((await exchange(code)).status).toBe(200)
  })

  test('takes a native app by client_id alone, with PKCE', async () => {
    const code = await newCode({ client_id: emulator.info.nativeClientId })
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER,
      client_id: emulator.info.nativeClientId,
    }
    expect((await ask(emulator, 'POST', '/oauth/token', { form })).status).toBe(200)
  })

  test('takes a web app by its body, as form and as JSON', async () => {
    const grant = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    const fields = { grant_type: 'refresh_token', client_id: web()[0], client_secret: web()[1] }
    const first = await ask(emulator, 'POST', '/oauth/token', { form: { ...fields, refresh_token: grant.refreshToken } })
    const second = await ask(emulator, 'POST', '/oauth/token', { json: { ...fields, refresh_token: first.body.refresh_token } })
    expect([first.status, second.status]).toEqual([200, 200])
  })

  test('refuses a wrong secret, no secret and an unknown client with invalid_client', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    const wrong = await ask(emulator, 'POST', '/oauth/token', { basic: [web()[0], 'wrong'], form })
    expect(wrong).toMatchObject({ status: 401, body: INVALID_CLIENT })
    expect(wrong.headers['www-authenticate']).toBe('Basic realm="Calendly"')
    expect(await ask(emulator, 'POST', '/oauth/token', { form: { ...form, client_id: web()[0] } })).toMatchObject({
      status: 401,
      body: INVALID_CLIENT,
    })
    expect((await ask(emulator, 'POST', '/oauth/token', { form: { ...form, client_id: 'nobody' } })).status).toBe(401)
  })

  test('refuses other grant types, missing fields, doubled fields and other content types', async () => {
    const codes = await Promise.all([
      ask(emulator, 'POST', '/oauth/token', { basic: web(), form: { grant_type: 'password' } }),
      ask(emulator, 'POST', '/oauth/token', { basic: web(), form: { grant_type: 'refresh_token' } }),
      ask(emulator, 'POST', '/oauth/token', { basic: web(), form: {} }),
      ask(emulator, 'POST', '/oauth/token', {
        body: 'grant_type=a&grant_type=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      ask(emulator, 'POST', '/oauth/token', { body: 'hello', headers: { 'content-type': 'text/plain' } }),
    ])
    expect(codes.map(({ status, body }) => `${status} ${body.error}`)).toEqual([
      '400 unsupported_grant_type',
      ...Array(4).fill('400 invalid_request'),
    ])
  })

  test('answers other methods with 405, and has no discovery document', async () => {
    expect(await ask(emulator, 'GET', '/oauth/token')).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect((await ask(emulator, 'PUT', '/oauth/authorize')).headers['allow']).toBe('GET, POST')
    for (const name of ['oauth-authorization-server', 'openid-configuration'])
      expect((await ask(emulator, 'GET', `/.well-known/${name}`)).status).toBe(404)
  })

  test('rotates: a refresh token works once and its successor works', async () => {
    const { refreshToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    const second = await refresh(refreshToken)
    expect(second.status).toBe(200)
    expect(await refresh(refreshToken)).toMatchObject({ status: 400, body: INVALID_GRANT })
    expect((await refresh(second.body.refresh_token)).status).toBe(200)
  })

  test('revokes the family on reuse when the switch says so', async () => {
    emulator.control.setSwitches({ refresh_reuse: 'revoke_family' })
    const { refreshToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    const second = await refresh(refreshToken)
    await refresh(refreshToken)
    expect((await refresh(second.body.refresh_token)).status).toBe(400)
    expect((await ask(emulator, 'GET', '/users/me', { token: second.body.access_token })).status).toBe(401)
  })

  test('gives eight pairs per user and minute; the ninth is 429 and spends nothing', async () => {
    let { refreshToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    for (let n = 0; n < 8; n++) refreshToken = (await refresh(refreshToken)).body.refresh_token
    const ninth = await refresh(refreshToken)
    expect([ninth.status, ninth.headers['x-ratelimit-reset'], ninth.headers['retry-after']]).toEqual([429, '60', undefined])
    await emulator.control.advanceTime(60_000)
    expect((await refresh(refreshToken)).status).toBe(200)
  })

  test('may leave the refresh token out of a refresh (RFC 6749 section 6) by a switch', async () => {
    emulator.control.setSwitches({ refresh_rotates: false })
    const { refreshToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    const response = await fetch(`${emulator.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(web().join(':'))}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    })
    expect(Object.keys((await response.json()) as object)).not.toContain('refresh_token')
  })

  test('lets an access token live for two hours by the emulator clock', async () => {
    const { accessToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    await emulator.control.advanceTime(7_190_000)
    expect((await ask(emulator, 'GET', '/users/me', { token: accessToken })).status).toBe(200)
    await emulator.control.advanceTime(11_000)
    expect((await ask(emulator, 'GET', '/users/me', { token: accessToken })).status).toBe(401)
  })
})

describe('POST /oauth/revoke', () => {
  const revoke = (token: string, extra: Record<string, string> = {}) =>
    ask(emulator, 'POST', '/oauth/revoke', { form: { token, ...extra } })
  const secret = () => ({ client_id: web()[0], client_secret: web()[1] })

  test('kills the pair by either token, and is content with an unknown or dead one', async () => {
    const grant = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    expect(await revoke(grant.refreshToken, secret())).toMatchObject({ status: 200, body: {} })
    expect((await ask(emulator, 'GET', '/users/me', { token: grant.accessToken })).status).toBe(401)
    expect((await revoke(grant.accessToken, secret())).status).toBe(200)
    expect((await revoke('unknown', secret())).status).toBe(200)
  })

  test('refuses no token with 400 and the wrong client with 403', async () => {
    const grant = emulator.control.issueTokens({ clientId: emulator.info.nativeClientId })
    expect((await ask(emulator, 'POST', '/oauth/revoke', { form: secret() })).body.error).toBe('invalid_request')
    expect(await revoke(grant.refreshToken, secret())).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } })
    expect((await revoke(grant.refreshToken, { ...secret(), client_secret: 'wrong' })).status).toBe(403)
  })

  test('takes a native app by client_id, unless the switch asks for a secret', async () => {
    const native = { client_id: emulator.info.nativeClientId }
    const grant = emulator.control.issueTokens({ clientId: native.client_id })
    emulator.control.setSwitches({ revoke_secret_required: true })
    expect((await revoke(grant.refreshToken, native)).status).toBe(403)
    emulator.control.setSwitches({ revoke_secret_required: false })
    expect((await revoke(grant.refreshToken, native)).status).toBe(200)
  })
})

describe('POST /oauth/introspect', () => {
  const introspect = (token: string, basic = web()) => ask(emulator, 'POST', '/oauth/introspect', { basic, form: { token } })

  test('describes an active token and says only inactive of others', async () => {
    const grant = emulator.control.issueTokens({ clientId: emulator.info.clientId, scope: 'users:read' })
    const iat = Math.floor(grant.issuedAtMs / 1000)
    const { userUri: owner, organizationUri: organization, clientId: client_id } = emulator.info
    expect((await introspect(grant.accessToken)).body).toEqual({
      active: true,
      scope: 'users:read',
      client_id,
      token_type: 'Bearer',
      exp: iat + 7200,
      iat,
      owner,
      organization,
    })
    emulator.control.expireAccessTokens()
    expect((await introspect(grant.accessToken)).body).toEqual({ active: false })
    expect((await introspect('unknown')).body).toEqual({ active: false })
  })

  test('refuses a wrong secret with 401, no token with 400', async () => {
    expect((await introspect('x', [web()[0], 'wrong'])).status).toBe(401)
    expect((await ask(emulator, 'POST', '/oauth/introspect', { basic: web(), form: {} })).status).toBe(400)
  })
})
