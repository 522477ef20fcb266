// Every command that replaces x what may go wrong x at which request: in no cell is there less than one working subscription where there
// was one before, and the same command, run again, ends with exactly one whose key is known.

import { afterEach, describe, expect, test } from 'vitest'
import type { PlanResult } from '../../../src/core/plan/model.ts'
import { applyPlans } from '../../../src/operations/declarative/apply.ts'
import { planDeclaration } from '../../../src/operations/declarative/plan.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { prepareRecreate, recreate } from '../../../src/operations/webhooks/recreate.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { HOOK } from '../../support/connected.ts'
import { DESIRED, webhookRig, type WebhookRig } from '../../support/webhooks.ts'

const rigs: WebhookRig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

type Run = (rig: WebhookRig) => Promise<PlanResult>

const COMMANDS: Readonly<Record<string, Run>> = {
  reconnect: async (rig) => ensureWebhook(rig.deps, await rig.session(), DESIRED, { dryRun: false }),
  recreate: async (rig) => {
    const session = await rig.session()
    return recreate(rig.deps, session, await prepareRecreate(rig.deps, session, { overlap: false }), { dryRun: false })
  },
  create: async (rig) => {
    const session = await rig.session()
    const prepared = await prepareCreate(rig.deps, session, DESIRED)
    return createWebhook(rig.deps, session, prepared, { wanted: DESIRED, signingKey: null, dryRun: false })
  },
  apply: async (rig) => {
    const webhooks = [{ ...DESIRED, place: 'calreconnect.yaml:5:9' }]
    const declaration = { file: 'calreconnect.yaml', accounts: [{ name: 'me', place: 'calreconnect.yaml:3:3', webhooks }] }
    const planned = await planDeclaration(rig.deps, declaration, () => rig.session())
    const [only] = (await applyPlans(rig.deps, planned, { command: 'webhooks apply' })).results
    return only ?? { applied: [], failed: [] }
  },
}

const json = (status: number, title: string): object => ({ action: 'status', status, body: { title, message: 'no' } })
const FAULTS: Readonly<Record<string, object>> = {
  'plan 403': json(403, 'Permission Denied'),
  'scope 400': json(400, 'Invalid Argument'),
  'scope 403': { action: 'status', status: 403, body: { title: 'Insufficient scope', message: 'no', required_scopes: ['webhooks:write'] } },
  '409': json(409, 'Already Exists'),
  '500': json(500, 'Internal Server Error'),
  'HTML 404': { action: 'status', status: 404 },
  'HTML 200': { action: 'status', status: 200 },
  'reset before': { action: 'reset_before' },
  'reset after': { action: 'reset_after' },
  'half an answer': { action: 'half_body' },
}
const PLACES: Readonly<Record<string, object>> = {
  'the first POST': { method: 'POST', path: '/webhook_subscriptions', times: 1 },
  'the second POST': { method: 'POST', path: '/webhook_subscriptions', after: 1, times: 1 },
  'the DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: 1 },
  'every DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: null },
}

const cells = Object.keys(FAULTS).flatMap((fault) => Object.keys(PLACES).map((place) => ({ fault, place })))
const active = (rig: WebhookRig) =>
  rig.emulator.control.subscriptions().filter(({ callbackUrl, state }) => callbackUrl === HOOK && state === 'active')

async function outcomeOf(run: Promise<PlanResult>): Promise<readonly string[]> {
  try {
    return (await run).failed.map(({ error }) => error.exit)
  } catch (error) {
    if (error instanceof CalreconnectError) return [error.exit]
    throw error
  }
}

describe.each(Object.entries(COMMANDS))('%s', (_name, run) => {
  test.each(cells)('a command that meets $fault at $place leaves a working subscription, and is right when run again', async (cell) => {
    const rig = await webhookRig({ seed: { subscriptions: [{ callback_url: HOOK, signing_key: 'of-others' }] } })
    rigs.push(rig)
    await rig.update({ desired: DESIRED })
    rig.emulator.control.addFaults([{ ...PLACES[cell.place], ...FAULTS[cell.fault] }])
    const exits = await outcomeOf(run(rig))
    expect({ left: active(rig).length > 0, exits: exits.filter((exit) => exit === 'bug' || exit === 'store') }).toEqual({
      left: true,
      exits: [],
    })
    rig.emulator.control.faults.clear()
    const again = await outcomeOf(run(rig))
    const keys = await Promise.all(
      active(rig).map(async ({ uri, signingKey }) => (await rig.store.subscriptions.signingKey(uri))?.reveal() === signingKey),
    )
    expect({ again, keys }).toEqual({ again: [], keys: [true] })
  })
})
