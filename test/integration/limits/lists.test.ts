// Lists of every length, and lists that change while they are read: how many requests, and that nothing of ours is missed or lost.

import { afterEach, describe, expect, test } from 'vitest'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import { writesOf } from '../../../src/core/plan/reconcile.ts'
import type { PruneCriteria } from '../../../src/core/plan/prune.ts'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { listEverywhere } from '../../../src/operations/observe/observe.ts'
import { preparePrune, prune } from '../../../src/operations/webhooks/prune.ts'
import { ACCOUNT, openWorld, type Process, type World, type WorldOptions } from '../../support/webhook-world.ts'
import { HOOK } from '../../support/connected.ts'

const DESIRED: DesiredWebhook = { callbackUrl: HOOK, events: ['invitee.created', 'invitee.canceled'], scope: 'organization', group: null }
const NOTHING: PruneCriteria = {
  duplicates: false,
  disabled: false,
  superseded: false,
  creatorGone: false,
  includeForeign: false,
  allButCurrent: false,
  urlGlobs: [],
  olderThanMs: null,
  keep: null,
}

const open: World[] = []
async function worldOf(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(1, { requestMs: 1, ...options })
  open.push(world)
  return world
}
afterEach(async () => {
  for (const world of open.splice(0)) await world.close()
})

/** Runs `work` as a process of its own. */
async function as<T>(world: World, work: (process: Process) => Promise<T>, mishaps: Parameters<World['start']>[0] = {}): Promise<T> {
  const process = await world.start(mishaps)
  try {
    return await work(process)
  } finally {
    await process.end()
  }
}

const ensure = (world: World, mishaps: Parameters<World['start']>[0] = {}) =>
  as(
    world,
    async (process) => {
      await process.deps.connections.update(ACCOUNT, { desired: DESIRED })
      return ensureWebhook(process.deps, await process.session(), DESIRED, { dryRun: false })
    },
    mishaps,
  )

function others(count: number, more: object = {}): object[] {
  return count === 0 ? [] : [{ count, callback_url: 'https://others.example.com/{n}', created_at: '2026-01-01T00:00:00Z', ...more }]
}

/** Lists as `scope`, changes as `METHOD status`, since the last call. */
function requestsOf(world: World): string[] {
  const seen = world.emulator
    .requests()
    .map(({ method, query, status }) => (method === 'GET' ? String(query['scope']) : `${method} ${status}`))
  world.emulator.control.requests.clear()
  return seen
}

function times(count: number, text: string): string[] {
  return Array.from({ length: count }, () => text)
}

describe('lists of every length', () => {
  test.each([0, 1, 99, 100, 101, 250, 5000])('listing %i subscriptions takes exactly one request per hundred and scope', async (count) => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: others(count) })
    const listed = await as(world, async (process) => listEverywhere(await process.session(), {}))
    expect({ listed: new Set(listed.map(({ uri }) => uri)).size, requests: requestsOf(world) }).toEqual({
      listed: count,
      requests: [...times(Math.max(1, Math.ceil(count / 100)), 'organization'), 'user'],
    })
  })

  test.each([0, 1, 99, 100, 101, 250, 5000])('reconnect beside %i others looks once and writes nothing when all is well', async (count) => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: others(count) })
    await ensure(world)
    requestsOf(world)
    const { plan } = await ensure(world)
    expect({ steps: plan.steps.map(({ action }) => action), requests: requestsOf(world), there: world.rows().length }).toEqual({
      steps: ['keep'],
      requests: [...times(Math.ceil((count + 1) / 100), 'organization'), 'user'],
      there: count + 1,
    })
  })

  test.each([0, 1, 99, 100, 101, 250])('prune of %i subscriptions by URL deletes each once and nothing else', async (count) => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: [...others(count), { callback_url: 'https://stays.example.com/' }] })
    const { applied, failed } = await as(world, async (process) => {
      const prepared = await preparePrune(process.deps, await process.session(), { ...NOTHING, urlGlobs: ['https://others.example.com/*'] })
      return prune(process.deps, await process.session(), prepared)
    })
    expect({
      applied: new Set(applied.map(({ uri, outcome }) => `${outcome} ${uri}`)).size,
      failed,
      requests: requestsOf(world),
      there: world.rows().map(({ callbackUrl }) => callbackUrl),
    }).toEqual({
      applied: count,
      failed: [],
      requests: [...times(Math.ceil((count + 1) / 100), 'organization'), 'user', ...times(count, 'DELETE 204')],
      there: ['https://stays.example.com/'],
    })
  })

  test('prune of 5,000 subscriptions that selects 40 deletes these 40', async () => {
    const world = await worldOf()
    world.emulator.control.add({ subscriptions: [...others(4_960), { count: 40, callback_url: 'https://old.example.com/{n}' }] })
    await as(world, async (process) => {
      const prepared = await preparePrune(process.deps, await process.session(), { ...NOTHING, urlGlobs: ['https://old.example.com/*'] })
      return prune(process.deps, await process.session(), prepared)
    })
    expect({ requests: requestsOf(world), there: world.rows().filter(({ callbackUrl }) => callbackUrl.includes('old')).length }).toEqual({
      requests: [...times(50, 'organization'), 'user', ...times(40, 'DELETE 204')],
      there: 0,
    })
  })
})

describe.each(['keyset', 'offset'] as const)('a list that changes between two pages (%s)', (paging) => {
  /** Somewhere between the answers of the first, second and third page: points are around each request and each commit of the budget. */
  const POINTS = [6, 8, 10, 12]

  async function beside(count: number): Promise<{ world: World; own: string }> {
    const world = await worldOf({ switches: { paging } })
    world.emulator.control.add({ subscriptions: others(count) })
    await ensure(world)
    const own = world.rows().find(({ callbackUrl }) => callbackUrl === HOOK)?.uri ?? ''
    world.emulator.control.add({
      subscriptions: others(count, { callback_url: 'https://more.example.com/{n}', created_at: '2027-01-01T00:00:00Z' }),
    })
    requestsOf(world)
    return { world, own }
  }

  test.each(POINTS)('reconnect keeps its subscription when others delete rows before it (at point %i)', async (at) => {
    const { world, own } = await beside(130)
    const act = (): void =>
      world.others(() => {
        for (const { uri } of world.rows().slice(0, 60)) world.emulator.control.removeSubscription(uri)
      })
    await ensure(world, { meanwhile: { at, act } })
    const after = world.rows().filter((row) => identityOf(row) === identityOf({ ...row, ...DESIRED, scope: 'organization', user: null }))
    expect({
      own: after.map(({ uri }) => uri),
      removed: world.takeRemoved(),
      made: requestsOf(world).filter((one) => one === 'POST 201'),
    }).toEqual({
      own: [own],
      removed: [],
      made: [],
    })
    // What the first look missed, the second finds.
    expect((await ensure(world)).plan.steps.map(({ action, uri }) => `${action} ${uri}`)).toEqual([`keep ${own}`])
  })

  test.each(POINTS)('reconnect keeps its subscription when others add rows before it (at point %i)', async (at) => {
    const { world, own } = await beside(130)
    const act = (): void =>
      world.emulator.control.add({
        subscriptions: [{ count: 60, callback_url: 'https://new.example.com/{n}', created_at: '2025-01-01T00:00:00Z' }],
      })
    const { plan } = await ensure(world, { meanwhile: { at, act } })
    expect({
      steps: plan.steps.map(({ action, uri }) => `${action} ${uri}`),
      removed: world.takeRemoved(),
      there: world.rows().length,
    }).toEqual({
      steps: [`keep ${own}`],
      removed: [],
      there: 321,
    })
  })

  test.each(POINTS)('prune names each subscription once and finds the rest when it runs again (at point %i)', async (at) => {
    const world = await worldOf({ switches: { paging } })
    world.emulator.control.add({ subscriptions: [...others(230), { callback_url: 'https://stays.example.com/' }] })
    let taken = 0
    const act = (): void =>
      world.others(() => {
        for (const { uri } of world.rows().slice(20, 50)) taken += Number(world.emulator.control.removeSubscription(uri))
        world.emulator.control.add({
          subscriptions: [{ count: 7, callback_url: 'https://others.example.com/late/{n}', created_at: '2025-01-01T00:00:00Z' }],
        })
      })
    const run = async (process: Process) => {
      const prepared = await preparePrune(process.deps, await process.session(), { ...NOTHING, urlGlobs: ['https://others.example.com/*'] })
      return prune(process.deps, await process.session(), prepared)
    }
    const first = await as(world, run, { meanwhile: { at, act } })
    const second = await as(world, run)
    const named = [...first.applied, ...second.applied].map(({ uri }) => uri)
    const deleted = world.takeRemoved()
    expect({
      twice: named.length - new Set(named).size,
      failed: [...first.failed, ...second.failed],
      deleted: deleted.length + taken,
      there: world.rows().map(({ callbackUrl }) => callbackUrl),
      left: writesOf(second.plan).length - second.applied.length,
    }).toEqual({ twice: 0, failed: [], deleted: 237, there: ['https://stays.example.com/'], left: 0 })
  })
})
