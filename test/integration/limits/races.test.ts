// Two clients with store handles of their own on one store, wanting the same thing at the same moment.

import { afterEach, describe, expect, test } from 'vitest'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import { ensureWebhook } from '../../../src/operations/webhooks/ensure.ts'
import { ACCOUNT, openWorld, type Process, type World } from '../../support/webhook-world.ts'
import { HOOK } from '../../support/connected.ts'

const ROUNDS = 20
const desiredOf = (events: readonly string[]): DesiredWebhook => ({ callbackUrl: HOOK, events, scope: 'organization', group: null })

const open: World[] = []
afterEach(async () => {
  for (const world of open.splice(0)) await world.close()
})

const outcomesOf = ({ applied, failed }: Awaited<ReturnType<typeof ensureWebhook>>): string[] => [
  ...applied.map(({ outcome }) => outcome),
  ...failed.map(({ error }) => error.code),
]

describe('two clients that reconnect the same connection at once', () => {
  test(`reconnect by two clients at once leaves one subscription, its key known, and nobody fails (${ROUNDS} rounds)`, async () => {
    const rounds: object[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const world = await openWorld(round, { requestMs: 1 })
      open.push(world)
      // Nothing there, a stranger at the place, or something of ours that is not right any more.
      if (round % 3 === 1) world.emulator.control.add({ subscriptions: [{ callback_url: HOOK }] })
      if (round % 3 === 2) await alone(world, desiredOf(['invitee.created']))
      const desired = desiredOf(['invitee.created', 'invitee.canceled'])
      const clients = await Promise.all([world.start(), world.start()])
      const ensure = async (client: Process) => ensureWebhook(client.deps, await client.session(), desired, { dryRun: false })
      await clients[0]?.deps.connections.update(ACCOUNT, { desired })
      const results = await Promise.all(clients.map(ensure))
      const [row, another] = world.rows()
      const key = (await clients[0]?.store.subscriptions.signingKey(row?.uri ?? ''))?.reveal()
      const again = await Promise.all(clients.map(ensure))
      rounds.push({
        done: results.flatMap(outcomesOf),
        one: row !== undefined && another === undefined,
        keyed: key !== undefined && key === row?.signingKey,
        again: again.flatMap(outcomesOf),
        connection: (await clients[1]?.deps.connections.get(ACCOUNT))?.webhookUri === row?.uri,
      })
      for (const client of clients) await client.end()
      await world.close()
      open.pop()
    }
    const good = (outcome: string) => ({ done: [outcome], one: true, keyed: true, again: [], connection: true })
    expect(rounds).toEqual(Array.from({ length: ROUNDS }, (_, round) => good(round % 3 === 0 ? 'created' : 'replaced')))
  })
})

async function alone(world: World, desired: DesiredWebhook): Promise<void> {
  const client = await world.start()
  await client.deps.connections.update(ACCOUNT, { desired })
  await ensureWebhook(client.deps, await client.session(), desired, { dryRun: false })
  await client.end()
}
