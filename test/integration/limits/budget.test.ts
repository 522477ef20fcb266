// Bulk deletes within Calendly's requests per minute, on a clock that passes when everybody waits: never above the limit as the
// emulator counts, whoever shares it, and to be gone on with after an interruption.

import { afterEach, describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/core/plan/model.ts'
import { planDelete } from '../../../src/core/plan/reconcile.ts'
import { executePlan } from '../../../src/operations/execute/plan.ts'
import { listEverywhere } from '../../../src/operations/observe/observe.ts'
import { errorOf } from '../../support/accounts.ts'
import { openWorld, type Mishaps, type Process, type World, type WorldOptions } from '../../support/webhook-world.ts'

const open: World[] = []
async function worldOf(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(1, { requestMs: 2, ...options })
  open.push(world)
  return world
}
afterEach(async () => {
  for (const world of open.splice(0)) await world.close()
})

async function deleteAll(process: Process, isWanted: (url: string) => boolean = () => true): Promise<number> {
  const session = await process.session()
  const observed = await listEverywhere(session, { scopes: ['organization'] })
  const targets = observed.filter(({ callbackUrl }) => isWanted(callbackUrl))
  const plan: Plan = planDelete({
    account: session.account,
    organizationUri: session.organizationUri,
    madeAt: new Date(0).toISOString(),
    targets,
  })
  const { applied } = await executePlan(process.deps, { command: 'webhooks prune', plan, session, origin: 'created', observed })
  return applied.length
}

/** The same in a process of its own. */
async function run(world: World, mishaps: Mishaps = {}): Promise<number> {
  const process = await world.start(mishaps)
  try {
    return await deleteAll(process)
  } finally {
    await process.end()
  }
}

/** When the requests since the last call arrived, and how many were too many. */
function arrivals(world: World): { readonly atMs: number[]; readonly refused: number } {
  const seen = world.emulator.requests()
  const taken = { atMs: seen.map(({ at }) => Date.parse(at)), refused: seen.filter(({ status }) => status === 429).length }
  world.emulator.control.requests.clear()
  return taken
}

/** The most within any minute. */
function mostInAMinute(atMs: readonly number[]): number {
  const sorted = [...atMs].sort((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < sorted.length; last += 1) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= 60_000) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

describe('the budget of requests', () => {
  test('10,000 deletes keep to 500 a minute, use at least 95 % of them, and go on after an interruption', async () => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: [{ count: 10_000, callback_url: 'https://old.example.com/{n}' }] })
    const startedAtMs = world.nowMs()
    // Each delete passes ten points or so: in the middle of it.
    const interrupted = await errorOf(run(world, { interruptedAt: 50_000 }))
    const first = arrivals(world)
    const left = world.rows().length
    const rest = await run(world)
    const second = arrivals(world)
    const minutes = (world.nowMs() - startedAtMs) / 60_000
    const atMs = [...first.atMs, ...second.atMs]
    expect({
      interrupted: interrupted.code,
      inTheMiddle: left > 1_000 && left < 9_000,
      rest,
      there: world.rows().length,
      deletedTwice: world.takeRemoved().length - 10_000,
      refused: first.refused + second.refused,
      most: mostInAMinute(atMs),
      // The last minute is not used up.
      wellUsed: atMs.length >= 0.95 * 500 * (minutes - 1),
    }).toEqual({
      interrupted: 'INTERRUPTED',
      inTheMiddle: true,
      rest: left,
      there: 0,
      deletedTwice: 0,
      refused: 0,
      most: 500,
      wellUsed: true,
    })
  })

  test('a Free account’s limit of 50 is learned from the first answer', async () => {
    const world = await worldOf({ stage: 'free' })
    world.emulator.control.add({ subscriptions: [{ count: 180, callback_url: 'https://old.example.com/{n}' }] })
    const deleted = await run(world)
    const { atMs, refused } = arrivals(world)
    expect({ deleted, refused, most: mostInAMinute(atMs) }).toEqual({ deleted: 180, refused: 0, most: 50 })
  })

  test('two clients on one store share it', async () => {
    const world = await worldOf()
    world.emulator.control.add({
      subscriptions: [
        { count: 600, callback_url: 'https://even.example.com/{n}' },
        { count: 600, callback_url: 'https://odd.example.com/{n}' },
      ],
    })
    const processes = await Promise.all([world.start(), world.start()])
    const deleted = await Promise.all(
      processes.map((process, index) => deleteAll(process, (url) => url.startsWith(index === 0 ? 'https://even' : 'https://odd'))),
    )
    const { atMs, refused } = arrivals(world)
    for (const process of processes) await process.end()
    expect({ deleted, refused, most: mostInAMinute(atMs) }).toEqual({ deleted: [600, 600], refused: 0, most: 500 })
  })

  test('a small run waits for nothing', async () => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: [{ count: 20, callback_url: 'https://old.example.com/{n}' }] })
    const startedAtMs = world.nowMs()
    await run(world)
    // 21 requests at 2 ms of this clock.
    expect(world.nowMs() - startedAtMs).toBe(42)
  })

  test('what is asked for while others use it up waits a minute at most', async () => {
    const world = await worldOf()
    const { listed, tookMs } = await listAfterOthers(world)
    expect({ listed, waited: tookMs > 60_000 && tookMs <= 61_600 }).toEqual({ listed: [], waited: true })
  })

  test('what is asked for while others use it up fails where --max-wait allows no such wait, and nothing is sent', async () => {
    const world = await worldOf({ maxWaitMs: 5_000 })
    const error = await errorOf(listAfterOthers(world))
    expect({ code: error.code, exit: error.exit, message: error.message, hint: error.hint, sent: arrivals(world).atMs }).toEqual({
      code: 'RATE_LIMITED',
      exit: 'rate_limited',
      message: 'Calendly allows 500 requests a minute, and they are used up: cannot list webhook subscriptions of user scope for 62 s',
      hint: 'Run again in 62 s, or pass --max-wait 62',
      sent: [],
    })
  })
})

async function listAfterOthers(world: World): Promise<{ listed: readonly unknown[]; tookMs: number }> {
  const process = await world.start()
  try {
    for (let each = 0; each < 500; each += 1) await process.store.budget.take('api me', 500, 60_000)
    const startedAtMs = world.nowMs()
    const listed = await listEverywhere(await process.session(), { scopes: ['user'] })
    return { listed, tookMs: world.nowMs() - startedAtMs }
  } finally {
    await process.end()
  }
}
