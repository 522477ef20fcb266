// Processes that are killed, and one that stands still: a sample of the crash matrix for every command (all of it:
// `npm run crash-matrix`), and SIGSTOP of the one that holds the token lock. At the same time, since most of it is waiting.

import { describe, expect, test } from 'vitest'
import type { TestContext } from 'vitest'
import type { CliHome, Running } from '../../support/cli.ts'
import { crashMatrix, offsetOf } from '../../proofs/crash-matrix.ts'
import { FLOWS } from '../../proofs/crash-flows.ts'
import { ACCOUNT, errorCodeOf, expireTokens, giveTokens, isLive, openStage, tokenRequests, withStore } from '../../proofs/stage.ts'
import type { Stage } from '../../proofs/stage.ts'

/** Another seed kills elsewhere: `npm run crash-matrix -- --first-seed 7`. */
const SEED = 1
const EVERY = 9
const PAIRS = 5
const TRIPLES = 2
const LIST = ['webhooks', 'list', '--json']

describe.concurrent('a command whose process dies or stands still', () => {
  test('webhooks list gives up on a stopped holder of the lock, naming what it waits for, and the holder loses nothing', async (context) => {
    const { stage, home, holder } = await stoppedHolder(context)
    const waiter = await home.run(LIST)
    expect({ code: waiter.code, error: errorCodeOf(waiter) }).toEqual({ code: 9, error: 'STORE_LOCKED' })
    expect(waiter.stderr).toContain(`Waiting for another process that is renewing the tokens of ${ACCOUNT}`)
    expect(waiter.stdout).toContain(`tokens ${ACCOUNT}`)
    holder.child.kill('SIGCONT')
    const { code } = await holder.done
    const live = await withStore(home, (store) => isLive(stage, store))
    expect({ code, live, tokenRequests: tokenRequests(stage).length }).toEqual({ code: 0, live: true, tokenRequests: 1 })
  })

  test('webhooks list of a holder that was stopped does not overwrite a pair that was stored meanwhile', async (context) => {
    const { stage, home, holder } = await stoppedHolder(context)
    const newer = await withStore(home, (store) => giveTokens(stage, store))
    holder.child.kill('SIGCONT')
    const { code } = await holder.done
    const stored = await withStore(home, (store) => store.connections.get(ACCOUNT))
    expect({ code, ...pairOf(stored) }).toEqual({ code: 0, ...pairOf(newer) })
  })

  test('webhooks list that is interrupted while its refresh is under way waits for the answer and keeps the new pair', async (context) => {
    const { stage, home, holder } = await refreshing(context)
    holder.child.kill('SIGINT')
    const { code } = await holder.done
    const live = await withStore(home, (store) => isLive(stage, store))
    expect({ code, live, tokenRequests: tokenRequests(stage).length }).toEqual({ code: 130, live: true, tokenRequests: 1 })
  })

  test('seeds of the crash matrix kill elsewhere, and so many in a row as points are left out reach every point', () => {
    const seeds = Array.from({ length: EVERY }, (_, index) => index + 1)
    const reached = FLOWS.map(({ name }) => new Set(seeds.map((seed) => offsetOf(name, seed, EVERY))).size)
    expect(reached).toEqual(FLOWS.map(() => EVERY))
  })

  test.each(FLOWS.map((flow) => ({ name: flow.name, flow })))(
    '$name converges after a SIGKILL at a request or commit',
    async ({ flow }) => {
      const results = await crashMatrix({ flows: [flow], seeds: [SEED], every: EVERY, pairs: PAIRS, triples: TRIPLES, workers: 1 })
      expect(results.flatMap(({ problems }) => problems)).toEqual([])
      expect(
        results.map(({ depth, cells, afterOne, afterTwo }) => ({ depth, right: afterOne + afterTwo === cells, any: cells > 0 })),
      ).toEqual([
        { depth: 1, right: true, any: true },
        { depth: 2, right: true, any: true },
        { depth: 3, right: true, any: true },
      ])
    },
  )
})

interface Refreshing {
  readonly stage: Stage
  readonly home: CliHome
  /** Of the token lock. */
  readonly holder: Running
}

/** Calendly has rotated, and the answer is on its way to the process that asked. */
async function refreshing({ onTestFinished }: TestContext): Promise<Refreshing> {
  const stage = await openStage()
  // The context's own: tests here run at the same time.
  onTestFinished(() => stage.close())
  const home = stage.home()
  await withStore(home, (store) => giveTokens(stage, store))
  await expireTokens(stage, home)
  stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', delay_after_ms: 1_000 }])
  const holder = home.start(LIST)
  while (tokenRequests(stage).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  return { stage, home, holder }
}

async function stoppedHolder(context: TestContext): Promise<Refreshing> {
  const running = await refreshing(context)
  running.holder.child.kill('SIGSTOP')
  return running
}

function pairOf(connection: Awaited<ReturnType<typeof giveTokens>> | null) {
  return {
    access: connection?.accessToken?.reveal(),
    refresh: connection?.refreshToken?.reveal(),
    generation: connection?.tokenGeneration,
    needsConnect: connection?.needsConnect,
  }
}
