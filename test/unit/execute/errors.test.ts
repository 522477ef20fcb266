// What the executor's failures mean for the exit code and the person.

import { describe, expect, test } from 'vitest'
import { CalreconnectError, reportError } from '../../../src/core/errors/errors.ts'
import type { FailedStep, Plan } from '../../../src/core/plan/model.ts'
import { conflictError, endsTheRun, explained, isUnclear, problemOf } from '../../../src/operations/execute/errors.ts'
import { webhookUri } from '../../../src/operations/webhooks/get.ts'

const SPEC = {
  callbackUrl: 'https://example.com/hook',
  events: ['invitee.created'],
  scope: 'organization' as const,
  organization: 'https://api.calendly.com/organizations/ORG',
  user: null,
  group: null,
}
const STEP = {
  action: 'delete' as const,
  why: 'matched' as const,
  uri: 'u',
  state: 'active' as const,
  createdAt: '2026-01-01T00:00:00Z',
  ...SPEC,
}
const planOf = (steps: number): Plan => ({
  version: 1,
  account: 'me',
  organizationUri: 'o',
  madeAt: 'm',
  steps: Array.from({ length: steps }, () => STEP),
})
const failed: FailedStep = {
  ...STEP,
  error: reportError(new CalreconnectError('CALENDLY_FORBIDDEN', 'Calendly refused', { status: 403, hint: 'do this' })),
}
const applied = { ...STEP, outcome: 'deleted' as const }

describe('problemOf()', () => {
  test.each([
    ['nothing failed', planOf(1), { applied: [applied], failed: [] }, null],
    ['the only step failed', planOf(1), { applied: [], failed: [failed] }, 'CALENDLY_FORBIDDEN'],
    ['all failed', planOf(2), { applied: [], failed: [failed, failed] }, 'CALENDLY_FORBIDDEN'],
    ['some failed', planOf(2), { applied: [applied], failed: [failed] }, 'PARTIAL'],
  ])('problemOf() when %s', (_name, plan, result, code) => {
    expect(problemOf(plan, result, 'again')?.code ?? null).toBe(code)
  })

  test('problemOf() keeps what Calendly answered', () => {
    const problem = problemOf(planOf(1), { applied: [], failed: [failed] }, 'again')
    expect({ message: problem?.message, hint: problem?.hint, status: problem?.answer.status }).toEqual({
      message: 'Calendly refused',
      hint: 'do this',
      status: 403,
    })
  })

  test('problemOf() counts what was not begun', () => {
    expect(problemOf(planOf(9), { applied: [applied], failed: [failed] }, 'again')?.message).toBe(
      '1 of 9 steps were done, 1 failed, 7 not begun: Calendly refused',
    )
  })
})

describe('executor errors', () => {
  test('isUnclear() is true only where the request may have been processed', () => {
    const errors = [
      new CalreconnectError('TIMEOUT', 't'),
      new CalreconnectError('NETWORK', 'n', { requestSent: false }),
      new CalreconnectError('CALENDLY_SERVER_ERROR', 's', { status: 502 }),
      new CalreconnectError('CALENDLY_CONFLICT', 'c', { status: 409 }),
      new Error('else'),
    ]
    expect(errors.map(isUnclear)).toEqual([true, false, true, false, false])
  })

  test('endsTheRun() is true for what would fail every other step too', () => {
    const errors = (
      ['CALENDLY_UNAUTHENTICATED', 'NEEDS_CONNECT', 'RATE_LIMITED', 'NETWORK', 'CALENDLY_SERVER_ERROR', 'CALENDLY_FORBIDDEN'] as const
    ).map((code) => new CalreconnectError(code, ''))
    expect(errors.map(endsTheRun)).toEqual([true, true, true, true, false, false])
  })

  test('explained() adds to a 400 that the token may lack a scope, and leaves other errors alone', () => {
    const bad = explained(new CalreconnectError('CALENDLY_BAD_REQUEST', 'b', { status: 400 }), SPEC, null)
    const other = new CalreconnectError('CALENDLY_FORBIDDEN', 'f')
    expect({
      hint: bad instanceof CalreconnectError && bad.hint?.includes('scheduled_events:read'),
      other: explained(other, SPEC, null) === other,
    }).toEqual({
      hint: true,
      other: true,
    })
  })

  test('conflictError() without a culprit offers another URL', () => {
    expect(conflictError(SPEC, null, { cause: new CalreconnectError('CALENDLY_CONFLICT', 'c') }).hint).toContain(
      "'https://example.com/hook?calreconnect=1'",
    )
  })
})

describe('webhookUri()', () => {
  test.each([
    ['AAAAAAAAAAAAAAAA', 'https://api.calendly.com/webhook_subscriptions/AAAAAAAAAAAAAAAA'],
    ['0c3d5e6f-7a8b-4d0e-9c7a-2a3f8f4e5f0b', 'https://api.calendly.com/webhook_subscriptions/0c3d5e6f-7a8b-4d0e-9c7a-2a3f8f4e5f0b'],
    ['https://api.calendly.com/webhook_subscriptions/AAAA', 'https://api.calendly.com/webhook_subscriptions/AAAA'],
  ])('webhookUri() makes %s a full URI', (text, uri) => {
    expect(webhookUri(text)).toBe(uri)
  })

  test.each(['', 'a b', '../users/me', 'https://example.com/hook'])('webhookUri() refuses %j', (text) => {
    expect(() => webhookUri(text)).toThrow('Neither the URI nor the id')
  })
})
