// Refreshing a stored connection's access token: SAFETY's table of outcomes, and races within one store.

import { afterEach, describe, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import type { OAuth } from '../../../src/core/ports/oauth.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { accessTokens, holdTokens } from '../../../src/operations/tokens/access-token.ts'
import { accountRig, errorOf, movedClock, type Rig, tokenOf } from '../../support/accounts.ts'
import { interruptedBy } from '../../support/interruption.ts'

const rigs: Rig[] = []
async function rigOf(...options: Parameters<typeof accountRig>): Promise<Rig> {
  const rig = await accountRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const tokenRequests = (rig: Rig): number => rig.requests().filter((request) => request === 'POST /oauth/token').length
const openRefreshes = async (rig: Rig, name: string): Promise<number> =>
  rig.store.refreshes.open(name, (await rig.get(name)).tokenGeneration)

describe('accessTokens().get()', () => {
  test('get() gives the stored token while it is valid for long enough', async () => {
    const rig = await rigOf()
    const stored = await rig.connected('sales')
    expect((await tokenOf(rig.deps, 'sales')).reveal()).toBe(stored.accessToken?.reveal())
    expect(tokenRequests(rig)).toBe(0)
  })

  test('get() refreshes once when less than the wanted validity is left, and stores the pair', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales', { expiresInMs: 200_000 })
    const token = await tokenOf(rig.deps, 'sales', 300_000)
    const after = await rig.get('sales')
    expect({ requests: tokenRequests(rig), generation: after.tokenGeneration, open: await openRefreshes(rig, 'sales') }).toEqual({
      requests: 1,
      generation: before.tokenGeneration + 1,
      open: 0,
    })
    expect(token.reveal()).toBe(after.accessToken?.reveal())
    expect(after.refreshToken?.reveal()).not.toBe(before.refreshToken?.reveal())
  })

  test('get() of many callers at once makes one token request, and all get the same new token', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const tokens = await Promise.all(Array.from({ length: 12 }, () => tokenOf(rig.other(), 'sales')))
    expect({ different: new Set(tokens.map((token) => token.reveal())).size, requests: tokenRequests(rig) }).toEqual({
      different: 1,
      requests: 1,
    })
  })

  test('get() says what it waits for while another process renews', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    let release = (): void => {}
    const held = holdTokens(rig.deps, 'sales', () => new Promise<void>((resolve) => (release = resolve)))
    await expect.poll(() => rig.store.lock.hold('tokens sales', async () => false, { waitMsMax: 0 }).catch(() => true)).toBe(true)
    const token = tokenOf(rig.deps, 'sales')
    await expect.poll(() => rig.shown).toContain('Waiting for another process that is renewing the tokens of sales (45 seconds at most)')
    release()
    await held
    expect((await token).reveal()).not.toBe('')
  })

  test('get() gives up after 45 seconds with STORE_LOCKED', async () => {
    const clock = movedClock()
    const rig = await rigOf({ clock })
    await rig.connected('sales', { expiresInMs: -1 })
    await rig.store.lock.hold(
      'tokens sales',
      async () => {
        expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'STORE_LOCKED', exit: 'store' })
      },
      { waitMsMax: 0 },
    )
    const waitedMs = clock.slept.reduce((sum, ms) => sum + ms, 0)
    expect([waitedMs >= 44_900, waitedMs <= 45_100]).toEqual([true, true])
  })

  test('get() keeps the old refresh token when the answer has none, and says that rotation is not confirmed', async () => {
    const rig = await rigOf({ switches: { refresh_rotates: false } })
    const before = await rig.connected('sales', { expiresInMs: -1 })
    await tokenOf(rig.deps, 'sales')
    expect((await rig.get('sales')).refreshToken?.reveal()).toBe(before.refreshToken?.reveal())
    expect(rig.shown.some((line) => line.includes('rotation is not confirmed'))).toBe(true)
  })

  test('get() of an unknown connection is ACCOUNT_UNKNOWN, of a disconnected one NEEDS_CONNECT', async () => {
    const rig = await rigOf()
    expect(await errorOf(tokenOf(rig.deps, 'nobody'))).toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
    await rig.connected('sales')
    await rig.store.connections.clear('sales')
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'NEEDS_CONNECT', hint: 'calreconnect connect --name sales' })
  })

  test('get() does not spend the token once Ctrl-C was pressed', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const stop = new AbortController()
    stop.abort()
    expect(await errorOf(tokenOf(rig.other({ interruption: interruptedBy(stop.signal) }), 'sales'))).toMatchObject({ code: 'INTERRUPTED' })
    expect(tokenRequests(rig)).toBe(0)
  })

  test('get() does not spend the token when the in-flight row cannot be written', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const refreshes = {
      open: (...args: Parameters<typeof rig.store.refreshes.open>) => rig.store.refreshes.open(...args),
      settle: (...args: Parameters<typeof rig.store.refreshes.settle>) => rig.store.refreshes.settle(...args),
      begin: async () => {
        throw new CalreconnectError('STORE_FULL', 'The disk is full')
      },
    }
    expect(await errorOf(tokenOf(rig.other({ refreshes }), 'sales'))).toMatchObject({ code: 'STORE_FULL' })
    expect(tokenRequests(rig)).toBe(0)
  })

  test('get() that cannot store the new pair says so, tries a few times and leaves the in-flight row', async () => {
    const rig = await rigOf({ clock: movedClock() })
    await rig.connected('sales', { expiresInMs: -1 })
    let tries = 0
    const connections = new Proxy(rig.store.connections, {
      get: (target, key) => {
        if (key !== 'saveRefreshed') return Reflect.get(target, key).bind(target)
        return async () => {
          tries += 1
          throw new CalreconnectError('STORE_FULL', 'The disk is full')
        }
      },
    })
    expect(await errorOf(tokenOf(rig.other({ connections }), 'sales'))).toMatchObject({ code: 'STORE_FULL' })
    expect({ tries, open: await openRefreshes(rig, 'sales') }).toEqual({ tries: 3, open: 1 })
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'NEEDS_CONNECT' })
    expect((await rig.get('sales')).needsConnect).toBe('lost_response')
  })
})

describe('accessTokens() and the table of outcomes', () => {
  test('invalid_grant with nothing in flight marks the connection revoked and keeps its tokens', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({
      code: 'NEEDS_CONNECT',
      exit: 'auth',
      hint: 'calreconnect connect --name sales',
    })
    const after = await rig.get('sales')
    expect({ needsConnect: after.needsConnect, refresh: after.refreshToken?.reveal(), access: after.accessToken?.reveal() }).toEqual({
      needsConnect: 'revoked',
      refresh: before.refreshToken?.reveal(),
      access: before.accessToken?.reveal(),
    })
  })

  test('a connection that needs connecting costs no more token requests', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.revokeTokens()
    await errorOf(tokenOf(rig.deps, 'sales'))
    tokenRequests(rig)
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'NEEDS_CONNECT' })
    expect(tokenRequests(rig)).toBe(0)
  })

  test('invalid_grant after an answer was lost marks lost_response, with one token request a run', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.addFaults([{ path: '/oauth/token', action: 'rotate_and_lose' }])
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ exit: 'unreachable' })
    expect({ requests: tokenRequests(rig), stored: await rig.get('sales'), open: await openRefreshes(rig, 'sales') }).toEqual({
      requests: 1,
      stored: before,
      open: 1,
    })
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'NEEDS_CONNECT', message: expect.stringContaining('was lost') })
    expect({ requests: tokenRequests(rig), needsConnect: (await rig.get('sales')).needsConnect }).toEqual({
      requests: 1,
      needsConnect: 'lost_response',
    })
  })

  test('invalid_grant although somebody else stored a newer pair takes theirs', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const real = rig.oauth()
    const racing: OAuth = {
      ...real,
      async refresh(token) {
        await rig.connected('sales')
        rig.emulator.control.revokeTokens()
        return real.refresh(token)
      },
    }
    const token = await tokenOf(rig.other({ oauth: async () => racing }), 'sales')
    const stored = await rig.get('sales')
    expect({ token: token.reveal(), needsConnect: stored.needsConnect }).toEqual({
      token: stored.accessToken?.reveal(),
      needsConnect: null,
    })
  })

  test('a pair that comes too late does not overwrite a newer one', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const real = rig.oauth()
    let newer: string | undefined
    const slow: OAuth = {
      ...real,
      async refresh(token) {
        const pair = await real.refresh(token)
        newer = (await rig.connected('sales')).accessToken?.reveal()
        return pair
      },
    }
    expect((await tokenOf(rig.other({ oauth: async () => slow }), 'sales')).reveal()).toBe(newer)
    expect((await rig.get('sales')).accessToken?.reveal()).toBe(newer)
  })

  test('invalid_client leaves everything untouched and names the settings', async () => {
    const rig = await rigOf()
    const before = await rig.connected('sales', { expiresInMs: -1 })
    const deps = rig.other({ oauth: async () => rig.oauth(undefined, 'wrong-secret') })
    expect(await errorOf(tokenOf(deps, 'sales'))).toMatchObject({ code: 'INVALID_CLIENT', exit: 'auth' })
    expect({ stored: await rig.get('sales'), open: await openRefreshes(rig, 'sales') }).toEqual({ stored: before, open: 0 })
    expect((await tokenOf(rig.deps, 'sales')).reveal()).not.toBe(before.accessToken?.reveal())
  })

  test('429 leaves everything untouched and ends with rate_limited', async () => {
    const rig = await rigOf({ switches: { token_limit: 0 } })
    const before = await rig.connected('sales', { expiresInMs: -1 })
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ code: 'RATE_LIMITED', exit: 'rate_limited' })
    expect({ stored: await rig.get('sales'), open: await openRefreshes(rig, 'sales') }).toEqual({ stored: before, open: 0 })
  })

  test.each([
    ['503', { action: 'status', status: 503 }],
    ['a captive portal', { action: 'status', status: 200, body: '<html>Please sign in to the Wi-Fi</html>' }],
    ['a dropped connection', { action: 'drop_before' }],
    ['half an answer', { action: 'half_body' }],
  ])('%s leaves the tokens untouched and the journal open', async (_what, fault) => {
    const rig = await rigOf()
    const before = await rig.connected('sales', { expiresInMs: -1 })
    rig.emulator.control.addFaults([{ path: '/oauth/token', ...fault }])
    expect(await errorOf(tokenOf(rig.deps, 'sales'))).toMatchObject({ exit: 'unreachable' })
    expect({ stored: await rig.get('sales'), open: await openRefreshes(rig, 'sales') }).toEqual({ stored: before, open: 1 })
  })

  test('a request that surely never left closes its journal row', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const real = rig.oauth()
    const refused: OAuth = {
      ...real,
      refresh: async () => {
        throw new CalreconnectError('NETWORK', 'Cannot reach it', { requestSent: false })
      },
    }
    expect(await errorOf(tokenOf(rig.other({ oauth: async () => refused }), 'sales'))).toMatchObject({ exit: 'unreachable' })
    expect(await openRefreshes(rig, 'sales')).toBe(0)
  })

  test('another client in the environment marks client_changed without a request, and heals when it is set back', async () => {
    const rig = await rigOf()
    await rig.connected('sales', { expiresInMs: -1 })
    const deps = rig.other({ oauth: async () => rig.oauth('another-app', 'x') })
    expect(await errorOf(tokenOf(deps, 'sales'))).toMatchObject({
      code: 'NEEDS_CONNECT',
      hint: expect.stringContaining('CALENDLY_CLIENT_ID='),
    })
    expect({ requests: tokenRequests(rig), needsConnect: (await rig.get('sales')).needsConnect }).toEqual({
      requests: 0,
      needsConnect: 'client_changed',
    })
    await tokenOf(rig.deps, 'sales')
    expect((await rig.get('sales')).needsConnect).toBeNull()
  })
})

describe('accessTokens() and the token budget', () => {
  test('the ninth refresh of a minute waits outside the lock, when the wait is allowed', async () => {
    const clock = movedClock()
    const rig = await rigOf({ clock, switches: { token_limit: 100 } })
    const deps = rig.other({ maxWaitMs: 60_000 })
    await rig.connected('sales')
    for (let round = 0; round < 9; round += 1) await tokenOf(deps, 'sales', 100 * 7_200_000)
    expect(clock.slept).toEqual([60_000])
    expect(tokenRequests(rig)).toBe(9)
  })

  test('the ninth refresh of a minute is refused with rate_limited when the wait is longer than allowed', async () => {
    const rig = await rigOf({ switches: { token_limit: 100 } })
    await rig.connected('sales')
    for (let round = 0; round < 8; round += 1) await tokenOf(rig.deps, 'sales', 100 * 7_200_000)
    expect(await errorOf(tokenOf(rig.deps, 'sales', 100 * 7_200_000))).toMatchObject({ code: 'RATE_LIMITED', exit: 'rate_limited' })
    expect(tokenRequests(rig)).toBe(8)
  })
})

describe('accessTokens() and a token budget that others use up', () => {
  test('get() counts all its waits together against the longest that is allowed', async () => {
    const clock = movedClock()
    const rig = await rigOf({ clock })
    await rig.connected('sales', { expiresInMs: -1 })
    let asked = 0
    const take = async () => {
      asked += 1
      if (asked > 10) throw new Error('waits for ever')
      return 20_000
    }
    expect((await errorOf(tokenOf(rig.other({ maxWaitMs: 60_000, budget: { take } }), 'sales'))).code).toBe('RATE_LIMITED')
    expect([clock.slept, tokenRequests(rig)]).toEqual([[20_000, 20_000, 20_000], 0])
  })
})

describe('accessTokens().renew()', () => {
  test('renew() takes the stored token when it is another one than the rejected', async () => {
    const rig = await rigOf()
    const stored = await rig.connected('sales')
    const token = await accessTokens(rig.deps, 'sales', { minValidityMs: 0 }).renew(new Secret('rejected'))
    expect({ token: token?.reveal(), requests: tokenRequests(rig) }).toEqual({ token: stored.accessToken?.reveal(), requests: 0 })
  })

  test('renew() refreshes when the stored token is the rejected one', async () => {
    const rig = await rigOf()
    const stored = await rig.connected('sales')
    const tokens = accessTokens(rig.deps, 'sales', { minValidityMs: 0 })
    const token = await tokens.renew(stored.accessToken ?? new Secret(''))
    expect({ isNew: token?.reveal() !== stored.accessToken?.reveal(), requests: tokenRequests(rig) }).toEqual({ isNew: true, requests: 1 })
    expect((await tokens.get()).reveal()).toBe(token?.reveal())
  })

  test('renew() of a personal access token has nothing to offer', async () => {
    const rig = await rigOf()
    const token = new Secret(rig.emulator.info.personalAccessToken)
    await rig.store.connections.connect('ci', {
      auth: 'personal_access_token',
      clientId: null,
      accessToken: token,
      refreshToken: null,
      tokenExpiresAtMs: null,
      scopes: [],
    })
    expect(await accessTokens(rig.deps, 'ci', { minValidityMs: 0 }).renew(token)).toBeNull()
    expect((await tokenOf(rig.deps, 'ci')).reveal()).toBe(token.reveal())
  })
})
