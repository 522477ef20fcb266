// How the account verbs look: whole texts, as somebody reads them.

import { createStep } from '../../../src/core/plan/steps.ts'
import { aSpec } from '../../support/builders.ts'
import { describe, expect, test } from 'vitest'
import { renderAccounts, renderStatus, statusHints } from '../../../src/cli/render/account.ts'
import { connectHints, renderConnect } from '../../../src/cli/render/connect.ts'
import { disconnectHints, renderDisconnect } from '../../../src/cli/render/disconnect.ts'
import { reconnectHints, renderReconnect } from '../../../src/cli/render/reconnect.ts'
import { PLAIN, type View } from '../../../src/cli/render/view.ts'
import type { AccountStatus } from '../../../src/operations/accounts/describe.ts'
import type { StatusEntry } from '../../../src/operations/accounts/status.ts'
import type { ReconnectResult } from '../../../src/operations/connect/reconnect.ts'
import { HOOK_URL, MADE_AT, NOW_MS, ORGANIZATION, USER } from '../../support/builders.ts'

const VIEW: View = { columns: Number.POSITIVE_INFINITY, nowMs: NOW_MS, paint: PLAIN }

const ACCOUNT: AccountStatus = {
  name: 'sales',
  email: 'ada@example.com',
  userUri: USER,
  organizationUri: ORGANIZATION,
  organizationName: 'Acme Inc.',
  role: 'owner',
  auth: 'oauth',
  isActive: true,
  needsConnect: null,
  tokenExpiresAt: new Date(NOW_MS + 3_600_000).toISOString(),
  scopes: ['users:read', 'webhooks:write'],
  webhook: {
    uri: 'https://api.calendly.com/webhook_subscriptions/S1',
    callbackUrl: HOOK_URL,
    scope: 'organization',
    events: ['invitee.created'],
    state: 'active',
    signingKeyStored: true,
    retryStartedAt: null,
  },
}

const REMOTE: NonNullable<StatusEntry['remote']> = {
  active: true,
  checkedBy: 'introspection',
  organizationUri: ORGANIZATION,
  role: 'owner',
  error: null,
  webhookError: null,
}

const PLAN = { version: 1 as const, account: 'sales', organizationUri: ORGANIZATION, madeAt: MADE_AT, steps: [] }
const DONE: ReconnectResult = { account: 'sales', authorization: 'refreshed', plan: PLAN, applied: [], failed: [] }
const FAILED: ReconnectResult = {
  account: 'ops',
  authorization: null,
  plan: null,
  applied: [],
  failed: [],
  error: { code: 'NEEDS_CONNECT', exit: 'auth', message: 'ops was revoked', hint: null },
}

describe('renderStatus()', () => {
  test('renderStatus() shows a healthy connection', () => {
    expect(renderStatus({ accounts: [ACCOUNT] }, VIEW)).toBe(`sales  connected
  User           ada@example.com (owner)
  Organization   Acme Inc. (ORG0000000000001)
  Authorization  OAuth
  Access token   expires in 1 hour
  OAuth scopes   users:read webhooks:write
  Webhook        ${HOOK_URL}  active
                 organization scope, invitee.created
                 signing key stored`)
  })

  test('renderStatus() says why one needs connecting, what Calendly says, and that deliveries fail', () => {
    const webhook = ACCOUNT.webhook && { ...ACCOUNT.webhook, state: 'disabled' as const, signingKeyStored: false, retryStartedAt: MADE_AT }
    const dead = {
      ...ACCOUNT,
      scopes: [],
      needsConnect: 'lost_response' as const,
      webhook,
      tokenExpiresAt: new Date(NOW_MS - 7_200_000).toISOString(),
    }
    const remote = { ...REMOTE, active: false, organizationUri: null, role: null }
    expect(renderStatus({ accounts: [{ ...dead, remote }] }, VIEW)).toBe(`sales  needs connect (lost response)
  User           ada@example.com (owner)
  Organization   Acme Inc. (ORG0000000000001)
  Authorization  OAuth
  Access token   expired 2 hours ago, renewed when needed
  At Calendly    the access token is inactive
  Webhook        ${HOOK_URL}  disabled
                 organization scope, invitee.created
                 signing key not known here
                 deliveries have been failing since just now`)
  })

  test('renderStatus() shows gone as gone and unknown as unknown, and says what Calendly contradicts', () => {
    const shown = (state: 'gone' | 'unknown', differing: Partial<typeof REMOTE>): string[] => {
      const webhook = ACCOUNT.webhook && { ...ACCOUNT.webhook, state }
      const rows = renderStatus({ accounts: [{ ...ACCOUNT, webhook, remote: { ...REMOTE, ...differing } }] }, VIEW).split('\n')
      return rows.slice(6, -2).map((row) => row.trim().replace(/ {2,}/g, ' '))
    }
    const webhookError = { code: 'NETWORK', exit: 'unreachable', message: 'cannot reach it', hint: null } as const
    expect(shown('gone', { role: 'admin' })).toEqual([
      'At Calendly the access token is active',
      'role changed: owner is stored here',
      'admin of organization ORG0000000000001',
      `Webhook ${HOOK_URL} gone at Calendly`,
    ])
    expect(shown('unknown', { organizationUri: 'https://api.calendly.com/organizations/NEW', webhookError })).toEqual([
      'At Calendly the access token is active',
      'moved to another organization than ORG0000000000001, which is stored here',
      'owner of organization NEW',
      'webhook not known: cannot reach it',
      `Webhook ${HOOK_URL} not known: Calendly could not be asked`,
    ])
    expect(shown('unknown', { role: null })[1]).toBe('no longer a member of the organization that is stored here')
  })

  test('statusHints() names a webhook that is gone with its possible cause, and whoever changed', () => {
    const gone = { ...ACCOUNT, webhook: ACCOUNT.webhook && { ...ACCOUNT.webhook, state: 'gone' as const } }
    expect(statusHints({ accounts: [gone, { ...ACCOUNT, name: 'ops', remote: { ...REMOTE, role: 'user' } }] }).map(String)).toEqual([
      'The webhook of sales is gone at Calendly (deleted there, or by Calendly itself because its receiver answered 410). To make it anew: calreconnect reconnect sales',
      'What is stored of ops is out of date: calreconnect reconnect ops',
    ])
  })

  test('statusHints() names what to run next', () => {
    expect(statusHints({ accounts: [] }).map(String)).toEqual(['No account is connected. Run: calreconnect connect'])
    expect(statusHints({ accounts: [ACCOUNT] }).map(String)).toEqual([])
    expect(statusHints({ accounts: [{ ...ACCOUNT, needsConnect: 'revoked' }] }).map(String)).toEqual([
      'sales must be connected again: calreconnect connect --name sales',
    ])
  })
})

describe('renderAccounts()', () => {
  test('renderAccounts() marks the one in use', () => {
    const accounts = [
      { ...ACCOUNT, inUse: false },
      { ...ACCOUNT, name: 'ops', isActive: false, webhook: null, inUse: true },
    ]
    expect(renderAccounts({ accounts }, { ...VIEW, columns: 120 }))
      .toBe(`   NAME   E-MAIL           ROLE   STATE         WEBHOOK                             ORGANIZATION
   sales  ada@example.com  owner  connected     ${HOOK_URL}  Acme Inc.
*  ops    ada@example.com  owner  disconnected  ${'-'.padEnd(HOOK_URL.length)}  Acme Inc.`)
  })

  test('renderAccounts() of none is nothing', () => {
    expect(renderAccounts({ accounts: [] }, VIEW)).toBe('')
  })
})

describe('renderConnect()', () => {
  test.each([
    ['oauth', '✓ Connected sales as ada@example.com (owner)'],
    ['personal_access_token', '✓ Connected sales as ada@example.com (owner), with a personal access token'],
    ['refreshed', '✓ Already connected: sales as ada@example.com (owner), token renewed'],
    ['still_valid', '✓ Already connected: sales as ada@example.com (owner)'],
  ] as const)('renderConnect() for %s', (authorization, text) => {
    expect(renderConnect({ account: ACCOUNT, authorization, webhook: null }, VIEW)).toBe(text)
  })

  test('connectHints() asks for a callback URL where there is no webhook', () => {
    expect(connectHints({ account: { ...ACCOUNT, webhook: null }, authorization: 'oauth', webhook: null }).map(String)).toEqual([
      'There is no webhook yet. Make one with: calreconnect reconnect sales --callback-url URL',
    ])
  })

  test('renderConnect() lets no control character through', () => {
    expect(renderConnect({ account: { ...ACCOUNT, name: 'a\u001b[31m' }, authorization: 'oauth', webhook: null }, VIEW)).not.toContain(
      '\u001b',
    )
  })
})

describe('renderReconnect()', () => {
  test('renderReconnect() of one shows it in full, of several a line each and a sum', () => {
    expect(renderReconnect({ results: [DONE] }, VIEW, { dryRun: false })).toBe('sales  token renewed\n✓ Nothing to do')
    expect(renderReconnect({ results: [DONE, FAILED] }, VIEW, { dryRun: false })).toBe(`✓ sales  token renewed, webhook as it should be
✗ ops  ops was revoked

1 of 2 accounts reconnected`)
  })

  test('reconnectHints() asks for a callback URL, and for the real run after a dry one', () => {
    expect(reconnectHints({ results: [DONE] }, { dryRun: false }).map(String)).toEqual([
      'sales has no callback URL yet: calreconnect reconnect sales --callback-url URL',
    ])
    const missing = { ...DONE, plan: { ...PLAN, steps: [createStep(aSpec(), 'missing')] } }
    expect(reconnectHints({ results: [missing] }, { dryRun: true }).map(String)).toEqual(['To do it: the same command'])
    expect(reconnectHints({ results: [DONE] }, { dryRun: true }).map(String)).toEqual([])
  })
})

describe('renderDisconnect()', () => {
  test('renderDisconnect() says what was done and what may be left behind', () => {
    const result = {
      account: 'sales',
      webhooksDeleted: ['u1', 'u2'],
      webhooksHandedOver: [],
      tokensRevoked: ['refresh'] as const,
      cleared: true,
      left: ['access_token'],
    }
    expect(renderDisconnect({ results: [result] }, VIEW, []))
      .toBe(`✓ Disconnected sales: 2 webhooks deleted, refresh token revoked, forgotten here
  May be left behind: the access token at Calendly`)
    expect(disconnectHints({ results: [result] }, []).map(String)).toEqual([
      'What may be left behind at Calendly can be removed there, under Integrations',
    ])
  })

  test('renderDisconnect() that stopped says what is left to do', () => {
    const result = {
      account: 'sales',
      webhooksDeleted: [],
      webhooksHandedOver: [],
      tokensRevoked: [],
      cleared: false,
      left: ['https://x/1', 'refresh_token', 'stored_tokens'],
    }
    expect(renderDisconnect({ results: [result] }, VIEW, [])).toBe(`✗ sales is not disconnected
  Left to do: https://x/1
  Left to do: the refresh token at Calendly
  Left to do: the tokens and keys stored here`)
  })
})
