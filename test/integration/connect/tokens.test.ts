// `connect` by other ways than an open browser: personal access tokens, pasting, two processes; and what a crash leaves.

import { afterEach, describe, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import type { Prompts } from '../../../src/core/ports/desk.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { connect } from '../../../src/operations/connect/connect.ts'
import { completeConnect, startConnect } from '../../../src/operations/connect/handover.ts'
import { accountRig, CONNECT, decide, errorOf, type Rig, wanting } from '../../support/accounts.ts'
import { HOOK } from '../../support/connected.ts'

const rigs: Rig[] = []
async function rigOf(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await accountRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const personal = (rig: Rig) => ({ kind: 'token', token: new Secret(rig.emulator.info.personalAccessToken) }) as const

/** Somebody who types these lines, each made when it is asked for. */
function typing(...lines: (() => string | Promise<string>)[]): Prompts {
  return {
    confirm: async () => true,
    checkbox: async () => [],
    secret: async () => new Secret(''),
    line: async (_question, signal) => {
      const next = lines.shift()
      if (next !== undefined) return next()
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new CalreconnectError('INTERRUPTED', 'Interrupted at the question')))
      })
    },
  }
}

describe('connect() with a personal access token', () => {
  test('connect() stores it under its e-mail, without expiry or scopes', async () => {
    const rig = await rigOf()
    const { account, authorization } = await connect(rig.deps, { ...CONNECT, wanted: wanting() }, personal(rig))
    expect({
      authorization,
      auth: account.auth,
      name: account.name === account.email,
      expires: account.tokenExpiresAt,
      url: account.webhook?.callbackUrl,
    }).toEqual({
      authorization: 'personal_access_token',
      auth: 'personal_access_token',
      name: true,
      expires: null,
      url: HOOK,
    })
  })

  test('connect() refuses one that Calendly does not know and stores nothing', async () => {
    const rig = await rigOf()
    const failed = await errorOf(connect(rig.deps, CONNECT, { kind: 'token', token: new Secret('nonsense') }))
    expect(failed).toMatchObject({ code: 'CALENDLY_UNAUTHENTICATED', exit: 'auth', hint: expect.stringContaining('api_webhooks') })
    expect(await rig.store.connections.list()).toEqual([])
  })

  test('connect() refuses another user’s and leaves the stored one alone', async () => {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'user' },
        ],
      },
    })
    const before = await rig.connected('sales', { user: 'ben@example.com' })
    expect(await errorOf(connect(rig.deps, CONNECT, personal(rig)))).toMatchObject({ code: 'ACCOUNT_DIFFERS' })
    expect(await rig.get('sales')).toEqual(before)
    const { account } = await connect(rig.deps, { ...CONNECT, replace: true }, personal(rig))
    expect({ name: account.name, email: account.email }).toEqual({ name: 'sales', email: 'ada@example.com' })
  })

  test('connect() again without one says personal_access_token and opens no browser', async () => {
    const rig = await rigOf()
    await connect(rig.deps, CONNECT, personal(rig))
    const { authorization } = await connect(rig.deps, CONNECT, rig.consent())
    expect({ authorization, opened: rig.opened }).toEqual({ authorization: 'personal_access_token', opened: [] })
  })

  test('connect() whose stored one was revoked asks for a new one and not for consent', async () => {
    const rig = await rigOf()
    await connect(rig.deps, CONNECT, personal(rig))
    rig.emulator.control.revokeTokens()
    const failed = await errorOf(connect(rig.deps, CONNECT, rig.consent()))
    expect({ code: failed.code, hint: failed.hint, opened: rig.opened }).toEqual({
      code: 'CALENDLY_UNAUTHENTICATED',
      hint: 'Pass a new one with calreconnect connect --name owner@example.com --token-stdin, or use OAuth with calreconnect connect --name owner@example.com --force',
      opened: [],
    })
  })
})

describe('connect() by pasting', () => {
  test('connect() takes the pasted redirect URL while it listens', async () => {
    const rig = await rigOf()
    const prompts = typing(async () => ` ${await decide(rig.shown.at(-1) ?? '')}\n`)
    const { authorization } = await connect(rig.deps, CONNECT, rig.consent({}, { prompts, openBrowser: false }))
    expect(authorization).toBe('oauth')
  })

  test('connect() asks again after something else was pasted', async () => {
    const rig = await rigOf()
    const page = (): string => rig.shown.find((line) => line.includes('/oauth/authorize')) ?? ''
    const prompts = typing(
      () => 'yes',
      () => `${rig.redirectUri.href}?code=abc&state=of-another-flow`,
      () => decide(page()),
    )
    await connect(rig.deps, CONNECT, rig.consent({}, { prompts, openBrowser: false }))
    expect(rig.shown.slice(1)).toEqual([
      'That is not a URL: paste the whole address, beginning with http',
      'That address belongs to another authorization (its state differs)',
    ])
  })

  test('connect() offers pasting when the port is taken', async () => {
    const rig = await rigOf()
    const { createServer } = await import('node:http')
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(Number(rig.redirectUri.port), '127.0.0.1', resolve))
    const page = (): string => rig.shown.find((line) => line.startsWith(rig.emulator.url)) ?? ''
    const prompts = typing(() => decide(page()))
    const { authorization } = await connect(rig.deps, CONNECT, rig.consent({}, { prompts, openBrowser: false }))
    expect(authorization).toBe('oauth')
    expect(await errorOf(connect(rig.deps, { ...CONNECT, force: true }, rig.consent({}, { openBrowser: false })))).toMatchObject({
      code: 'PORT_TAKEN',
      exit: 'usage',
    })
    squatter.close()
  })

  test('connect() with a redirect URI elsewhere and nobody to paste names the other way', async () => {
    const rig = await rigOf()
    const how = rig.consent()
    const elsewhere = { ...how, input: { ...how.input, redirectUri: new URL('https://example.com/back') } }
    expect(await errorOf(connect(rig.deps, CONNECT, elsewhere))).toMatchObject({
      code: 'INPUT_REQUIRED',
      hint: expect.stringContaining('--start'),
    })
  })
})

describe('connect() across two processes', () => {
  const options = (rig: Rig) => ({ redirectUri: rig.redirectUri, timeoutMs: 600_000 })

  test('startConnect() stores the flow, completeConnect() finishes it with everything that was asked for', async () => {
    const rig = await rigOf()
    const started = await startConnect(rig.deps, { ...CONNECT, name: 'sales', wanted: wanting({ scope: 'user' }) }, options(rig))
    expect(started).toEqual({
      flowId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      authorizeUrl: expect.stringContaining(`${rig.emulator.url}/oauth/authorize?`),
      expiresAt: expect.stringMatching(/Z$/),
    })
    const result = await completeConnect(rig.other(), `${await decide(started.authorizeUrl)}\n`)
    expect({ name: result.account.name, authorization: result.authorization, scope: result.account.webhook?.scope }).toEqual({
      name: 'sales',
      authorization: 'oauth',
      scope: 'user',
    })
  })

  test('completeConnect() uses a state once', async () => {
    const rig = await rigOf()
    const { authorizeUrl } = await startConnect(rig.deps, CONNECT, options(rig))
    const redirected = await decide(authorizeUrl)
    await completeConnect(rig.deps, redirected)
    expect(await errorOf(completeConnect(rig.deps, redirected))).toMatchObject({ code: 'AUTHORIZATION_TIMEOUT', exit: 'auth' })
  })

  test('completeConnect() of a flow that expired is refused', async () => {
    const rig = await rigOf()
    const { authorizeUrl } = await startConnect(rig.deps, CONNECT, { ...options(rig), timeoutMs: -1 })
    expect(await errorOf(completeConnect(rig.deps, await decide(authorizeUrl)))).toMatchObject({ code: 'AUTHORIZATION_TIMEOUT' })
    expect(rig.requests()).not.toContain('POST /oauth/token')
  })

  test('completeConnect() leaves the flow alive after a slip, a network that is down and a wrong secret', async () => {
    const rig = await rigOf()
    const { authorizeUrl } = await startConnect(rig.deps, CONNECT, options(rig))
    const redirected = await decide(authorizeUrl)
    const withoutCode = new URL(redirected)
    withoutCode.searchParams.delete('code')
    expect(await errorOf(completeConnect(rig.deps, withoutCode.href))).toMatchObject({ code: 'USAGE' })
    for (const error of ['NETWORK', 'INVALID_CLIENT', 'RATE_LIMITED'] as const) {
      const oauth = async () => ({ ...(await rig.deps.oauth()), exchange: () => Promise.reject(new CalreconnectError(error, 'no')) })
      expect(await errorOf(completeConnect({ ...rig.deps, oauth }, redirected))).toMatchObject({ code: error })
    }
    expect((await completeConnect(rig.deps, redirected)).authorization).toBe('oauth')
  })

  test('completeConnect() of one redirect twice at once makes one exchange', async () => {
    const rig = await rigOf()
    const { authorizeUrl } = await startConnect(rig.deps, CONNECT, options(rig))
    const redirected = await decide(authorizeUrl)
    const ends = await Promise.allSettled([completeConnect(rig.deps, redirected), completeConnect(rig.deps, redirected)])
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(rig.requests().filter((line) => line === 'POST /oauth/token')).toHaveLength(1)
  })

  test('completeConnect() of a denial says so', async () => {
    const rig = await rigOf()
    const { authorizeUrl } = await startConnect(rig.deps, CONNECT, options(rig))
    expect(await errorOf(completeConnect(rig.deps, await decide(authorizeUrl, { decision: 'deny' })))).toMatchObject({
      code: 'AUTHORIZATION_DENIED',
    })
  })

  test.each(['not a url', 'http://localhost:8917/callback?code=1'])('completeConnect() refuses %j', async (text) => {
    const rig = await rigOf()
    expect(await errorOf(completeConnect(rig.deps, text))).toMatchObject({ code: 'INVALID_URL', exit: 'usage' })
  })
})

describe('connect() after a crash', () => {
  test('connect() finishes what was left between the stored pair and the user’s name', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ path: '/users/me', times: null, action: 'status', status: 503 }])
    expect(await errorOf(connect(rig.deps, CONNECT, rig.consent()))).toMatchObject({ exit: 'unreachable' })
    expect((await rig.store.connections.list()).map(({ name, userUri, role }) => ({ name, userUri, role }))).toEqual([
      { name: '~unfinished', userUri: rig.emulator.info.userUri, role: null },
    ])
    rig.emulator.control.faults.clear()
    const { account, authorization } = await connect(rig.deps, CONNECT, rig.consent())
    expect({ authorization, opened: rig.opened.length, names: (await rig.store.connections.list()).map(({ name }) => name) }).toEqual({
      authorization: 'oauth',
      opened: 1,
      names: [account.email],
    })
  })

  test('connect() --name finishes its own after the same crash', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 503, times: 20 }])
    await errorOf(connect(rig.deps, { ...CONNECT, name: 'sales' }, rig.consent()))
    rig.emulator.control.faults.clear()
    const { account, authorization } = await connect(rig.deps, { ...CONNECT, name: 'sales' }, rig.consent())
    expect({ name: account.name, role: account.role, authorization }).toEqual({
      name: 'sales',
      role: 'owner',
      authorization: 'still_valid',
    })
  })

  test('connect() drops what was left when its tokens do not work any more', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 503, times: null }])
    await errorOf(connect(rig.deps, CONNECT, rig.consent()))
    rig.emulator.control.faults.clear()
    rig.emulator.control.revokeTokens()
    const { account } = await connect(rig.deps, CONNECT, rig.consent())
    expect({ opened: rig.opened.length, names: (await rig.store.connections.list()).map(({ name }) => name) }).toEqual({
      opened: 2,
      names: [account.name],
    })
  })

  test('connect() does not take what was left for another account that is named', async () => {
    const rig = await rigOf({
      seed: {
        users: [
          { email: 'ada@example.com', role: 'owner' },
          { email: 'ben@example.com', role: 'user' },
        ],
      },
    })
    rig.emulator.control.addFaults([{ path: '/users/me', action: 'status', status: 503, times: null }])
    await errorOf(connect(rig.deps, CONNECT, rig.consent({ as: 'ada@example.com' })))
    rig.emulator.control.faults.clear()
    const { account } = await connect(rig.deps, { ...CONNECT, name: 'ben' }, rig.consent({ as: 'ben@example.com' }))
    expect(account).toMatchObject({ name: 'ben', email: 'ben@example.com' })
  })
})
