// The executor: journal around every request, conflicts, lost answers, interruptions, partial failures.

import { afterEach, describe, expect, test } from 'vitest'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { Plan } from '../../../src/core/plan/model.ts'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { problemOf } from '../../../src/operations/execute/errors.ts'
import { executePlan } from '../../../src/operations/execute/plan.ts'
import { listEverywhere } from '../../../src/operations/observe/observe.ts'
import { errorOf, movedClock } from '../../support/accounts.ts'
import { DESIRED, EVENTS, webhookRig, type WebhookRig } from '../../support/webhooks.ts'
import { HOOK } from '../../support/connected.ts'
import { shown } from '../../support/shown.ts'

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

const POST = { method: 'POST', path: '/webhook_subscriptions' }
const DELETE = { method: 'DELETE', path: '/webhook_subscriptions/*' }
const ensure = async (rig: WebhookRig, desired: typeof DESIRED | null = DESIRED) =>
  ensureWebhook(rig.deps, await rig.session(), desired, { dryRun: false })
const keyMatches = async (rig: WebhookRig): Promise<boolean> => {
  const [remote] = rig.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)
  return remote?.signingKey !== null && (await rig.store.subscriptions.signingKey(remote?.uri ?? ''))?.reveal() === remote?.signingKey
}

async function deletionOf(
  rig: WebhookRig,
  wanted: (one: Subscription) => boolean = () => true,
): Promise<{ plan: Plan; observed: readonly Subscription[] }> {
  const session = await rig.session()
  const observed = await listEverywhere(session, {})
  const head = { account: 'me', organizationUri: session.organizationUri, madeAt: new Date().toISOString() }
  return { plan: planDelete({ ...head, targets: observed.filter(wanted) }), observed }
}

const run = async (rig: WebhookRig, prepared: { plan: Plan; observed: readonly Subscription[] }) =>
  executePlan(rig.deps, { command: 'webhooks prune', session: await rig.session(), origin: 'created', ...prepared })

describe('executePlan() and 409', () => {
  test('executePlan() replaces once what the list did not show a moment ago at our own place', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, hidden_lists: 2 }] } })
    const { applied, failed } = await ensure(rig)
    expect({
      applied: applied.map(({ action, why, outcome }) => `${action} ${why} ${outcome}`),
      failed,
      there: rig.there(),
      writes: rig.writes(),
      key: await keyMatches(rig),
    }).toEqual({
      applied: ['replace url_conflict replaced'],
      failed: [],
      there: [`organization active ${HOOK}`],
      writes: ['POST 409', 'DELETE 204', 'POST 201'],
      key: true,
    })
  })

  test('executePlan() reports a 409 that no list explains, naming one thing to do, after looking three times', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, hidden_ms: 86_400_000 }] } })
    const { applied, failed } = await ensure(rig)
    expect({
      applied,
      writes: rig.writes(),
      errors: failed.map(({ error }) => ({ code: error.code, status: error.status, hint: shown(error).hint })),
    }).toEqual({
      applied: [],
      writes: ['POST 409'],
      errors: [
        {
          code: 'CALENDLY_CONFLICT',
          status: 409,
          hint: expect.stringContaining("--callback-url 'https://hooks.example.com/calendly?calreconnect=1'"),
        },
      ],
    })
  })

  test('executePlan() names the URI in another scope that stands in the way and touches nothing', async () => {
    const rig = await rigOf({
      seed: {
        users: [
          { id: 'OWNER', email: 'o@example.com', role: 'owner' },
          { id: 'OTHER', email: 'm@example.com' },
        ],
        subscriptions: [{ id: 'FOREIGNGROUP', callback_url: HOOK, scope: 'organization', organization: undefined, hidden_lists: 0 }],
        switches: { conflict_span: 'organization' },
      },
    })
    const { failed } = await ensure(rig, { ...DESIRED, scope: 'user' })
    expect({
      errors: failed.map(({ error }) => ({ code: error.code, message: error.message, hint: shown(error).hint })),
      there: rig.there(),
    }).toEqual({
      errors: [
        {
          code: 'CALENDLY_CONFLICT',
          message: `${HOOK} has a subscription in organization scope already: https://api.calendly.com/webhook_subscriptions/FOREIGNGROUP`,
          hint: 'calreconnect webhooks delete FOREIGNGROUP',
        },
      ],
      there: [`organization active ${HOOK}`],
    })
  })

  test('executePlan() adopts what another run of ours has made in the meantime', async () => {
    const rig = await rigOf()
    const session = await rig.session()
    const spec = {
      callbackUrl: HOOK,
      events: EVENTS,
      scope: 'organization' as const,
      organization: session.organizationUri,
      user: null,
      group: null,
    }
    const made = await session.api.createSubscription(spec, new Secret('their-key'))
    await rig.store.subscriptions.keep(made, { account: 'me', origin: 'connection', signingKey: new Secret('their-key') })
    rig.writes()
    rig.emulator.control.setSubscription(made.uri, { hiddenLists: 2 })
    const { applied } = await ensure(rig)
    expect({
      applied: applied.map(({ outcome, newUri }) => ({ outcome, newUri })),
      writes: rig.writes(),
      key: (await rig.store.subscriptions.signingKey(made.uri))?.reveal(),
    }).toEqual({ applied: [{ outcome: 'created', newUri: made.uri }], writes: ['POST 409'], key: 'their-key' })
  })

  test('executePlan() never deletes a foreign one for `webhooks create`', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ id: 'FOREIGN000000000', callback_url: HOOK, hidden_lists: 1 }] } })
    const session = await rig.session()
    const spec = {
      callbackUrl: HOOK,
      events: EVENTS,
      scope: 'organization' as const,
      organization: session.organizationUri,
      user: null,
      group: null,
    }
    const plan: Plan = {
      version: 1,
      account: 'me',
      organizationUri: session.organizationUri,
      madeAt: '2026-01-01T00:00:00.000Z',
      steps: [{ action: 'create', why: 'missing', uri: null, state: null, createdAt: null, ...spec }],
    }
    const { failed } = await executePlan(rig.deps, { command: 'webhooks create', plan, session, origin: 'created', observed: [] })
    expect({ codes: failed.map(({ error }) => `${error.code} ${shown(error).hint}`), writes: rig.writes() }).toEqual({
      codes: ['CALENDLY_CONFLICT calreconnect webhooks delete FOREIGN000000000'],
      writes: ['POST 409'],
    })
  })
})

describe('executePlan() and 409 for what others made while it ran', () => {
  test('executePlan() never takes what somebody else made after it began for its own, since its key is theirs', async () => {
    const rig = await rigOf()
    const session = await rig.session()
    const theirs = { callback_url: HOOK, created_at: new Date(rig.deps.clock.nowMs() + 1_000).toISOString(), hidden_lists: 2 }
    rig.emulator.control.add({ subscriptions: [theirs] })
    await ensureWebhook(rig.deps, session, DESIRED, { dryRun: false })
    expect({ writes: rig.writes(), key: await keyMatches(rig) }).toEqual({ writes: ['POST 409', 'DELETE 204', 'POST 201'], key: true })
    expect(rig.shown.filter((line) => line.includes('was not made here'))).toHaveLength(1)
  })

  test('executePlan() says of what was made here, and is found in the way, that nobody loses a key', async () => {
    const rig = await rigOf()
    await ensure(rig, { ...DESIRED, events: ['invitee.created'] })
    const [ours] = rig.emulator.control.subscriptions()
    rig.emulator.control.setSubscription(ours?.uri ?? '', { hiddenLists: 2 })
    const { applied } = await ensure(rig)
    expect(applied.map(({ why, outcome }) => `${why} ${outcome}`)).toEqual(['url_conflict replaced'])
    expect(rig.shown.filter((line) => line.includes('was not made here'))).toEqual([])
  })

  test('executePlan() puts back what had to go for a create that was refused after all', async () => {
    const rig = await rigOf({ switches: { conflict_span: 'organization' } })
    await ensure(rig)
    rig.writes()
    const refused = { action: 'status', status: 403, body: { title: 'Permission Denied', message: 'no' } } as const
    rig.emulator.control.addFaults([{ ...POST, after: 1, times: 1, ...refused }])
    const { failed } = await ensure(rig, { ...DESIRED, scope: 'user' })
    expect({ codes: failed.map(({ error }) => error.code), writes: rig.writes(), there: rig.there(), key: await keyMatches(rig) }).toEqual({
      codes: ['PARTIAL'],
      writes: ['POST 409', 'DELETE 204', 'POST 403', 'POST 201'],
      there: [`organization active ${HOOK}`],
      key: true,
    })
  })
})

describe('executePlan() and lost answers', () => {
  test('executePlan() finds out that a create whose answer was lost has happened', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ ...POST, action: 'drop_after' }])
    const { applied, failed } = await ensure(rig)
    expect({ outcomes: applied.map(({ outcome }) => outcome), failed, writes: rig.writes(), key: await keyMatches(rig) }).toEqual({
      outcomes: ['created'],
      failed: [],
      writes: ['POST null'],
      key: true,
    })
  })

  test('executePlan() sends a create once, and leaves its intent open when nothing shows what came of it', async () => {
    const rig = await rigOf()
    rig.emulator.control.addFaults([{ ...POST, action: 'drop_before' }])
    const { applied, failed } = await ensure(rig)
    expect({
      applied,
      failed: failed.map(({ error }) => error.code),
      writes: rig.writes(),
      open: (await rig.store.runs.unsettledCreates('me')).length,
    }).toEqual({ applied: [], failed: ['NETWORK'], writes: ['POST null'], open: 1 })
    const again = await ensure(rig)
    expect({ outcomes: again.applied.map(({ outcome }) => outcome), there: rig.there(), key: await keyMatches(rig) }).toEqual({
      outcomes: ['created'],
      there: [`organization active ${HOOK}`],
      key: true,
    })
  })

  test('executePlan() takes a 404 on delete for done', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: 'https://a.example.com/' }] } })
    const prepared = await deletionOf(rig)
    for (const { uri } of prepared.observed) rig.emulator.control.removeSubscription(uri)
    const { applied, failed } = await run(rig, prepared)
    expect({ outcomes: applied.map(({ outcome }) => outcome), failed }).toEqual({ outcomes: ['already_gone'], failed: [] })
  })
})

describe('executePlan() and replacing', () => {
  test('executePlan() tries the second half of a replacement again until it works, and measures the gap', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, state: 'disabled' }] } })
    rig.emulator.control.addFaults([{ ...POST, after: 1, action: 'status', status: 503, times: 3 }])
    const { applied, failed } = await ensure(rig)
    expect({ outcomes: applied.map(({ outcome }) => outcome), failed, writes: rig.writes(), key: await keyMatches(rig) }).toEqual({
      outcomes: ['replaced'],
      failed: [],
      writes: ['POST 409', 'DELETE 204', 'POST 503', 'POST 503', 'POST 503', 'POST 201'],
      key: true,
    })
    expect(applied[0]?.gapMs).toBeGreaterThan(3000)
  })

  // After each POST without an answer it is looked for three times, which takes two seconds more.
  test.each([
    ['twice as long each time, and as long as --max-wait allows to the millisecond', 25_500, [500, 1_000, 2_000, 4_000, 8_000]],
    ['a minute, if nothing else is said', undefined, [500, 1_000, 2_000, 4_000, ...Array<number>(4).fill(8_000)]],
    ['thirty times at most', Number.POSITIVE_INFINITY, [500, 1_000, 2_000, 4_000, ...Array<number>(25).fill(8_000)]],
  ])('executePlan() waits for the second half of a replacement %s', async (_how, maxWaitMs, waits) => {
    const clock = movedClock()
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, state: 'disabled' }] }, clock })
    rig.emulator.control.addFaults([{ ...POST, after: 1, action: 'status', status: 503, times: null }])
    const deps = { ...rig.deps, ...(maxWaitMs === undefined ? {} : { maxWaitMs }) }
    const { failed } = await ensureWebhook(deps, await rig.session(), DESIRED, { dryRun: false })
    const notes = rig.shown.flatMap((line) => /trying again in (\d+) s/.exec(line)?.[1] ?? [])
    expect(failed.map(({ error }) => error.code)).toEqual(['PARTIAL'])
    expect(notes.map(Number)).toEqual(waits.map((ms) => Math.ceil(ms / 1_000)))
    expect(rig.writes()).toEqual(['POST 409', 'DELETE 204', ...Array<string>(waits.length + 1).fill('POST 503')])
  })

  test('executePlan() gives up after --max-wait, says that the definition is kept, and the next run mends it', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, state: 'disabled' }] } })
    rig.emulator.control.addFaults([{ ...POST, after: 1, action: 'status', status: 503, times: 20 }])
    const session = await rig.session()
    const { applied, failed } = await ensureWebhook({ ...rig.deps, maxWaitMs: 5000 }, session, DESIRED, { dryRun: false })
    const [latest] = await rig.store.runs.list({ account: 'me' })
    const kept = await rig.store.runs.get(latest?.id ?? '')
    expect({
      applied,
      there: rig.there(),
      errors: failed.map(({ error }) => ({ code: error.code, hint: shown(error).hint })),
      backup: kept?.steps[0]?.backup?.callbackUrl,
    }).toEqual({
      applied: [],
      there: [],
      errors: [{ code: 'PARTIAL', hint: 'calreconnect reconnect --account me' }],
      backup: HOOK,
    })
    expect(failed[0]?.error.message).toContain(`its definition is kept in run ${latest?.id}`)
    rig.emulator.control.faults.clear()
    const again = await ensure(rig)
    expect({ outcomes: again.applied.map(({ outcome }) => outcome), there: rig.there(), key: await keyMatches(rig) }).toEqual({
      outcomes: ['created'],
      there: [`organization active ${HOOK}`],
      key: true,
    })
  })

  test('executePlan() deletes nothing when the delete of a replacement is refused', async () => {
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, state: 'disabled' }] } })
    rig.emulator.control.addFaults([
      { ...DELETE, action: 'status', status: 403, body: { title: 'Permission Denied', message: 'You do not have permission' } },
    ])
    const { failed } = await ensure(rig)
    expect({ codes: failed.map(({ error }) => error.code), there: rig.there(), writes: rig.writes() }).toEqual({
      codes: ['CALENDLY_FORBIDDEN'],
      there: [`organization disabled ${HOOK}`],
      writes: ['POST 409', 'DELETE 403'],
    })
  })

  test('executePlan() finishes a replacement although Ctrl-C comes between its halves', async () => {
    const interruption = new AbortController()
    const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK, state: 'disabled' }] }, signal: interruption.signal })
    const session = await rig.session()
    const api = {
      ...session.api,
      deleteSubscription: async (uri: string) => {
        const outcome = await session.api.deleteSubscription(uri)
        interruption.abort()
        return outcome
      },
    }
    const { applied } = await ensureWebhook(rig.deps, { ...session, api }, DESIRED, { dryRun: false })
    expect({ outcomes: applied.map(({ outcome }) => outcome), there: rig.there() }).toEqual({
      outcomes: ['replaced'],
      there: [`organization active ${HOOK}`],
    })
  })
})

describe('executePlan() and many deletes', () => {
  const many = (count: number) => ({ seed: { subscriptions: [{ callback_url: 'https://old.example.com/{n}', count }] } })

  test('executePlan() deletes with at most eight requests under way', async () => {
    const rig = await rigOf(many(60))
    rig.emulator.control.addFaults([{ ...DELETE, action: 'slow', delay_ms: 20, times: null }])
    const session = await rig.session()
    let underWay = 0
    let most = 0
    const api = {
      ...session.api,
      deleteSubscription: async (uri: string) => {
        most = Math.max(most, ++underWay)
        const outcome = await session.api.deleteSubscription(uri)
        underWay -= 1
        return outcome
      },
    }
    const prepared = await deletionOf(rig)
    const { applied } = await executePlan(rig.deps, {
      command: 'webhooks prune',
      session: { ...session, api },
      origin: 'created',
      ...prepared,
    })
    expect({ applied: applied.length, most, there: rig.there() }).toEqual({ applied: 60, most: 8, there: [] })
  })

  test('executePlan() goes on after a step that failed, and the result is partial', async () => {
    const rig = await rigOf(many(5))
    rig.emulator.control.addFaults([
      { ...DELETE, after: 1, action: 'status', status: 403, body: { title: 'Permission Denied', message: 'You do not have permission' } },
    ])
    const prepared = await deletionOf(rig)
    const result = await run(rig, prepared)
    const problem = problemOf(prepared.plan, result, 'calreconnect webhooks prune')
    const [latest] = await rig.store.runs.list()
    expect({
      applied: result.applied.length,
      failed: result.failed.map(({ error }) => error.code),
      exit: problem?.exit,
      message: problem?.message,
      hint: problem?.hint,
      status: latest?.status,
    }).toEqual({
      applied: 4,
      failed: ['CALENDLY_FORBIDDEN'],
      exit: 'partial',
      message: expect.stringMatching(/^4 of 5 steps were done, 1 failed: /),
      hint: 'calreconnect webhooks prune continues',
      status: 'partial',
    })
  })

  test('executePlan() begins nothing more once the token is refused', async () => {
    const rig = await rigOf(many(40))
    rig.emulator.control.addFaults([
      {
        ...DELETE,
        after: 8,
        times: null,
        action: 'status',
        status: 401,
        body: { title: 'Unauthenticated', message: 'The access token is invalid' },
      },
    ])
    const prepared = await deletionOf(rig)
    const result = await run(rig, prepared)
    expect(result.failed.length).toBeGreaterThan(0)
    expect(result.failed.length).toBeLessThanOrEqual(8)
    expect(result.failed.every(({ error }) => error.code === 'CALENDLY_UNAUTHENTICATED')).toBe(true)
    expect(rig.there()).toHaveLength(40 - result.applied.length)
  })

  test('executePlan() gives the failure itself when nothing was done', async () => {
    const rig = await rigOf(many(3))
    rig.emulator.control.addFaults([
      { ...DELETE, times: null, action: 'status', status: 403, body: { title: 'Permission Denied', message: 'no' } },
    ])
    const prepared = await deletionOf(rig)
    const result = await run(rig, prepared)
    expect(problemOf(prepared.plan, result, 'again')?.code).toBe('CALENDLY_FORBIDDEN')
  })

  test('executePlan() stops at the next safe point after Ctrl-C and says what is left', async () => {
    const interruption = new AbortController()
    const rig = await rigOf({ ...many(30), signal: interruption.signal })
    const session = await rig.session()
    let deleted = 0
    const api = {
      ...session.api,
      deleteSubscription: async (uri: string) => {
        const outcome = await session.api.deleteSubscription(uri)
        if (++deleted === 5) interruption.abort()
        return outcome
      },
    }
    const prepared = await deletionOf(rig)
    const error = await errorOf(
      executePlan(rig.deps, { command: 'webhooks prune', session: { ...session, api }, origin: 'created', ...prepared }),
    )
    const left = rig.there().length
    expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
      code: 'INTERRUPTED',
      message: `Interrupted: ${30 - left} of 30 steps were done, ${left} are left`,
      hint: 'the same command continues',
    })
    expect(left).toBeGreaterThan(0)
  })

  test('executePlan() keeps the whole definition of everything that it deletes', async () => {
    const rig = await rigOf(many(2))
    const prepared = await deletionOf(rig)
    const { runId } = await run(rig, prepared)
    const kept = await rig.store.runs.get(runId ?? '')
    expect(kept?.steps.map(({ backup, outcome }) => ({ backup, outcome }))).toEqual(
      prepared.plan.steps.map((step) => ({ backup: prepared.observed.find(({ uri }) => uri === step.uri), outcome: 'deleted' })),
    )
  })

  test('executePlan() asks nothing and journals nothing for an empty plan', async () => {
    const rig = await rigOf()
    const prepared = await deletionOf(rig)
    expect(await run(rig, prepared)).toEqual({ runId: null, applied: [], failed: [], made: [] })
    expect(await rig.store.runs.list()).toEqual([])
  })

  test('executePlan() sends nothing when the journal cannot be written', async () => {
    const rig = await rigOf(many(2))
    const prepared = await deletionOf(rig)
    const { CalreconnectError } = await import('../../../src/core/errors/errors.ts')
    const runs = {
      begin: (command: string, plan: Plan) => rig.store.runs.begin(command, plan),
      intend: async () => {
        throw new CalreconnectError('STORE_FULL', 'The disk is full')
      },
      finish: (id: string, status: 'done' | 'partial' | 'failed') => rig.store.runs.finish(id, status),
    }
    const deps = { ...rig.deps, runs: Object.assign(Object.create(rig.store.runs), runs) }
    const error = await errorOf(
      executePlan(deps, { command: 'webhooks prune', session: await rig.session(), origin: 'created', ...prepared }),
    )
    expect({ code: error.code, writes: rig.writes() }).toEqual({ code: 'STORE_FULL', writes: [] })
  })
})
