// 409 on create, whoever is in the way, wherever, and however long the lists keep it back: in the end there is one right subscription,
// or an error that names the conflict, and nothing of others is gone that was not at our own place.

import { afterEach, describe, expect, test } from 'vitest'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { ACCOUNT, GROUP, openWorld, type Process, type World } from '../../support/webhook-world.ts'
import { HOOK } from '../../support/connected.ts'

const DESIRED: DesiredWebhook = { callbackUrl: HOOK, events: ['invitee.created', 'invitee.canceled'], scope: 'organization', group: null }
const FOR_EVER = 1000

/** Who is in the way. */
const WAYS = ['ours', 'ours, other events', 'ours, disabled', 'ours, key lost', 'a stranger', 'a stranger, disabled'] as const
const ELSEWHERE = ['own user scope', 'user scope of another', 'a group'] as const

const open: World[] = []
afterEach(async () => {
  for (const world of open.splice(0)) await world.close()
})

async function as<T>(world: World, work: (process: Process) => Promise<T>): Promise<T> {
  const process = await world.start()
  try {
    return await work(process)
  } finally {
    await process.end()
  }
}

const ensure = (world: World, desired: DesiredWebhook) =>
  as(world, async (process) => {
    await process.deps.connections.update(ACCOUNT, { desired })
    return ensureWebhook(process.deps, await process.session(), desired, { dryRun: false })
  })

const create = (world: World) =>
  as(world, async (process) => {
    const session = await process.session()
    const prepared = await prepareCreate(process.deps, session, DESIRED)
    return createWebhook(process.deps, session, prepared, { wanted: DESIRED, signingKey: null, dryRun: false })
  })

async function block(world: World, way: (typeof WAYS)[number]): Promise<string> {
  const { control } = world.emulator
  if (way.startsWith('ours')) await ensure(world, way === 'ours, other events' ? { ...DESIRED, events: ['invitee.created'] } : DESIRED)
  else control.add({ subscriptions: [{ callback_url: HOOK, state: way.endsWith('disabled') ? 'disabled' : 'active' }] })
  const uri = world.rows()[0]?.uri ?? ''
  if (way === 'ours, disabled') control.setSubscription(uri, { state: 'disabled' })
  if (way === 'ours, key lost') await as(world, ({ store }) => store.subscriptions.removeKey(uri))
  return uri
}

async function stateOf(world: World): Promise<string> {
  const rows = world.rows().filter(({ callbackUrl, scope }) => callbackUrl === HOOK && scope === 'organization')
  return as(world, async ({ store }) => {
    const keyed = await Promise.all(
      rows.map(async ({ uri, signingKey }) => (await store.subscriptions.signingKey(uri))?.reveal() === signingKey),
    )
    return rows.map(({ state, events }, index) => `${state} ${events.length} events, key ${keyed[index] ? 'known' : 'unknown'}`).join('; ')
  })
}

describe('409 at the very place', () => {
  const lags = [0, 1, 2, 3, 4]
  test.each(WAYS.flatMap((way) => lags.map((lag) => ({ way, lag }))))(
    'reconnect ends with one right subscription where $way is kept back by $lag lists',
    async ({ way, lag }) => {
      const world = await openWorld(lag)
      open.push(world)
      const uri = await block(world, way)
      world.emulator.control.setSubscription(uri, { hiddenLists: lag })
      const { failed } = await ensure(world, DESIRED)
      expect({ failed, there: await stateOf(world), same: world.rows().some((row) => row.uri === uri) }).toEqual({
        failed: [],
        there: 'active 2 events, key known',
        same: way === 'ours',
      })
    },
  )

  test.each(WAYS)('reconnect names the conflict and deletes nothing where %s is kept back for good', async (way) => {
    const world = await openWorld(1)
    open.push(world)
    const uri = await block(world, way)
    world.takeRemoved()
    world.emulator.control.setSubscription(uri, { hiddenLists: FOR_EVER })
    const { failed, applied } = await ensure(world, DESIRED)
    expect({
      failed: failed.map(({ error }) => error.code),
      applied,
      removed: world.takeRemoved(),
      there: world.rows().map((row) => row.uri),
    }).toEqual({
      failed: ['CALENDLY_CONFLICT'],
      applied: [],
      removed: [],
      there: [uri],
    })
    // The list shows it again: the same command goes through.
    world.emulator.control.setSubscription(uri, { hiddenLists: 0 })
    expect({ failed: (await ensure(world, DESIRED)).failed, there: await stateOf(world) }).toEqual({
      failed: [],
      there: 'active 2 events, key known',
    })
  })

  test.each([1, 2, 3])('create deletes no stranger that it did not show, kept back by %i lists', async (lag) => {
    const world = await openWorld(lag)
    open.push(world)
    const uri = await block(world, 'a stranger')
    world.emulator.control.setSubscription(uri, { hiddenLists: lag })
    const { failed, applied } = await create(world)
    expect({ failed: failed.map(({ error }) => error.code), applied, removed: world.takeRemoved() }).toEqual({
      failed: ['CALENDLY_CONFLICT'],
      applied: [],
      removed: [],
    })
  })
})

describe.each(['creator', 'organization', 'global'] as const)('409 because of another place (a URL once per %s)', (conflict_span) => {
  test.each(ELSEWHERE.flatMap((where) => [0, 2].map((lag) => ({ where, lag }))))(
    'reconnect leaves what is in $where alone, or shows that it goes, kept back by $lag lists',
    async ({ where, lag }) => {
      const world = await openWorld(1, { switches: { conflict_span } })
      open.push(world)
      const owner = {
        'own user scope': { scope: 'user', user: 'owner@example.com' },
        'user scope of another': { scope: 'user', user: 'other@example.com' },
        'a group': { scope: 'group', group: GROUP },
      }[where]
      world.emulator.control.add({ subscriptions: [{ id: 'INTHEWAY00000001', callback_url: HOOK, hidden_lists: lag, ...owner }] })
      const { plan, failed } = await ensure(world, DESIRED)
      const removed = world.takeRemoved().map(({ uri }) => uri)
      const named = plan.steps.flatMap(({ action, uri }) => (action === 'delete' ? [uri] : []))
      // Our own user-scope one at the same URL would deliver everything twice: that one goes, where it is seen.
      const isTwin = where === 'own user scope' && lag === 0
      expect({ failed: failed.map(({ error }) => error.code), removed, named }).toEqual({
        failed: isTwin ? [] : ['CALENDLY_CONFLICT'],
        removed: isTwin ? ['https://api.calendly.com/webhook_subscriptions/INTHEWAY00000001'] : [],
        named: removed,
      })
    },
  )
})
