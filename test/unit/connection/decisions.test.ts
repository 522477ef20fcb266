// The pure parts of the account verbs: names, statuses, bounded work.

import { describe, expect, test } from 'vitest'
import type { KnownSubscription } from '../../../src/core/plan/model.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { Connection, DesiredWebhook } from '../../../src/core/connection/model.ts'
import { accountStatus } from '../../../src/operations/accounts/describe.ts'
import { connectCommand, connectNeeded, needsConnect, UNFINISHED } from '../../../src/core/connection/usable.ts'
import { mapBounded } from '../../../src/operations/map-bounded.ts'
import { aSubscription, HOOK_URL, NOW_MS, ORGANIZATION, USER } from '../../support/builders.ts'

const REMEMBERED: DesiredWebhook = { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'user', group: null }

const STORED: Connection = {
  name: 'sales',
  email: 'ada@example.com',
  userUri: USER,
  organizationUri: ORGANIZATION,
  organizationName: null,
  role: 'owner',
  auth: 'oauth',
  clientId: 'app-1',
  isActive: true,
  needsConnect: null,
  accessToken: new Secret('a'),
  refreshToken: new Secret('r'),
  tokenExpiresAtMs: NOW_MS,
  tokenGeneration: 3,
  scopes: ['users:read'],
  desired: REMEMBERED,
  webhookUri: null,
  createdAtMs: NOW_MS,
  updatedAtMs: NOW_MS,
}

describe('connectNeeded()', () => {
  test('needsConnect() is true for a reason, without tokens, and when disconnected', () => {
    expect([
      needsConnect(STORED),
      needsConnect({ ...STORED, needsConnect: 'revoked' }),
      needsConnect({ ...STORED, accessToken: null }),
      needsConnect({ ...STORED, isActive: false }),
    ]).toEqual([false, true, true, true])
  })

  test.each(['revoked', 'lost_response', 'client_changed', null] as const)(
    'connectNeeded() for %s names the account and a command',
    (reason) => {
      const error = connectNeeded({ ...STORED, needsConnect: reason })
      expect({ code: error.code, named: error.message.includes('sales'), hint: error.hint }).toEqual({
        code: 'NEEDS_CONNECT',
        named: true,
        hint:
          reason === 'client_changed'
            ? 'Set CALENDLY_CLIENT_ID=app-1 again, or run calreconnect connect --name sales'
            : 'calreconnect connect --name sales',
      })
    },
  )

  test('connectCommand() of an unfinished connection has no name', () => {
    expect(String(connectCommand(UNFINISHED))).toBe('calreconnect connect')
  })
})

describe('accountStatus()', () => {
  const uri = aSubscription('S1').uri
  const known: KnownSubscription = {
    ...aSubscription('S1'),
    account: 'sales',
    owners: ['sales'],
    origin: 'connection',
    keyStored: true,
    adopted: false,
    displaced: false,
    isActive: true,
  }

  test('accountStatus() shows the connection’s own subscription as it is known here', () => {
    expect(accountStatus({ ...STORED, webhookUri: uri }, [known]).webhook).toEqual({
      uri,
      callbackUrl: HOOK_URL,
      scope: 'organization',
      events: ['invitee.created', 'invitee.canceled'],
      state: 'active',
      signingKeyStored: true,
      retryStartedAt: null,
    })
  })

  test('accountStatus() has no webhook when its own is not known or gone', () => {
    expect(accountStatus({ ...STORED, webhookUri: uri }, []).webhook).toBeNull()
    expect(accountStatus({ ...STORED, webhookUri: uri }, [{ ...known, isActive: false }]).webhook).toBeNull()
    expect(accountStatus(STORED, [known]).webhook).toBeNull()
  })

  test('accountStatus() takes what was seen at Calendly before what is known', () => {
    const subscription = aSubscription('S1', {
      state: 'disabled',
      retryStartedAt: '2026-11-22T10:00:00.000000Z',
      events: ['invitee.created'],
    })
    expect(accountStatus({ ...STORED, webhookUri: uri }, [known], { kind: 'seen', subscription }).webhook).toMatchObject({
      state: 'disabled',
      retryStartedAt: '2026-11-22T10:00:00.000000Z',
      events: ['invitee.created'],
    })
  })

  test.each(['gone', 'unknown'] as const)('accountStatus() shows what Calendly called %s as that, and not as active', (kind) => {
    expect(accountStatus({ ...STORED, webhookUri: uri }, [known], { kind }).webhook).toMatchObject({
      uri,
      state: kind,
      retryStartedAt: null,
    })
  })
})

describe('mapBounded()', () => {
  test('mapBounded() keeps the order and the bound', async () => {
    let busy = 0
    let busiest = 0
    const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
      busy += 1
      busiest = Math.max(busiest, busy)
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve()
      busy -= 1
      return item * 10
    })
    expect({ results, busiest }).toEqual({ results: [50, 10, 40, 20, 30], busiest: 2 })
  })

  test('mapBounded() begins nothing new after a failure and throws the first', async () => {
    const begun: number[] = []
    const work = mapBounded([1, 2, 3, 4], 1, async (item) => {
      begun.push(item)
      if (item === 2) throw new Error('two')
    })
    await expect(work).rejects.toThrow('two')
    expect(begun).toEqual([1, 2])
  })

  test('mapBounded() of nothing is nothing', async () => {
    expect(await mapBounded([], 4, async () => 1)).toEqual([])
  })
})
