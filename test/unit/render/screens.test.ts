// Every table as it stands on four terminals: `screens/<name>.txt` holds each, to be read. A change of them is seen in review.
// Written anew with `npx vitest run --config test/vitest.config.ts --project unit -u test/unit/render/screens.test.ts`.

import stringWidth from 'fast-string-width'
import { describe, expect, test } from 'vitest'
import { renderAccounts, renderStatus } from '../../../src/cli/render/account.ts'
import { renderApps } from '../../../src/cli/render/app.ts'
import { renderAudit } from '../../../src/cli/render/audit/human.ts'
import { renderDisconnectPlan } from '../../../src/cli/render/disconnect.ts'
import { renderDiagnosis } from '../../../src/cli/render/doctor.ts'
import { renderKeys } from '../../../src/cli/render/keys.ts'
import { renderLog } from '../../../src/cli/render/log.ts'
import { renderChange, renderDryRun } from '../../../src/cli/render/plan.ts'
import { renderReconnect } from '../../../src/cli/render/reconnect.ts'
import { renderRun, renderRuns } from '../../../src/cli/render/runs.ts'
import { renderStoreInfo } from '../../../src/cli/render/store.ts'
import { PLAIN, type View } from '../../../src/cli/render/view.ts'
import { renderWebhooks } from '../../../src/cli/render/webhooks.ts'
import { describeSubscriptions, summarize } from '../../../src/core/audit/findings.ts'
import { about, failed, found } from '../../../src/core/doctor/check.ts'
import { next } from '../../../src/core/errors/advice.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { planDelete, planReconcile } from '../../../src/core/plan/reconcile.ts'
import { auditDocument, MEMBERS } from '../../support/audit.ts'
import {
  aSpec,
  aSubscription,
  aUserSubscription,
  HOOK_URL,
  knownOf,
  LEFT_USER,
  NOW_MS,
  ORGANIZATION,
  PLAN_HEAD,
  subscriptionUri,
  USER,
} from '../../support/builders.ts'

const WIDTHS = [40, 80, 120, 200]
/** Around a table: sums, and what is to be known of it. */
const IS_SENTENCE = /^(?:[✓✗] |Would |Cannot be restored|\d+ (?:subscriptions|keys)|sales: delete)/
const DAY_MS = 86_400_000
const ago = (ms: number): string => new Date(NOW_MS - ms).toISOString()

const IDS = {
  live: '6c5a1d2e-8f0b-4c1d-9e2f-3a4b5c6d7e8f',
  tunnel: '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9',
  dead: '9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a',
  left: '11112222-3333-4444-8555-666677778888',
} as const
const LONG_URL =
  'https://calendly-webhooks.eu-central-1.scheduling.acme-enterprises.example/v2/integrations/calendly/incoming?tenant=emea&token=s3cr3t-t0ken-value'
const ALL_EVENTS = [
  'invitee.created',
  'invitee.canceled',
  'invitee_no_show.created',
  'invitee_no_show.deleted',
  'routing_form_submission.created',
]

const SUBSCRIPTIONS = [
  aSubscription(IDS.live),
  aSubscription(IDS.tunnel, { callbackUrl: 'https://2f1c-84-112-33-7.ngrok-free.app/calendly', createdAt: ago(400 * DAY_MS) }),
  aUserSubscription(IDS.dead, { callbackUrl: LONG_URL, events: ALL_EVENTS, retryStartedAt: ago(5 * 3_600_000), createdAt: ago(90_000) }),
  aSubscription(IDS.left, { callbackUrl: 'http://old.acme.example/', state: 'disabled', creator: LEFT_USER }),
]
const KNOWN = [knownOf(aSubscription(IDS.live))]
const ROWS = describeSubscriptions(SUBSCRIPTIONS, KNOWN)

const ACCOUNT = {
  name: 'sales',
  email: 'ada@example.com',
  userUri: USER,
  organizationUri: ORGANIZATION,
  organizationName: 'Acme Inc.',
  role: 'owner' as const,
  auth: 'oauth' as const,
  isActive: true,
  needsConnect: null,
  tokenExpiresAt: new Date(NOW_MS + 3_600_000).toISOString(),
  scopes: ['users:read', 'organizations:read', 'webhooks:read', 'webhooks:write', 'scheduled_events:read'],
  webhook: {
    uri: subscriptionUri(IDS.live),
    callbackUrl: HOOK_URL,
    scope: 'organization' as const,
    events: ALL_EVENTS,
    state: 'active' as const,
    signingKeyStored: true,
    retryStartedAt: null,
  },
}
const ACCOUNTS = [
  { ...ACCOUNT, inUse: true },
  {
    ...ACCOUNT,
    name: 'customer-4711-northern-europe',
    email: 'wolfeschlegelsteinhausenbergerdorff@customers.example.com',
    organizationName: 'Wolfeschlegelsteinhausen and Daughters Scheduling Ltd.',
    role: 'user' as const,
    needsConnect: 'lost_response' as const,
    webhook: { ...ACCOUNT.webhook, callbackUrl: LONG_URL },
    inUse: false,
  },
  { ...ACCOUNT, name: '東京オフィス', isActive: false, webhook: null, inUse: false },
]

const DELETES = planDelete({ ...PLAN_HEAD, targets: SUBSCRIPTIONS.slice(1) })

const RUN = {
  id: '5d1f8f0e-7f43-4b9e-8b57-0a1b2c3d4e5f',
  command: 'webhooks prune',
  account: 'sales',
  startedAt: ago(3 * 3_600_000),
  finishedAt: ago(3 * 3_600_000 - 2_400),
  status: 'partial' as const,
  stepsTotal: 3,
  stepsDone: 1,
  stepsFailed: 1,
  unsettled: 1,
  settledBy: null,
}
const RUNS = [
  RUN,
  {
    ...RUN,
    id: 'a7c3e1f0-0000-4000-8000-000000000001',
    command: 'reconnect',
    account: 'customer-4711-northern-europe',
    status: 'done' as const,
    stepsDone: 3,
    stepsFailed: 0,
    unsettled: 0,
  },
  {
    ...RUN,
    id: '3e5d7c9b-0000-4000-8000-000000000002',
    status: 'open' as const,
    finishedAt: null,
    settledBy: 'a7c3e1f0-0000-4000-8000-000000000001',
  },
]

const KEY = {
  webhookUri: subscriptionUri(IDS.live),
  account: 'sales',
  callbackUrl: HOOK_URL,
  scope: 'organization',
  managed: true,
  isActive: true,
  current: true,
  since: ago(12 * DAY_MS),
}

const LOGGED = {
  at: ago(61_000),
  runId: RUN.id,
  account: 'sales',
  method: 'GET',
  path: '/users/me',
  attempt: 1,
  durationMs: 143,
  status: 200,
  title: null,
  message: null,
  details: [],
  requestId: 'a1b2c3d4e5f60718',
  failure: null,
  requestBody: null,
  responseBody: null,
}

const APP = {
  clientId: 'Wq3-dZr8vK1yN0aTtHh2u6s5pLxXcMbJ9gEoFiRkQwY',
  name: 'Production',
  kind: 'web' as const,
  from: 'store' as const,
  inUse: true,
  secretStored: true,
  accounts: ['sales', 'customer-4711-northern-europe'],
}

const CHECKS = [
  found(about('version'), 'ok', 'calreconnect 0.1.0'),
  found(about('store_permissions'), 'fixed', 'Others could read the store (0644); it is 0600 now'),
  failed(
    about('redirect_port'),
    new CalreconnectError('PORT_TAKEN', 'http://localhost:8917/callback cannot be opened: another program listens there', {
      hint: next('connect', '--redirect-uri', 'URI'),
    }),
  ),
  found(
    about('subscription', 'customer-4711-northern-europe'),
    'warning',
    '1 subscription has been retrying for 5 hours',
    next('webhooks', 'audit'),
  ),
  found(about('role', 'sales'), 'skipped', 'The token cannot be used'),
]

const DISCONNECT = {
  account: 'sales',
  webhooksDeleted: [],
  webhooksHandedOver: [
    { uri: subscriptionUri(IDS.live), callbackUrl: LONG_URL, to: 'customer-4711-northern-europe', toNeedsConnect: false },
  ],
  tokensRevoked: [],
  cleared: false,
  left: [...SUBSCRIPTIONS.slice(1).map(({ uri }) => uri), 'refresh_token', 'access_token', 'stored_tokens'],
  plan: DELETES,
}

const RECONCILED = planReconcile({
  ...PLAN_HEAD,
  observed: SUBSCRIPTIONS,
  known: KNOWN,
  desired: aSpec({ events: ['invitee.created'] }),
  userUri: USER,
})

const FAILURE = {
  code: 'CALENDLY_FORBIDDEN',
  exit: 'refused',
  message: 'Calendly refused: the plan of Acme Inc. has no webhooks',
  hint: null,
} as const

/** @param isTable no line may be wider than the terminal; else only commands, URLs and sentences may */
const SCREENS: readonly (readonly [name: string, isTable: boolean, render: (view: View) => string])[] = [
  ['webhooks list', true, (view) => renderWebhooks({ organizationUri: ORGANIZATION, webhooks: ROWS, summary: summarize(ROWS) }, view)],
  ['prune plan', true, (view) => renderDryRun(DELETES, view)],
  ['reconnect plan', true, (view) => renderDryRun(RECONCILED, view)],
  [
    'partly done',
    true,
    (view) =>
      renderChange(
        {
          plan: DELETES,
          applied: DELETES.steps.slice(0, 1).map((step) => ({ ...step, outcome: 'deleted' as const })),
          failed: DELETES.steps.slice(1, 2).map((step) => ({ ...step, error: FAILURE })),
        },
        view,
        { dryRun: false },
      ),
  ],
  ['disconnect plan', true, (view) => renderDisconnectPlan({ results: [DISCONNECT] }, view)],
  ['accounts list', true, (view) => renderAccounts({ accounts: ACCOUNTS }, view)],
  ['status', false, (view) => renderStatus({ accounts: ACCOUNTS }, view)],
  [
    'reconnect all',
    false,
    (view) =>
      renderReconnect(
        {
          results: [
            { account: 'sales', authorization: 'refreshed', plan: RECONCILED, applied: [], failed: [] },
            { account: 'customer-4711-northern-europe', authorization: null, plan: null, applied: [], failed: [], error: FAILURE },
          ],
        },
        view,
        { dryRun: false },
      ),
  ],
  ['runs', true, (view) => renderRuns({ runs: RUNS }, view)],
  [
    'run',
    false,
    (view) =>
      renderRun(
        {
          run: { ...RUN, plan: DELETES },
          steps: DELETES.steps.map((step, index) => ({
            ...step,
            index,
            status: (['done', 'failed', 'unsettled'] as const)[index] ?? 'not_begun',
            outcome: index === 0 ? 'deleted' : null,
            newUri: null,
            gapMs: null,
            error: index === 1 ? FAILURE : null,
            backup: true,
            startedAt: RUN.startedAt,
            settledAt: index === 2 ? null : RUN.finishedAt,
          })),
          next: next('webhooks', 'restore', RUN.id),
        },
        view,
      ),
  ],
  [
    'webhooks keys',
    true,
    (view) =>
      renderKeys(
        {
          keys: [
            KEY,
            { ...KEY, current: false, since: ago(40 * DAY_MS) },
            { ...KEY, webhookUri: subscriptionUri(IDS.dead), account: null, callbackUrl: LONG_URL, managed: false, isActive: false },
          ],
        },
        view,
      ),
  ],
  [
    'app show',
    true,
    (view) =>
      renderApps(
        {
          apps: [
            APP,
            { ...APP, clientId: 'dev', name: null, kind: 'native', from: 'environment', inUse: false, secretStored: false, accounts: [] },
          ],
        },
        view,
      ),
  ],
  [
    'log',
    true,
    (view) =>
      renderLog(
        {
          entries: [
            LOGGED,
            {
              ...LOGGED,
              method: 'POST',
              path: '/webhook_subscriptions',
              status: 400,
              title: 'Invalid Argument',
              message: 'The supplied parameters are invalid.',
              details: [{ parameter: 'events', message: 'routing_form_submission.created is not available to your plan' }],
            },
            {
              ...LOGGED,
              method: 'DELETE',
              path: `/webhook_subscriptions/${IDS.dead}`,
              account: 'customer-4711-northern-europe',
              status: null,
              requestId: null,
              failure: 'TIMEOUT: api.calendly.com did not answer in time (UND_ERR_HEADERS_TIMEOUT)',
              durationMs: 30_004,
              attempt: 3,
            },
          ],
        },
        view,
      ),
  ],
  ['audit', false, (view) => renderAudit([auditDocument(SUBSCRIPTIONS, { known: KNOWN, memberships: MEMBERS })], view)],
  ['doctor', false, (view) => renderDiagnosis({ checks: CHECKS, summary: { ok: 1, fixed: 1, warning: 1, failed: 1, skipped: 1 } }, view)],
  [
    'store info',
    false,
    (view) =>
      renderStoreInfo(
        {
          path: '/home/ada/.local/share/calreconnect/calreconnect.db',
          schemaVersion: 7,
          sizeBytes: 245_760,
          integrity: 'ok',
          keySource: 'key file /home/ada/.config/calreconnect/calreconnect.key',
          permissions: { file: '0600', folder: '0700', private: true },
          keyUsable: true,
          keyPlaces: [],
        },
        view,
      ),
  ],
]

describe.each(SCREENS)('the screen of %s', (name, isTable, render) => {
  test.each(isTable ? WIDTHS : [])(`${name} fits a terminal of %i columns`, (columns) => {
    const wide = render({ columns, nowMs: NOW_MS, paint: PLAIN })
      .split('\n')
      .filter((line) => stringWidth(line) > columns && !IS_SENTENCE.test(line))
    expect(wide).toEqual([])
  })

  test(`${name} looks as it was reviewed`, async () => {
    const screens = WIDTHS.map(
      (columns) => `${`── ${columns} columns `.padEnd(columns, '─')}\n${render({ columns, nowMs: NOW_MS, paint: PLAIN })}\n`,
    )
    await expect(screens.join('\n')).toMatchFileSnapshot(`screens/${name.replaceAll(' ', '-')}.txt`)
  })
})
