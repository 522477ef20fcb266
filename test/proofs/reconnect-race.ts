// Several processes reconnect the same connection at once, with something to mend each time: one subscription in the end, one token
// request, and nobody fails. `npm run reconnect-race -- [--rounds 100] [--processes 2]`

import { parseArgs } from 'node:util'
import type { CliHome, Running } from '../support/cli.ts'
import { ACCOUNT, expireTokens, giveTokens, openStage, storeOf, tokenRequests, webhookWrites } from './stage.ts'
import type { Stage } from './stage.ts'
import { quantile, tableText } from './table.ts'

type Store = Awaited<ReturnType<typeof storeOf>>

/** What there is to mend. */
interface Trouble {
  readonly name: string
  make(place: Place): Promise<void>
}

interface Place {
  readonly stage: Stage
  readonly store: Store
  /** Where the connection's webhook is wanted before this round. */
  readonly url: string
}

export interface TroubleResult {
  readonly trouble: string
  readonly rounds: number
  readonly tokenRequests: number
  readonly writes: number
  readonly roundMs: readonly number[]
  readonly problems: readonly string[]
}

const WAITING = /Waiting for another process that is changing the webhooks/
const urlOf = (number: number): string => `https://hooks.example.com/${number}`

const ours = ({ stage, url }: Place) => stage.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === url)

const TROUBLES: readonly Trouble[] = [
  {
    name: 'gone',
    async make(place) {
      for (const { uri } of ours(place)) place.stage.control.removeSubscription(uri)
    },
  },
  {
    name: 'disabled',
    async make(place) {
      for (const { uri } of ours(place)) place.stage.control.setSubscription(uri, { state: 'disabled' })
    },
  },
  {
    name: 'key lost',
    async make(place) {
      for (const { uri } of ours(place)) await place.store.subscriptions.removeKey(uri)
    },
  },
  {
    name: 'duplicates',
    async make({ stage, url }) {
      stage.control.add({
        subscriptions: [
          { count: 3, callback_url: url },
          { count: 2, callback_url: url, scope: 'user' },
        ],
      })
    },
  },
  { name: 'moved', make: async () => {} },
]

/** `rounds` of each trouble in turn. */
export async function reconnectRace(options: { readonly rounds: number; readonly processes: number }): Promise<readonly TroubleResult[]> {
  const stage = await openStage()
  const home = stage.home()
  const store = await storeOf(home)
  try {
    await giveTokens(stage, store)
    let moves = 0
    await home.run(['reconnect', '--callback-url', urlOf(moves)])
    const results = new Map<string, TroubleResult>()
    for (let round = 0; round < options.rounds; round += 1) {
      const trouble = TROUBLES[round % TROUBLES.length]
      if (trouble === undefined) break
      await expireTokens(stage, home)
      await trouble.make({ stage, store, url: urlOf(moves) })
      if (trouble.name === 'moved') moves += 1
      const gated = Math.floor(round / TROUBLES.length) % 2 === 0
      const done = await runRound({ stage, home, store, url: urlOf(moves), processes: options.processes, gated })
      const soFar = results.get(trouble.name)
      results.set(trouble.name, {
        trouble: trouble.name,
        rounds: (soFar?.rounds ?? 0) + 1,
        tokenRequests: (soFar?.tokenRequests ?? 0) + done.tokenRequests,
        writes: (soFar?.writes ?? 0) + done.writes,
        roundMs: [...(soFar?.roundMs ?? []), done.tookMs],
        problems: [...(soFar?.problems ?? []), ...done.problems.map((text) => `${trouble.name}, round ${round + 1}: ${text}`)],
      })
    }
    return [...results.values()]
  } finally {
    await store.close()
    await stage.close()
  }
}

interface Round extends Place {
  readonly home: CliHome
  readonly processes: number
  /** All are let go at the same moment, when each has seen that there is something to do. */
  readonly gated: boolean
}

async function runRound(round: Round) {
  const { stage, store } = round
  stage.control.requests.clear()
  const startedMs = performance.now()
  const ended = await Promise.all((await start(round)).map((one) => one.done))
  const problems = ended.flatMap(({ code, stdout, stderr }) => (code === 0 ? [] : [`ended with ${code}: ${stderr}${stdout}`]))
  const there = stage.control.subscriptions()
  const [only] = there
  if (only === undefined || there.length !== 1) problems.push(`${there.length} subscriptions instead of 1`)
  else if (only.callbackUrl !== round.url || only.state !== 'active') problems.push(`${only.callbackUrl} is there and ${only.state}`)
  else if ((await store.subscriptions.signingKey(only.uri))?.reveal() !== only.signingKey)
    problems.push('its key is not the one that is stored')
  const asked = tokenRequests(stage)
  if (asked.length !== 1) problems.push(`${asked.length} token requests`)
  return { tokenRequests: asked.length, writes: webhookWrites(stage).length, tookMs: performance.now() - startedMs, problems }
}

async function start({ home, store, processes, gated, url }: Round): Promise<readonly Running[]> {
  const args = ['reconnect', '--callback-url', url, '--json']
  const startAll = (): Running[] => Array.from({ length: processes }, () => home.start(args))
  if (!gated) return startAll()
  const organization = (await store.connections.get(ACCOUNT))?.organizationUri ?? ''
  return store.lock.hold(
    `webhooks ${organization}`,
    async () => {
      const running = startAll()
      await Promise.all(running.map((one) => one.stderrUntil(WAITING)))
      return running
    },
    { waitMsMax: 10_000 },
  )
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '100' }, processes: { type: 'string', default: '2' } },
  })
  const results = await reconnectRace({ rounds: Number(values.rounds), processes: Number(values.processes) })
  const rows = results.map(({ trouble, rounds, tokenRequests: asked, writes, roundMs, problems }) => [
    trouble,
    rounds,
    asked,
    writes,
    Math.round(quantile(roundMs, 0.5)),
    problems.length,
  ])
  const problems = results.flatMap((result) => result.problems)
  process.stdout.write(`${tableText(['to mend', 'rounds', 'token requests', 'writes', 'ms a round', 'problems'], rows)}\n`)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  return problems.length > 0 ? 1 : 0
}
