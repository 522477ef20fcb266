// Every command that replaces x what may go wrong x at which request: in no cell is there less than one working subscription where there
// was one before, and the same command, run again, ends with exactly one whose key is known. Pinned: how it ends, and what stands then.

import { describe, expect, test } from 'vitest'
import type { PlanResult } from '../../../src/core/plan/model.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { applyPlans } from '../../../src/operations/declarative/apply.ts'
import { planDeclaration } from '../../../src/operations/declarative/plan.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { deleteWebhooks, prepareDelete } from '../../../src/operations/webhooks/delete.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { prepareRecreate, recreate } from '../../../src/operations/webhooks/recreate.ts'
import { backupsOfUris, plannedRestore, restore } from '../../../src/operations/webhooks/restore.ts'
import { HOOK } from '../../support/connected.ts'
import { cellsOf, hit, patienceFor, type Place } from '../../support/mishaps.ts'
import { DESIRED, webhookRig, type WebhookRig } from '../../support/webhooks.ts'

const THEIRS = { callback_url: HOOK, signing_key: 'of-others' }

interface Replacing {
  /** Default: somebody else's subscription stands at the place that the connection wants. */
  readonly prepare?: (rig: WebhookRig) => Promise<void>
  readonly run: (rig: WebhookRig) => Promise<PlanResult>
}

const COMMANDS: Readonly<Record<string, Replacing>> = {
  reconnect: { run: async (rig) => ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false }) },
  recreate: { run: async (rig) => recreated(rig, { overlap: false }) },
  create: {
    run: async (rig) => {
      const session = await rig.session()
      const prepared = await prepareCreate(rig.deps, session, DESIRED)
      return createWebhook(rig.deps, session, prepared, { wanted: DESIRED, signingKey: null, dryRun: false })
    },
  },
  apply: {
    run: async (rig) => {
      const webhooks = [{ ...DESIRED, place: 'calreconnect.yaml:5:9' }]
      const declaration = { file: 'calreconnect.yaml', accounts: [{ name: 'me', place: 'calreconnect.yaml:3:3', webhooks }] }
      const planned = await planDeclaration(rig.deps, declaration, () => rig.session())
      const [only] = (await applyPlans(rig.deps, planned, { command: 'webhooks apply' })).results
      return only ?? { applied: [], failed: [] }
    },
  },
  restore: {
    // Its own was deleted, and somebody made another there, with other events.
    prepare: async (rig) => {
      rig.emulator.control.removeSubscription(theirs(rig))
      await ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false })
      const session = await rig.session()
      await deleteWebhooks(rig.deps, session, await prepareDelete(rig.deps, session, [await lastOwn(rig)]))
      rig.emulator.control.add({ subscriptions: [{ ...THEIRS, events: ['invitee.created'] }] })
    },
    run: async (rig) => {
      const session = await rig.session()
      const source = await backupsOfUris(rig.deps.runs, 'me', [await lastOwn(rig)])
      return restore(rig.deps, session, await plannedRestore(rig.deps, session, source), { command: 'webhooks restore' })
    },
  },
}

const PLACES = {
  'the first POST': { method: 'POST', path: '/webhook_subscriptions', times: 1 },
  'the second POST': { method: 'POST', path: '/webhook_subscriptions', after: 1, times: 1 },
  'the DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: 1 },
  'every DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: null },
} as const satisfies Readonly<Record<string, Place>>
type PlaceName = keyof typeof PLACES
const PLACE_NAMES: readonly PlaceName[] = ['the first POST', 'the second POST', 'the DELETE', 'every DELETE']

/** The exit, and what stands at the URL: others' as before, or one whose key is stored. The same for every command. */
const TABLE = `
| mishap         | the first POST     | the second POST | the DELETE      | every DELETE       |
|----------------|--------------------|-----------------|-----------------|--------------------|
| plan 403       | refused, theirs    | partial, ours   | refused, theirs | refused, theirs    |
| scope 400      | refused, theirs    | partial, ours   | refused, theirs | refused, theirs    |
| scope 403      | auth, theirs       | partial, ours   | auth, theirs    | auth, theirs       |
| taken 409      | ok, ours           | ok, ours        | refused, theirs | refused, theirs    |
| failed 500     | unreachable, theirs| ok, ours        | ok, ours        | unreachable, theirs|
| HTML 404       | unreachable, theirs| ok, ours        | ok, ours        | unreachable, theirs|
| HTML 200       | unreachable, theirs| ok, ours        | ok, ours        | unreachable, theirs|
| reset before   | unreachable, theirs| ok, ours        | ok, ours        | unreachable, theirs|
| reset after    | unreachable, theirs| ok, ours        | ok, ours        | partial, ours      |
| half an answer | unreachable, theirs| ok, ours        | ok, ours        | partial, ours      |
| timeout before | unreachable, theirs| ok, ours        | ok, ours        | unreachable, theirs|
| timeout after  | unreachable, theirs| ok, ours        | ok, ours        | partial, ours      |
`

describe.each(Object.entries(COMMANDS))('%s', (_name, { prepare, run }) => {
  test.concurrent.for(cellsOf(TABLE, PLACE_NAMES))(
    'a command that meets $mishap at $place ends with $expected, and is right when run again',
    async ({ mishap, place, expected }, { onTestFinished }) => {
      const rig = await webhookRig({ seed: { subscriptions: [THEIRS] }, ...patienceFor(mishap) })
      onTestFinished(() => rig.close())
      await rig.update({ desired: DESIRED })
      await prepare?.(rig)
      hit(rig.emulator, PLACES[place], mishap)
      const exit = await exitOf(run(rig))
      expect(`${exit}, ${await standing(rig)}`).toBe(expected)
      rig.emulator.control.faults.clear()
      expect(`${await exitOf(run(rig))}, ${await standing(rig)}`).toBe('ok, ours')
    },
  )
})

async function recreated(rig: WebhookRig, options: { readonly overlap: boolean }): Promise<PlanResult> {
  const session = await rig.session()
  return recreate(rig.deps, session, await prepareRecreate(rig.deps, session, options), { dryRun: false })
}

function theirs(rig: WebhookRig): string {
  return rig.emulator.control.subscriptions()[0]?.uri ?? ''
}

/** The first that this store made. */
async function lastOwn(rig: WebhookRig): Promise<string> {
  const known = await rig.store.subscriptions.known('me', { gone: true })
  return known.find(({ origin }) => origin === 'connection')?.uri ?? ''
}

/** Each that is active at the URL: `theirs`, `ours`, or `unknown` for one of ours whose key is not stored. */
async function standing(rig: WebhookRig): Promise<string> {
  const active = rig.emulator.control.subscriptions().filter(({ callbackUrl, state }) => callbackUrl === HOOK && state === 'active')
  const each = active.map(async ({ uri, signingKey }) => {
    if (signingKey === THEIRS.signing_key) return 'theirs'
    return (await rig.store.subscriptions.signingKey(uri))?.reveal() === signingKey ? 'ours' : 'unknown'
  })
  return (await Promise.all(each)).join(' + ')
}

async function exitOf(run: Promise<PlanResult>): Promise<string> {
  try {
    return (await run).failed.map(({ error }) => error.exit).join(' + ') || 'ok'
  } catch (error) {
    if (error instanceof CalreconnectError) return error.exit
    throw error
  }
}
