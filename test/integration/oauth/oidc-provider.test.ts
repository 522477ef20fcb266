import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openOAuth } from '../../../src/adapters/oauth/client.ts'
import { listenForRedirect } from '../../../src/adapters/oauth/redirect-listener.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { freePort } from '../../support/http-server.ts'
import { playBrowser, startOidcProvider } from '../../support/oidc-provider.ts'
import type { OidcProvider } from '../../support/oidc-provider.ts'
import { errorOf, reportOf, testHttp } from '../../support/wire-adapters.ts'

const SCOPES = ['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read']

let provider: OidcProvider
let redirectUri: URL
const http = testHttp({ answerTimeoutMs: 20_000 })

beforeAll(async () => {
  redirectUri = new URL(`http://localhost:${await freePort()}/callback`)
  provider = await startOidcProvider({ redirectUris: [redirectUri.href] })
})
afterAll(async () => {
  await http.close()
  await provider.close()
})

function app(kind: 'web' | 'native', secret = provider.clientSecret) {
  return openOAuth({
    authUrl: new URL(provider.url),
    clientId: kind === 'web' ? provider.clientId : provider.nativeClientId,
    clientSecret: kind === 'web' ? new Secret(secret) : null,
    http,
    clock: { nowMs: () => Date.now() },
  })
}

/** The whole authorization: listener, browser, redirect, exchange. */
async function authorize(kind: 'web' | 'native', options: { readonly deny?: boolean } = {}) {
  const oauth = app(kind)
  const flow = oauth.newFlow()
  const request = { ...flow, redirectUri: redirectUri.href, scopes: SCOPES }
  const listener = await listenForRedirect({ redirectUri, state: flow.state, issuer: oauth.issuer, onReject: () => {} })
  try {
    const playing = playBrowser(await oauth.authorizeUrl(request), options)
    const redirected = await listener.wait(20_000)
    const outcome = await oauth.exchange(redirected.url, request).then(
      (tokens) => ({ tokens, error: null }),
      (error: unknown) => ({ tokens: null, error }),
    )
    await redirected.answer(
      outcome.error === null ? { ok: true, account: 'ada@example.com' } : { ok: false, reason: 'The exchange failed' },
    )
    return { ...outcome, oauth, request, played: await playing, redirected: redirected.url }
  } finally {
    await listener.close()
  }
}

async function tokensOf(kind: 'web' | 'native') {
  const { tokens, oauth, played } = await authorize(kind)
  if (tokens === null) throw new Error('no tokens')
  return { tokens, oauth, played }
}

describe('openOAuth against oidc-provider', () => {
  it.each(['web', 'native'] as const)('openOAuth connects a %s client through the loopback redirect with PKCE', async (kind) => {
    const { tokens, oauth, played } = await tokensOf(kind)
    expect({
      ...tokens,
      accessToken: tokens.accessToken.reveal() !== '',
      refreshToken: tokens.refreshToken !== null,
      expiresAtMs: 0,
    }).toEqual({
      accessToken: true,
      refreshToken: true,
      expiresAtMs: 0,
      scopes: SCOPES,
      owner: null,
      organization: null,
    })
    expect(tokens.expiresAtMs - Date.now()).toBeGreaterThan(7_100_000)
    expect({ status: played.status, title: /<h1>(.*)<\/h1>/.exec(played.page)?.[1] }).toEqual({
      status: 200,
      title: 'Connected to Calendly',
    })
    // The provider sends `iss` (RFC 9207), and it was compared.
    expect(played.redirected.searchParams.get('iss')).toBe(oauth.issuer)
  })

  it('OAuth.refresh rotates: the new pair works and the old refresh token is dead', async () => {
    const { tokens, oauth } = await tokensOf('web')
    const old = tokens.refreshToken ?? new Secret('')
    const fresh = await oauth.refresh(old)
    expect(fresh.accessToken.reveal()).not.toBe(tokens.accessToken.reveal())
    expect(fresh.refreshToken?.reveal()).not.toBe(old.reveal())
    expect(await oauth.introspect(fresh.accessToken)).toMatchObject({ active: true, scopes: SCOPES })
    expect((await reportOf(oauth.refresh(old))).code).toBe('INVALID_GRANT')
  })

  it('OAuth.refresh works for a native client', async () => {
    const { tokens, oauth } = await tokensOf('native')
    const fresh = await oauth.refresh(tokens.refreshToken ?? new Secret(''))
    expect(fresh.scopes).toEqual(SCOPES)
  })

  it.each(['web', 'native'] as const)('OAuth.revoke makes the tokens of a %s client inactive', async (kind) => {
    const { tokens, oauth } = await tokensOf(kind)
    const refreshToken = tokens.refreshToken ?? new Secret('')
    await oauth.revoke(refreshToken)
    await oauth.revoke(tokens.accessToken)
    expect((await reportOf(oauth.refresh(refreshToken))).code).toBe('INVALID_GRANT')
    expect(await app('web').introspect(tokens.accessToken)).toEqual({ active: false, scopes: [], expiresAtMs: null })
  })

  it('OAuth.revoke of an unknown token is success', async () => {
    await expect(app('web').revoke(new Secret('nobody-knows-this-token'))).resolves.toBeUndefined()
  })

  it('OAuth.exchange says that the person denied it', async () => {
    const { error, played } = await authorize('web', { deny: true })
    expect(error).toMatchObject({ code: 'AUTHORIZATION_DENIED' })
    expect(played.status).toBe(400)
  })

  it('OAuth.exchange uses a code once', async () => {
    const { oauth, request, redirected } = await authorize('web')
    expect((await reportOf(oauth.exchange(redirected, request))).code).toBe('INVALID_GRANT')
  })

  it('OAuth.exchange with another verifier is refused', async () => {
    const oauth = app('web')
    const request = { ...oauth.newFlow(), redirectUri: redirectUri.href, scopes: SCOPES }
    const { redirected } = await playBrowser(await oauth.authorizeUrl(request), { visit: false })
    const other = { ...request, codeVerifier: oauth.newFlow().codeVerifier }
    expect((await reportOf(oauth.exchange(redirected, other))).code).toBe('INVALID_GRANT')
  })

  it('OAuth.refresh with a wrong client secret says which client', async () => {
    const { tokens } = await tokensOf('web')
    const report = await reportOf(app('web', 'wrong').refresh(tokens.refreshToken ?? new Secret('')))
    expect({ code: report.code, exit: report.exit, status: report.status }).toEqual({ code: 'INVALID_CLIENT', exit: 'auth', status: 401 })
  })

  it('OAuth.introspect where a native client may not ask is an error, not an answer', async () => {
    const error = await errorOf(app('web', 'wrong').introspect(new Secret('x')))
    expect(error.code).toBe('INVALID_CLIENT')
  })

  it('OAuth never shows a secret to an observer', async () => {
    const { tokens } = await tokensOf('web')
    const seen = JSON.stringify(http.exchanges)
    const secrets = [tokens.accessToken.reveal(), tokens.refreshToken?.reveal() ?? '', provider.clientSecret]
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([])
  })
})
