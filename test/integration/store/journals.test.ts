import { expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import type { Intent } from '../../../src/core/ports/journal.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { ApiLogEntry, PendingFlow } from '../../../src/core/ports/store.ts'
import { createStep, newTokens, planOf, replaceStep, standingClock, subscription } from '../../support/store.ts'
import { onEveryEngine } from '../../support/engines.ts'

onEveryEngine((engine) => {
  const intentOf = (step: Intent['step'], fields: Partial<Intent> = {}): Intent => ({
    step,
    signingKey: new Secret('intended'),
    origin: 'connection',
    remoteStartedAtMs: 77,
    seenBefore: ['w1'],
    backup: null,
    ...fields,
  })

  test('runs.get gives the run back with its steps, in order', async () => {
    const clock = standingClock(100)
    const store = await engine.open({ clock })
    const plan = planOf('a', [replaceStep('1'), createStep()])
    const runId = await store.runs.begin('reconnect', plan)
    await store.runs.intend(runId, 1, intentOf(createStep()))
    await store.runs.intend(runId, 0, intentOf(replaceStep('1'), { backup: subscription('1') }))
    clock.pass(5)
    await store.runs.settle(runId, 0, { outcome: 'replaced', newUri: 'w2', gapMs: 12.4 })
    await store.runs.fail(runId, 1, new CalreconnectError('CALENDLY_CONFLICT', 'Taken', { status: 409 }))
    await store.runs.finish(runId, 'partial')
    const common = { runId, startedAtMs: 100, settledAtMs: 105 }
    const error = { code: 'CALENDLY_CONFLICT', exit: 'refused', message: 'Taken', hint: 'calreconnect webhooks list', status: 409 }
    expect(await store.runs.get(runId)).toEqual({
      run: { id: runId, command: 'reconnect', account: 'a', startedAtMs: 100, finishedAtMs: 105, status: 'partial', plan },
      steps: [
        {
          ...common,
          index: 0,
          step: replaceStep('1'),
          state: 'settled',
          outcome: 'replaced',
          newUri: 'w2',
          gapMs: 12,
          error: null,
          backup: subscription('1'),
        },
        { ...common, index: 1, step: createStep(), state: 'failed', outcome: null, newUri: null, gapMs: null, error, backup: null },
      ],
    })
    expect(await store.runs.get('unknown')).toBe(null)
  })

  test('runs.list gives the newest first, of one account where asked', async () => {
    const store = await engine.open({ clock: standingClock() })
    const ids: string[] = []
    for (const account of ['a', 'b', 'a']) ids.push(await store.runs.begin('reconnect', planOf(account, [])))
    expect((await store.runs.list()).map(({ id }) => id)).toEqual(ids.toReversed())
    expect((await store.runs.list({ account: 'a' })).map(({ id }) => id)).toEqual([ids[2], ids[0]])
    expect((await store.runs.list({ limit: 1 })).map(({ id, status }) => [id, status])).toEqual([[ids[2], 'open']])
  })

  test('runs.unsettledCreates gives creates and replaces that were never settled, of this account', async () => {
    const store = await engine.open()
    const runId = await store.runs.begin('reconnect', planOf('a', []))
    const deletion = { ...replaceStep('4'), action: 'delete', why: 'duplicate' } as const
    const { overlap: _overlap, replacedUrl: _replacedUrl, ...deleteStep } = deletion
    await store.runs.intend(runId, 0, intentOf(createStep()))
    await store.runs.intend(runId, 1, intentOf(replaceStep('1')))
    await store.runs.intend(runId, 2, intentOf(createStep()))
    await store.runs.intend(runId, 3, intentOf(createStep()))
    await store.runs.intend(runId, 4, intentOf(deleteStep, { signingKey: null }))
    await store.runs.settle(runId, 2, { outcome: 'created', newUri: 'w' })
    await store.runs.fail(runId, 3, new Error('no'))
    const other = await store.runs.begin('reconnect', planOf('b', []))
    await store.runs.intend(other, 0, intentOf(createStep()))
    const { callbackUrl, events, scope, organization, user, group } = createStep()
    const spec = { callbackUrl, events, scope, organization, user, group }
    const common = { ...spec, runId, account: 'a', origin: 'connection', startedAtMs: 77, seenBefore: ['w1'] }
    expect(await store.runs.unsettledCreates('a')).toEqual([
      { ...common, stepIndex: 0 },
      { ...common, stepIndex: 1 },
    ])
    expect((await store.runs.unsettledCreates('b')).length).toBe(1)
    expect(await store.runs.unsettledCreates('c')).toEqual([])
  })

  test('runs.intendedKey gives the key while the step is open', async () => {
    const store = await engine.open()
    const runId = await store.runs.begin('reconnect', planOf('a', []))
    await store.runs.intend(runId, 0, intentOf(createStep()))
    await store.runs.intend(runId, 1, intentOf(createStep(), { signingKey: null }))
    expect((await store.runs.intendedKey(runId, 0))?.reveal()).toBe('intended')
    expect(await store.runs.intendedKey(runId, 1)).toBe(null)
    expect(await store.runs.intendedKey(runId, 2)).toBe(null)
    await store.runs.settle(runId, 0, { outcome: 'created', newUri: 'w' })
    expect(await store.runs.intendedKey(runId, 0)).toBe(null)
  })

  test('runs.intend a second time begins the step anew, with its new key', async () => {
    const store = await engine.open()
    const runId = await store.runs.begin('reconnect', planOf('a', []))
    await store.runs.intend(runId, 0, intentOf(createStep()))
    await store.runs.fail(runId, 0, new Error('no'))
    await store.runs.intend(runId, 0, intentOf(createStep(), { signingKey: new Secret('second') }))
    expect((await store.runs.intendedKey(runId, 0))?.reveal()).toBe('second')
    expect((await store.runs.get(runId))?.steps).toMatchObject([{ state: 'intended', error: null, settledAtMs: null }])
  })

  test('runs.begin keeps a thousand finished runs, and every one with something unsettled', async () => {
    const store = await engine.open()
    const unsettled = await store.runs.begin('reconnect', planOf('a', []))
    await store.runs.intend(unsettled, 0, intentOf(createStep()))
    await store.runs.finish(unsettled, 'partial')
    const old = await store.runs.begin('reconnect', planOf('a', []))
    await store.runs.finish(old, 'done')
    for (let run = 0; run < 1000; run++) await store.runs.begin('reconnect', planOf('a', []))
    expect(await store.runs.get(old)).toBe(null)
    expect((await store.runs.get(unsettled))?.steps.length).toBe(1)
  })

  const flow = (id: string, expiresAtMs: number): PendingFlow => ({
    flowId: id,
    state: `state-${id}`,
    codeVerifier: new Secret(`verifier-${id}`),
    redirectUri: 'http://localhost:8917/callback',
    scopes: ['users:read'],
    request: '{"name":"a"}',
    expiresAtMs,
  })

  test('flows.take gives a flow back once', async () => {
    const store = await engine.open({ clock: standingClock(100) })
    await store.flows.add(flow('1', 200))
    await store.flows.add({ ...flow('2', 200), scopes: null })
    const taken = await store.flows.take('state-1')
    expect({ ...taken, codeVerifier: taken?.codeVerifier.reveal() }).toEqual({ ...flow('1', 200), codeVerifier: 'verifier-1' })
    expect(await store.flows.take('state-1')).toBe(null)
    expect((await store.flows.take('state-2'))?.scopes).toBe(null)
  })

  test('flows.take gives null for an expired or unknown state', async () => {
    const clock = standingClock(100)
    const store = await engine.open({ clock })
    await store.flows.add(flow('1', 200))
    clock.pass(100)
    expect(await store.flows.take('state-1')).toBe(null)
    expect(await store.flows.take('unknown')).toBe(null)
  })

  test('flows.take by two at once gives the flow to one of them', async () => {
    const store = await engine.open({ clock: standingClock(100) })
    await store.flows.add(flow('1', 200))
    const taken = await Promise.all([store.flows.take('state-1'), store.flows.take('state-1')])
    expect(taken.filter((one) => one !== null).length).toBe(1)
  })

  const entry = (atMs: number, fields: Partial<ApiLogEntry> = {}): ApiLogEntry => ({
    atMs,
    runId: null,
    account: 'a',
    method: 'GET',
    path: '/users/me',
    attempt: 1,
    durationMs: 12.5,
    requestBody: null,
    responseBody: '{}',
    failure: null,
    answer: { status: 200, requestId: 'r' },
    ...fields,
  })

  test('apiLog.list gives entries back whole, oldest first, the newest ones within the limit', async () => {
    const store = await engine.open()
    const entries = [entry(1), entry(2, { answer: { status: 404, title: 'Resource Not Found', message: 'm' } }), entry(3)]
    for (const each of entries) await store.apiLog.append(each)
    expect(await store.apiLog.list()).toEqual(entries)
    expect(await store.apiLog.list({ limit: 2 })).toEqual(entries.slice(1))
  })

  test('apiLog.list chooses by errors, time and run', async () => {
    const store = await engine.open()
    await store.apiLog.append(entry(1, { answer: { status: 500 } }))
    await store.apiLog.append(entry(2, { runId: 'run' }))
    await store.apiLog.append(entry(3, { failure: 'reset', answer: {} }))
    const times = async (...query: Parameters<typeof store.apiLog.list>) => (await store.apiLog.list(...query)).map(({ atMs }) => atMs)
    expect(await times({ errorsOnly: true })).toEqual([1, 3])
    expect(await times({ sinceMs: 2 })).toEqual([2, 3])
    expect(await times({ runId: 'run' })).toEqual([2])
    expect(await times({ runId: 'run', errorsOnly: true })).toEqual([])
  })

  test('apiLog.append is on disk after close', async () => {
    const store = await engine.open()
    await store.apiLog.append(entry(1))
    const { location } = await store.info()
    await store.close()
    expect((await (await engine.open({ path: location })).apiLog.list()).length).toBe(1)
  })

  test('apiLog.append writes fifty entries at once, or what has waited two seconds', async () => {
    const commits: string[] = []
    const clock = standingClock()
    const store = await engine.open({ clock, crashpoint: (name) => void commits.push(name) })
    commits.length = 0
    for (let each = 0; each < 49; each++) await store.apiLog.append(entry(each))
    expect(commits).toEqual([])
    await store.apiLog.append(entry(49))
    expect(commits).toEqual(['commit:api_log:before', 'commit:api_log:after'])
    await store.apiLog.append(entry(50))
    clock.pass(2_000)
    await store.apiLog.append(entry(51))
    expect(commits.length).toBe(4)
  })

  test('apiLog.append keeps ten thousand entries', async () => {
    const store = await engine.open()
    for (let each = 0; each < 10_060; each++) await store.apiLog.append(entry(each))
    const kept = await store.apiLog.list()
    expect([kept.length, kept[0]?.atMs, kept.at(-1)?.atMs]).toEqual([10_000, 60, 10_059])
  })

  test('crashpoints come before and after every commit, named after it', async () => {
    const names: string[] = []
    const store = await engine.open({ crashpoint: (name) => void names.push(name) })
    await store.connections.connect('a', newTokens())
    const refreshId = await store.refreshes.begin('a', 1)
    await store.connections.markNeedsConnect('a', 'revoked', 1, refreshId)
    await store.connections.clear('a')
    const commits = ['migrate', 'connect', 'refresh_begin', 'needs_connect', 'clear']
    expect(names).toEqual(commits.flatMap((name) => [`commit:${name}:before`, `commit:${name}:after`]))
  })
})
