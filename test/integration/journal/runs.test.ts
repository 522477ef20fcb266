// The journal as `runs` and `log` show it, from a real store.

import { afterEach, expect, test } from 'vitest'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { createStep, planOf } from '../../../src/core/plan/steps.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { type LogQuery, readLog } from '../../../src/operations/journal/log.ts'
import { listRuns, showRun } from '../../../src/operations/journal/runs.ts'
import { renderLog } from '../../../src/cli/render/log.ts'
import { renderRun, renderRuns } from '../../../src/cli/render/runs.ts'
import { PLAIN, type View } from '../../../src/cli/render/view.ts'
import { aSpec, aSubscription, ORGANIZATION } from '../../support/builders.ts'
import { DESIRED, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'

const HEAD = { account: 'me', organizationUri: ORGANIZATION, madeAt: '2026-11-22T12:00:00.000Z' }
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)
const TIME = expect.stringMatching(/^\d{4}-.*Z$/)

const rigs: WebhookRig[] = []
async function rigOf(): Promise<WebhookRig> {
  const rig = await webhookRig()
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const view = (columns = Number.POSITIVE_INFINITY): View => ({ columns, nowMs: Date.now(), paint: PLAIN })
const list = (rig: WebhookRig, account: string | null = null, limit = 50) => listRuns(rig.store, { account, limit })

/** A run of three deletions: one settled, one failed, one begun; a fourth not begun. */
async function brokenRun(rig: WebhookRig): Promise<string> {
  const targets = ['A', 'B', 'C', 'D'].map((id, at) => aSubscription(id, { createdAt: `2026-11-0${at + 1}T00:00:00.000000Z` }))
  const plan = planDelete({ ...HEAD, targets })
  const { runs } = rig.store
  const runId = await runs.begin('webhooks delete', plan)
  for (const [index, step] of plan.steps.slice(0, 3).entries()) {
    const backup = targets[index] ?? null
    await runs.intend(runId, index, { step, signingKey: null, origin: 'created', remoteStartedAtMs: 0, seenBefore: [], backup })
  }
  await runs.settle(runId, 0, { outcome: 'deleted' })
  await runs.fail(runId, 1, { code: 'CALENDLY_FORBIDDEN', exit: 'refused', message: 'Calendly said no', hint: 'Ask an admin' })
  return runId
}

test('listRuns has nothing to tell of a fresh store', async () => {
  const rig = await rigOf()
  expect(await list(rig)).toEqual({ runs: [] })
  expect(renderRuns({ runs: [] }, view())).toBe('No runs: nothing was changed at Calendly yet')
})

test('listRuns counts the steps of a finished run', async () => {
  const rig = await rigOf()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  expect(await list(rig)).toEqual({
    runs: [
      {
        id: UUID,
        command: 'reconnect',
        account: 'me',
        startedAt: TIME,
        finishedAt: TIME,
        status: 'done',
        stepsTotal: 1,
        stepsDone: 1,
        stepsFailed: 0,
        unsettled: 0,
        settledBy: null,
      },
    ],
  })
})

test('listRuns puts open and unsettled runs first, however old, and the others newest first', async () => {
  const rig = await rigOf()
  const open = await brokenRun(rig)
  const unsettled = await brokenRun(rig)
  await rig.store.runs.finish(unsettled, 'partial')
  const first = await rig.store.runs.begin('webhooks delete', planOf(HEAD, []))
  await rig.store.runs.finish(first, 'done')
  const second = await rig.store.runs.begin('webhooks delete', planOf(HEAD, []))
  await rig.store.runs.finish(second, 'done')
  expect((await list(rig)).runs.map(({ id }) => id)).toEqual([unsettled, open, second, first])
  expect((await list(rig, null, 1)).runs).toHaveLength(1)
})

test('listRuns finds an unsettled create beyond its limit', async () => {
  const rig = await rigOf()
  const step = createStep(aSpec(), 'missing')
  const lost = await rig.store.runs.begin('reconnect', planOf(HEAD, [step]))
  const intent = { step, signingKey: new Secret('k'), origin: 'connection', remoteStartedAtMs: 0, seenBefore: [], backup: null } as const
  await rig.store.runs.intend(lost, 0, intent)
  await rig.store.runs.finish(lost, 'failed')
  for (let at = 0; at < 3; at += 1) await rig.store.runs.finish(await rig.store.runs.begin('reconnect', planOf(HEAD, [])), 'done')
  expect((await list(rig, null, 2)).runs.map(({ id, unsettled }) => [id === lost, unsettled])).toEqual([
    [true, 1],
    [false, 0],
  ])
})

test('listRuns of one account knows it by e-mail, and by a name that no connection has any more', async () => {
  const rig = await rigOf()
  await rig.store.runs.begin('reconnect', planOf(HEAD, []))
  await rig.store.runs.begin('disconnect', planOf({ ...HEAD, account: 'gone' }, []))
  expect((await list(rig, 'owner@example.com')).runs.map(({ account }) => account)).toEqual(['me'])
  expect((await list(rig, 'gone')).runs.map(({ account }) => account)).toEqual(['gone'])
  expect((await list(rig, 'nobody')).runs).toEqual([])
})

test('showRun tells each step: done, failed with its error, unsettled, not begun', async () => {
  const rig = await rigOf()
  const runId = await brokenRun(rig)
  const { run, steps, next } = await showRun(rig.store, runId.slice(0, 8))
  expect({ ...run, plan: run.plan.steps.length }).toEqual({
    id: runId,
    command: 'webhooks delete',
    account: 'me',
    startedAt: TIME,
    finishedAt: null,
    status: 'open',
    stepsTotal: 4,
    stepsDone: 1,
    stepsFailed: 1,
    unsettled: 1,
    settledBy: null,
    plan: 4,
  })
  expect(steps.map(({ index, status, outcome, backup, error }) => ({ index, status, outcome, backup, error }))).toEqual([
    { index: 0, status: 'done', outcome: 'deleted', backup: true, error: null },
    {
      index: 1,
      status: 'failed',
      outcome: null,
      backup: true,
      error: { code: 'CALENDLY_FORBIDDEN', exit: 'refused', message: 'Calendly said no', hint: 'Ask an admin' },
    },
    { index: 2, status: 'unsettled', outcome: null, backup: true, error: null },
    { index: 3, status: 'not_begun', outcome: null, backup: false, error: null },
  ])
  expect(String(next)).toBe('calreconnect webhooks list --account me')
})

test('showRun suggests the restore of what was deleted, and reconnect where reconnect was left half done', async () => {
  const rig = await rigOf()
  const target = aSubscription('A')
  const plan = planDelete({ ...HEAD, targets: [target] })
  const [step] = plan.steps
  if (step === undefined) throw new Error('no step')
  const intent = { step, signingKey: null, origin: 'created', remoteStartedAtMs: 0, seenBefore: [], backup: target } as const
  const done = await rig.store.runs.begin('webhooks prune', plan)
  await rig.store.runs.intend(done, 0, intent)
  await rig.store.runs.settle(done, 0, { outcome: 'deleted' })
  await rig.store.runs.finish(done, 'done')
  const half = await rig.store.runs.begin('reconnect', plan)
  await rig.store.runs.intend(half, 0, intent)
  expect(String((await showRun(rig.store, done)).next)).toBe(`calreconnect webhooks restore ${done}`)
  expect(String((await showRun(rig.store, half)).next)).toBe('calreconnect reconnect --account me')
})

test('showRun refuses an id that fits none or several', async () => {
  const rig = await rigOf()
  await expect(showRun(rig.store, 'ffff')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'The journal has no run ffff',
    hint: 'calreconnect runs',
  })
  for (let at = 0; at < 17; at += 1) await rig.store.runs.begin('reconnect', planOf(HEAD, []))
  const ids = (await list(rig)).runs.map(({ id }) => id)
  const shared = '0123456789abcdef'.split('').find((digit) => ids.filter((id) => id.startsWith(digit)).length > 1) ?? ''
  await expect(showRun(rig.store, shared)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(/ fits \d+ runs: /) })
})

test('renderRun shows failures with their hints, what is unsettled, and the next command', async () => {
  const rig = await rigOf()
  const text = renderRun(await showRun(rig.store, await brokenRun(rig)), view())
  expect(text).toMatch(/open \(running, or was killed\)/)
  expect(text).toContain('Step 2: Calendly said no\n  Hint: Ask an admin')
  expect(text).toContain('1 step began and has no outcome on record')
  expect(text).toContain('Next: calreconnect webhooks list --account me')
})

test('renderRuns fits a narrow terminal', async () => {
  const rig = await rigOf()
  await brokenRun(rig)
  await rig.store.runs.begin('reconnect', planOf({ ...HEAD, account: `${'long'.repeat(30)}@example.com` }, []))
  for (const line of renderRuns(await list(rig), view(110)).split('\n')) expect(line.length).toBeLessThanOrEqual(110)
})

test('readLog gives what the store has, and only what is asked for', async () => {
  const rig = await rigOf()
  const runId = await rig.store.runs.begin('reconnect', planOf(HEAD, []))
  const entry = { account: 'me', method: 'GET', path: '/users/me', attempt: 1, durationMs: 12.4, requestBody: null, responseBody: '{}' }
  await rig.store.apiLog.append({ ...entry, atMs: 1_000, runId: null, failure: null, answer: { status: 200, requestId: 'r1' } })
  const denied = { status: 403, title: 'Permission Denied', message: 'no', details: [{ parameter: 'url', message: 'is bad' }] }
  await rig.store.apiLog.append({ ...entry, atMs: 2_000, runId, failure: null, answer: denied })
  await rig.store.apiLog.append({ ...entry, atMs: 3_000, runId, failure: 'connection reset', answer: {} })
  const query: LogQuery = { errorsOnly: false, sinceMs: null, run: null, limit: 100 }
  const { entries } = await readLog(rig.store, query)
  expect(entries.map(({ at, status, durationMs, failure }) => [at, status, durationMs, failure])).toEqual([
    ['1970-01-01T00:00:01.000Z', 200, 12, null],
    ['1970-01-01T00:00:02.000Z', 403, 12, null],
    ['1970-01-01T00:00:03.000Z', null, 12, 'connection reset'],
  ])
  const times = async (differing: Partial<LogQuery>) =>
    (await readLog(rig.store, { ...query, ...differing })).entries.map(({ at }) => at.slice(17, 19))
  expect(await times({ errorsOnly: true })).toEqual(['02', '03'])
  expect(await Promise.all([times({ limit: 1 }), times({ run: runId.slice(0, 12) })])).toEqual([['03'], ['02', '03']])
  expect((await readLog(rig.store, { ...query, sinceMs: 1_500 })).entries).toHaveLength(2)
  await expect(readLog(rig.store, { ...query, run: 'ffff' })).rejects.toMatchObject({ code: 'USAGE' })
  expect(renderLog({ entries }, view()).split('\n').slice(1)).toEqual([
    '1970-01-01 00:00:01Z\t200\t12\tGET\t/users/me\t\tr1',
    '1970-01-01 00:00:02Z\t403\t12\tGET\t/users/me\tPermission Denied: no: url is bad\t',
    '1970-01-01 00:00:03Z\tnone\t12\tGET\t/users/me\tconnection reset\t',
  ])
})

test('renderLog shortens resource URIs in queries', () => {
  const path = `/webhook_subscriptions?organization=${encodeURIComponent(ORGANIZATION)}&count=100`
  const entry = {
    at: '2026-11-22T12:00:00.000Z',
    runId: null,
    account: null,
    method: 'GET',
    path,
    attempt: 2,
    durationMs: 1,
    status: 200,
    title: null,
    message: null,
    details: [],
    requestId: null,
    failure: null,
    requestBody: null,
    responseBody: null,
  }
  expect(renderLog({ entries: [entry] }, view())).toContain(
    'GET #2\t/webhook_subscriptions?organization=organizations/ORG0000000000001&count=100',
  )
  expect(renderLog({ entries: [] }, view())).toBe('No matching requests are on record')
})

test('a run of reconnect shows the URL that it made', async () => {
  const rig = await rigOf()
  await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
  const [run] = (await list(rig)).runs
  const text = renderRun(await showRun(rig.store, run?.id ?? ''), view())
  expect(text).toContain(HOOK)
  expect(text).not.toContain('Next:')
})
