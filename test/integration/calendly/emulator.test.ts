import { afterEach, describe, expect, it } from 'vitest'

import { openCalendly } from '../../../src/adapters/calendly/client.ts'
import { openOAuth } from '../../../src/adapters/oauth/client.ts'
import { listenForRedirect } from '../../../src/adapters/oauth/redirect-listener.ts'
import type { SubscriptionSpec } from '../../../src/core/calendly/model.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { startEmulator } from '../../../src/emulator/server.ts'
import { freePort } from '../../support/http-server.ts'
import { playBrowser } from '../../support/oidc-provider.ts'
import { reportOf, sleeplessClock, steadyRandom, testHttp, tokensInTurn } from '../../support/wire-adapters.ts'
import { UNINTERRUPTED } from '../../support/interruption.ts'

const SCOPES = ['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read']

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function world() {
  const redirectUri = new URL(`http://localhost:${await freePort()}/callback`)
  const emulator = await startEmulator({ redirectUris: [redirectUri.href] })
  const http = testHttp({ answerTimeoutMs: 10_000 })
  cleanups.push(
    () => emulator.close(),
    () => http.close(),
  )
  const { info } = emulator
  const api = (token: string) =>
    openCalendly({
      apiUrl: new URL(emulator.url),
      http,
      tokens: tokensInTurn(token),
      clock: sleeplessClock(),
      random: steadyRandom,
      maxWaitMs: 0,
      interruption: UNINTERRUPTED,
    })
  const oauth = openOAuth({
    authUrl: new URL(emulator.url),
    clientId: info.clientId,
    clientSecret: new Secret(info.clientSecret),
    http,
    clock: { nowMs: () => Date.now() },
  })
  return { emulator, info, api, oauth, redirectUri }
}

async function connect({ oauth, redirectUri }: Awaited<ReturnType<typeof world>>) {
  const request = { ...oauth.newFlow(), redirectUri: redirectUri.href, scopes: SCOPES }
  const listener = await listenForRedirect({ redirectUri, state: request.state, issuer: oauth.issuer, onReject: () => {} })
  cleanups.push(() => listener.close())
  const playing = playBrowser(await oauth.authorizeUrl(request))
  const redirected = await listener.wait(10_000)
  const tokens = await oauth.exchange(redirected.url, request)
  await redirected.answer({ ok: true, account: 'someone' })
  expect((await playing).status).toBe(200)
  return tokens
}

describe('the adapters against the emulator', () => {
  it('openOAuth connects, refreshes, introspects and revokes', async () => {
    const started = await world()
    const tokens = await connect(started)
    expect({ scopes: [...tokens.scopes].sort(), owner: tokens.owner, organization: tokens.organization }).toEqual({
      scopes: [...SCOPES].sort(),
      owner: started.info.userUri,
      organization: started.info.organizationUri,
    })
    const old = tokens.refreshToken ?? new Secret('')
    const fresh = await started.oauth.refresh(old)
    expect((await reportOf(started.oauth.refresh(old))).code).toBe('INVALID_GRANT')
    expect((await started.oauth.introspect(fresh.accessToken)).active).toBe(true)
    await started.oauth.revoke(fresh.refreshToken ?? new Secret(''))
    await started.oauth.revoke(fresh.accessToken)
    expect((await started.oauth.introspect(fresh.accessToken)).active).toBe(false)
    expect((await reportOf(started.api(fresh.accessToken.reveal()).me())).code).toBe('CALENDLY_UNAUTHENTICATED')
  })

  it('openCalendly reads who one is, and creates, lists, reads and deletes subscriptions', async () => {
    const { info, api: open } = await world()
    const api = open(info.personalAccessToken)
    const me = await api.me()
    expect(me.uri).toBe(info.userUri)
    expect((await api.organization(me.currentOrganization)).uri).toBe(info.organizationUri)
    expect((await api.memberships({ user: me.uri })).map(({ role, userUri }) => ({ role, userUri }))).toEqual([
      { role: 'owner', userUri: me.uri },
    ])

    const spec: SubscriptionSpec = {
      callbackUrl: 'https://a.example/hook?x=1',
      events: ['invitee.created', 'invitee.canceled'],
      scope: 'user',
      organization: me.currentOrganization,
      user: me.uri,
      group: null,
    }
    const created = await api.createSubscription(spec, new Secret('a-signing-key-0123456789'))
    expect({ ...created, uri: '', createdAt: '', updatedAt: '' }).toEqual({
      ...spec,
      uri: '',
      createdAt: '',
      updatedAt: '',
      retryStartedAt: null,
      state: 'active',
      creator: me.uri,
    })
    expect((await reportOf(api.createSubscription(spec, new Secret('a-signing-key-0123456789')))).code).toBe('CALENDLY_CONFLICT')
    expect(await api.subscriptions({ organization: me.currentOrganization, scope: 'user', user: me.uri })).toEqual([created])
    expect(await api.subscription(created.uri)).toEqual(created)
    expect([await api.deleteSubscription(created.uri), await api.deleteSubscription(created.uri)]).toEqual(['deleted', 'already_gone'])
    expect(await api.sample({ event: 'invitee.created', organization: me.currentOrganization, scope: 'user', user: me.uri })).toMatchObject(
      {
        event: 'invitee.created',
      },
    )
  })

  it('openCalendly reads 250 subscriptions in three requests', async () => {
    const { info, api: open, emulator } = await world()
    const api = open(info.personalAccessToken)
    for (let index = 0; index < 250; index += 1) {
      const spec: SubscriptionSpec = {
        callbackUrl: `https://a.example/${index}`,
        events: ['invitee.created'],
        scope: 'organization',
        organization: info.organizationUri,
        user: null,
        group: null,
      }
      await api.createSubscription(spec, new Secret('a-signing-key-0123456789'))
    }
    const before = emulator.requests().length
    const rows = await api.subscriptions({ organization: info.organizationUri, scope: 'organization' })
    expect({
      rows: rows.length,
      urls: new Set(rows.map(({ callbackUrl }) => callbackUrl)).size,
      requests: emulator.requests().length - before,
    }).toEqual({
      rows: 250,
      urls: 250,
      requests: 3,
    })
  })
})
