// What people read of webhooks, plans and verdicts.

import { describe, expect, test } from 'vitest'
import { describeSubscriptions, summarize } from '../../../src/core/audit/findings.ts'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { AppliedStep, FailedStep, Plan } from '../../../src/core/plan/model.ts'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { renderChange, renderDryRun, renderPlan, whatOf } from '../../../src/cli/render/plan.ts'
import { PLAIN, type View } from '../../../src/cli/render/view.ts'
import { renderVerify } from '../../../src/cli/render/verify.ts'
import { listHints, renderWebhook, renderWebhooks } from '../../../src/cli/render/webhooks.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const VIEW: View = { columns: 100, nowMs: NOW, paint: PLAIN }
const ORGANIZATION = 'https://api.calendly.com/organizations/ORG'

function subscription(id: string, fields: Partial<Subscription> = {}): Subscription {
  return {
    uri: `https://api.calendly.com/webhook_subscriptions/${id}`,
    callbackUrl: 'https://example.com/hook',
    createdAt: '2026-11-20T12:00:00.000000Z',
    updatedAt: '2026-11-20T12:00:00.000000Z',
    retryStartedAt: null,
    state: 'active',
    events: ['invitee.created'],
    scope: 'organization',
    organization: ORGANIZATION,
    user: null,
    group: null,
    creator: null,
    ...fields,
  }
}

function listOf(...subscriptions: Subscription[]) {
  const webhooks = describeSubscriptions(subscriptions, [])
  return { organizationUri: ORGANIZATION, webhooks, summary: summarize(webhooks) }
}

function planOf(...subscriptions: Subscription[]): Plan {
  return planDelete({ account: 'me', organizationUri: ORGANIZATION, madeAt: '2026-11-22T12:00:00.000Z', targets: subscriptions })
}

describe('renderWebhooks()', () => {
  test('renderWebhooks() aligns columns without borders and sums up', () => {
    expect(
      renderWebhooks(listOf(subscription('AAAA'), subscription('BBBB', { state: 'disabled', callbackUrl: 'https://b.example.com/' })), {
        ...VIEW,
        columns: 200,
      }),
    ).toBe(
      [
        'STATE     SCOPE         CALLBACK URL              EVENTS           CREATED     MANAGED  ID',
        'active    organization  https://example.com/hook  invitee.created  2 days ago  no       AAAA',
        'disabled  organization  https://b.example.com/    invitee.created  2 days ago  no       BBBB',
        '',
        '2 subscriptions: 1 active, 1 disabled · 0 managed, 2 foreign · 2 distinct URLs',
      ].join('\n'),
    )
  })

  test.each([80, 100, 120, 200])(
    'renderWebhooks() fits a terminal of %i columns and shows as much of an id as tells it apart',
    (columns) => {
      const id = '0c3d5e6f-7a8b-4d0e-9c7a-2a3f8f4e5f0b'
      const long = subscription(id, {
        callbackUrl: `https://example.com/${'x'.repeat(300)}`,
        events: ['invitee.created', 'invitee.canceled'],
      })
      const lines = renderWebhooks(listOf(long), { ...VIEW, columns })
        .split('\n')
        .slice(0, 2)
      expect({ fits: lines.every((line) => line.length <= columns), short: lines[1]?.endsWith(`  ${id.slice(0, 8)}`) }).toEqual({
        fits: true,
        short: true,
      })
    },
  )

  test('renderWebhooks() leaves out the least important columns first', () => {
    const id = '0c3d5e6f-7a8b-4d0e-9c7a-2a3f8f4e5f0b'
    const long = subscription(id, { callbackUrl: `https://example.com/${'x'.repeat(300)}` })
    const head = (columns: number): string | undefined =>
      renderWebhooks(listOf(long), { ...VIEW, columns })
        .split('\n')[0]
        ?.replaceAll(/ {2,}/g, '|')
    expect([62, 80, 100].map(head)).toEqual([
      'STATE|CALLBACK URL|MANAGED|ID',
      'STATE|SCOPE|CALLBACK URL|MANAGED|ID',
      'STATE|SCOPE|CALLBACK URL|EVENTS|CREATED|MANAGED|ID',
    ])
  })

  test('renderWebhooks() in a pipe has whole values and no summary', () => {
    const id = '0c3d5e6f-7a8b-4d0e-9c7a-2a3f8f4e5f0b'
    const [head, row, ...others] = renderWebhooks(listOf(subscription(id, { events: ['invitee.created', 'invitee.canceled'] })), {
      ...VIEW,
      columns: Number.POSITIVE_INFINITY,
    }).split('\n')
    expect([head, row, others]).toEqual([
      'STATE\tSCOPE\tCALLBACK_URL\tEVENTS\tCREATED\tMANAGED\tFINDINGS\tID',
      `active\torganization\thttps://example.com/hook\tinvitee.created,invitee.canceled\t2026-11-20T12:00:00.000000Z\tno\t\t${id}`,
      [],
    ])
  })

  test('renderWebhooks() says how long one has been retrying', () => {
    expect(renderWebhooks(listOf(subscription('A', { retryStartedAt: '2026-11-22T09:00:00Z' })), { ...VIEW, columns: 120 })).toContain(
      'retrying 3 hours',
    )
  })

  test('renderWebhooks() shows findings that no other column tells, and no such column without any', () => {
    expect(renderWebhooks(listOf(subscription('A', { callbackUrl: 'http://a.ngrok.app/' })), { ...VIEW, columns: 120 })).toContain(
      'ephemeral host, insecure url',
    )
    expect(renderWebhooks(listOf(subscription('A')), { ...VIEW, columns: 120 })).not.toContain('FINDINGS')
  })

  test('renderWebhooks() prints nothing for nothing; the hint says what to do', () => {
    const empty = listOf()
    expect({
      text: renderWebhooks(empty, VIEW),
      hints: listHints(empty, false).map(String),
      filtered: listHints(empty, true).map(String),
    }).toEqual({
      text: '',
      hints: ['No webhook subscriptions yet. Make one: calreconnect reconnect --callback-url URL'],
      filtered: ['No subscription fits. All of them: calreconnect webhooks list'],
    })
  })

  test('renderWebhooks() lets no control character of a URL reach the terminal', () => {
    expect(renderWebhooks(listOf(subscription('A', { callbackUrl: 'https://x.test/\u001b[31m' })), VIEW)).not.toContain('\u001b')
  })
})

describe('renderWebhook()', () => {
  test('renderWebhook() with a key prints the key and nothing else', () => {
    const [webhook] = describeSubscriptions([subscription('A')], [])
    expect(webhook && renderWebhook({ webhook, signingKey: 'the-key' }, VIEW)).toBe('the-key')
  })

  test('renderWebhook() says that a key is not known', () => {
    const [webhook] = describeSubscriptions([subscription('A')], [])
    expect(webhook && renderWebhook({ webhook }, VIEW)).toContain('Signing key   not known here')
  })
})

describe('renderPlan()', () => {
  test('renderPlan() is a line a step, with only so many rows before a question', () => {
    const plan = planOf(subscription('A'), subscription('B'), subscription('C'))
    const text = renderPlan(plan, VIEW, { rowsMax: 2 })
    expect({ lines: text.split('\n').length, last: text.split('\n').at(-1) }).toEqual({ lines: 4, last: '… and 1 more' })
  })

  test('whatOf() names the numbers', () => {
    expect([whatOf(planOf(subscription('A'))), whatOf(planOf(subscription('A'), subscription('B'))), whatOf(planOf())]).toEqual([
      'delete 1 subscription',
      'delete 2 subscriptions',
      '',
    ])
  })

  test('renderDryRun() says that nothing was changed', () => {
    expect(renderDryRun(planOf(subscription('A')), VIEW)).toContain('Would delete 1 subscription; nothing was changed')
    expect(renderDryRun(planOf(), VIEW)).toBe('Nothing to do')
  })

  test('renderChange() sums up what was done, what had gone, what failed and what was not begun', () => {
    const plan = planOf(subscription('A'), subscription('B'), subscription('C'), subscription('D'))
    const [a, b, c] = plan.steps
    if (a === undefined || b === undefined || c === undefined) throw new Error('three steps')
    const applied: AppliedStep[] = [
      { ...a, outcome: 'deleted' },
      { ...b, outcome: 'already_gone' },
    ]
    const failed: FailedStep[] = [{ ...c, error: { code: 'CALENDLY_FORBIDDEN', exit: 'refused', message: 'Calendly refused', hint: null } }]
    const text = renderChange({ plan, applied, failed }, VIEW, { dryRun: false })
    expect(text.split('\n').slice(-2)).toEqual([
      '✗ delete C https://example.com/hook: Calendly refused',
      '✗ Deleted 1 subscription, 1 was gone already, 1 failed, 1 not begun',
    ])
  })

  test('renderChange() tells the gap of a replacement', () => {
    const plan = planOf(subscription('A'))
    const step = {
      action: 'replace',
      why: 'matched',
      scope: 'organization',
      overlap: false,
      replacedUrl: 'https://example.com/hook',
      outcome: 'replaced',
    } as const
    const [a] = plan.steps
    if (a?.action !== 'delete') throw new Error('a delete')
    const replaced = (gapMs: number): string | undefined =>
      renderChange({ plan: { ...plan, steps: [{ ...a, ...step }] }, applied: [{ ...a, ...step, gapMs }], failed: [] }, VIEW, {
        dryRun: false,
      })
        .split('\n')
        .at(-1)
    expect([replaced(90), replaced(0)]).toEqual([
      '✓ Replaced 1 subscription, 90 ms without a subscription',
      '✓ Replaced 1 subscription, without a gap',
    ])
  })
})

describe('renderVerify()', () => {
  const one = { index: 0, timestamp: '2026-11-22T11:59:00.000Z', ageSeconds: 60, hint: null }
  const ok = {
    ...one,
    valid: true,
    reason: 'ok',
    key: { source: 'store', account: 'sales', webhookUri: 'https://x/webhook_subscriptions/W' },
  } as const
  const bad = { ...one, index: 1, valid: false, reason: 'wrong_key', key: null, hint: 'Signed with another key' } as const

  test('renderVerify() of one delivery names the key', () => {
    expect(renderVerify({ total: 1, valid: 1, invalid: 0, unknown: 0, results: [ok] }, VIEW, { all: false })).toBe(
      '✓ authentic  signed 1 minute ago  key: sales W\n✓ 1 delivery: authentic',
    )
  })

  test('renderVerify() numbers several and sums up, and leaves hints to the command', () => {
    expect(renderVerify({ total: 2, valid: 1, invalid: 1, unknown: 0, results: [ok, bad] }, VIEW, { all: false })).toBe(
      [
        '1  ✓ authentic  signed 1 minute ago  key: sales W',
        '2  ✗ no key matches  signed 1 minute ago',
        '✗ 2 deliveries: 1 authentic, 1 not authentic',
      ].join('\n'),
    )
  })

  test('renderVerify() without a key says that nobody can tell', () => {
    const unknown = { ...bad, index: 0, reason: 'no_key' } as const
    expect(renderVerify({ total: 1, valid: 0, invalid: 0, unknown: 1, results: [unknown] }, VIEW, { all: false })).toBe(
      '? cannot tell: no signing key is known  signed 1 minute ago\n? 1 delivery: cannot be judged',
    )
  })

  test('renderVerify() of many lists what is wrong only', () => {
    const results = Array.from({ length: 30 }, (_, index) => ({ ...(index === 7 ? bad : ok), index }))
    const text = renderVerify({ total: 30, valid: 29, invalid: 1, unknown: 0, results }, VIEW, { all: false })
    expect(text.split('\n').filter((line) => line.includes('✓')).length).toBe(0)
  })
})
