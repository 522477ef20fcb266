// Growth subjects of what is done with an organization's subscriptions, and with captured deliveries: as growth-subjects.ts.

import { harRecorder } from '../../src/adapters/http/har.ts'
import { printedRequestsIn, requestsIn } from '../../src/adapters/captures/logged-request.ts'
import { inflate } from '../../src/adapters/captures/inflate.ts'
import { ndjsonIn } from '../../src/adapters/captures/ndjson.ts'
import { readSubscriptionPage } from '../../src/adapters/calendly/wire.ts'
import { judgeRequest } from '../../src/adapters/oauth/redirect-request.ts'
import { renderPlan } from '../../src/cli/render/plan.ts'
import type { Subscription } from '../../src/core/calendly/model.ts'
import { planPrune, type PruneCriteria } from '../../src/core/plan/prune.ts'
import { planReconcile } from '../../src/core/plan/reconcile.ts'
import { contradictionsOf } from '../../src/core/plan/tampered.ts'
import { verifyDelivery } from '../../src/core/signature/verdict.ts'
import { FILE_VIEW } from './audit.ts'
import { aSpec, aSubscription, knownOf, NOW_MS, ORGANIZATION, PLAN_HEAD, USER } from './builders.ts'
import { GIVEN_KEY, HEADER, SIGNED_AT } from './deliveries.ts'

const EVERYTHING: PruneCriteria = {
  duplicates: true,
  disabled: true,
  superseded: true,
  creatorGone: true,
  includeForeign: true,
  allButCurrent: true,
  urlGlobs: ['https://*.a.example/*', '*ngrok*'],
  olderThanMs: 86_400_000,
  keep: 1,
}

/** The prune plan of everything that can be selected, as a screen shows it. */
export function pruned(observed: readonly Subscription[]): unknown {
  const known = observed.map((one, index) => knownOf(one, { account: index % 2 === 0 ? 'acme' : 'other', origin: 'created' }))
  const plan = planPrune({
    ...PLAN_HEAD,
    observed: [...observed, aSubscription('CURRENT')],
    known,
    current: aSpec(),
    currentUri: aSubscription('CURRENT').uri,
    criteria: EVERYTHING,
    nowMs: NOW_MS,
    memberUris: { all: [USER], admins: [] },
  })
  return renderPlan(plan, FILE_VIEW)
}

/** What reconnect would do, and whether a file that says so could be honest. */
export function reconciled(observed: readonly Subscription[]): unknown {
  const known = observed.map((one) => knownOf(one))
  const plan = planReconcile({ ...PLAN_HEAD, observed, known, desired: aSpec(), userUri: USER })
  const now = { organizationUri: ORGANIZATION, userUri: USER, observed, known, withoutConnection: false }
  return contradictionsOf({ plan, before: observed }, now)
}

export function readOnTheWire(observed: readonly Subscription[]): unknown {
  const collection = observed.map(({ callbackUrl, createdAt, updatedAt, retryStartedAt, ...rest }) => ({
    ...rest,
    callback_url: callbackUrl,
    created_at: createdAt,
    updated_at: updatedAt,
    retry_started_at: retryStartedAt,
  }))
  return readSubscriptionPage.read({ collection, pagination: { count: collection.length, next_page: null, next_page_token: null } })
}

/** A whole HAR of so many exchanges, written as it grows. */
export function recorded(observed: readonly Subscription[]): unknown {
  const recorder = harRecorder({ file: '/dev/null', version: '0' })
  for (const { callbackUrl } of observed) {
    recorder.observe({
      method: 'GET',
      url: callbackUrl,
      requestHeaders: {},
      requestBody: null,
      status: 200,
      responseHeaders: {},
      responseBody: callbackUrl,
      startedAtMs: NOW_MS,
      durationMs: 1,
      attempt: 1,
      failure: null,
    })
  }
  return recorder.close?.()
}

/** The search for why a signature does not match, which anybody can start by posting to a receiver. */
export function diagnosed(text: string): unknown {
  return verifyDelivery({
    rawBody: Buffer.from(text, 'utf8'),
    header: HEADER,
    keys: [GIVEN_KEY],
    nowMs: SIGNED_AT * 1000,
    toleranceSeconds: null,
    inflate,
  })
}

export function searchedForCaptures(text: string): unknown {
  return [requestsIn(text), printedRequestsIn(text), ndjsonIn(text), requestsIn(`{"body":${text}`)]
}

const EXPECTED = { redirectUri: new URL('http://localhost:8917/callback'), state: 'state', issuer: 'https://auth.calendly.com' }

export function judged(text: string): unknown {
  return judgeRequest({ method: 'GET', target: `/callback?state=state&code=${text}`, hosts: ['localhost:8917'] }, EXPECTED)
}
