// The refresh race: real processes on one store find an expired token at the same time, and Calendly takes a refresh token once.
// `npm run race -- [--rounds 1000] [--kill] [--seed 1] [--on sqlite|postgres|pgbouncer] [--processes 32]`

import { parseArgs } from 'node:util'
import { tokenLockName } from '../../src/operations/tokens/access-token.ts'
import type { CliHome, CliResult, Running } from '../support/cli.ts'
import { seededChance } from '../support/chance.ts'
import { freshSchema, startCluster, urlAt } from '../support/postgres.ts'
import { ACCOUNT, errorCodeOf, expireTokens, giveTokens, isLive, openStage, storeOf, tokenRequests } from './stage.ts'
import type { Stage } from './stage.ts'
import { quantile, tableText } from './table.ts'

type Store = Awaited<ReturnType<typeof storeOf>>

/** So many processes at once, so many times. */
export interface Heat {
  readonly processes: number
  readonly rounds: number
}

export interface HeatResult extends Heat {
  readonly tokenRequests: number
  readonly invalidGrants: number
  /** Processes that were not killed and did not end as they must. */
  readonly failures: number
  /** Rounds after which the stored refresh token is one that Calendly would not take. */
  readonly lost: number
  /** Of those, the rounds in which the answer was lost with the process that was killed, and the connection says `lost_response`. */
  readonly explained: number
  /** Of those again: the kill fell when the request was on its way, and Calendly rotated after it. */
  readonly underway: number
  readonly killed: number
  readonly roundMs: readonly number[]
  /** From the kill to the end of the first process that went on after it. */
  readonly waitedMs: readonly number[]
  /** What went wrong, with the round that did. */
  readonly problems: readonly string[]
}

export interface RaceOptions {
  readonly heats: readonly Heat[]
  readonly seed: number
  /** One process of each round is killed at a random moment. */
  readonly kill: boolean
  readonly onHeat?: (result: HeatResult) => void
  /** URL of a new store for each heat; default: a file. */
  readonly newUrl?: () => string
}

const COMMAND = ['webhooks', 'list', '--json']
const TOKEN_ANSWER_MS = 150
const WAITING = /Waiting for another process that is renewing the tokens/

/** Without what depends on the machine. */
export function figuresOf({ roundMs: _roundMs, waitedMs: _waitedMs, ...figures }: HeatResult): Omit<HeatResult, 'roundMs' | 'waitedMs'> {
  return figures
}

/** One token request a round, and nobody fails. */
export function perfect({ processes, rounds }: Heat): ReturnType<typeof figuresOf> {
  const nothing = { invalidGrants: 0, failures: 0, lost: 0, explained: 0, underway: 0, killed: 0, problems: [] }
  return { processes, rounds, tokenRequests: rounds, ...nothing }
}

export async function race(options: RaceOptions): Promise<readonly HeatResult[]> {
  const stage = await openStage()
  try {
    const results: HeatResult[] = []
    for (const heat of options.heats) {
      const result = await runHeat(stage, heat, options)
      options.onHeat?.(result)
      results.push(result)
    }
    return results
  } finally {
    await stage.close()
  }
}

/** All rounds on one store, so that the pairs are a chain: a pair that gets lost fails every later round. */
async function runHeat(stage: Stage, heat: Heat, { kill, seed, newUrl }: RaceOptions): Promise<HeatResult> {
  const home = stage.home(undefined, newUrl === undefined ? {} : { CALRECONNECT_DB: newUrl() })
  const store = await storeOf(home)
  const chance = seededChance(seed * 1_000 + heat.processes)
  await giveTokens(stage, store)
  stage.control.faults.clear()
  // Half of the time before the old token dies and half after. With kills, all of it after: those are the dangerous ones.
  const delays = kill ? { delay_after_ms: TOKEN_ANSWER_MS } : { delay_ms: TOKEN_ANSWER_MS / 2, delay_after_ms: TOKEN_ANSWER_MS / 2 }
  stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', times: null, ...delays }])
  const rounds: RoundResult[] = []
  try {
    for (let number = 0; number < heat.rounds; number += 1) {
      const result = await runRound({ stage, home, store, chance, kill, gated: number % 2 === 0, processes: heat.processes })
      rounds.push(result)
      if (!(await isLive(stage, store))) await giveTokens(stage, store)
    }
  } finally {
    await store.close()
    home.remove()
  }
  const sum = (of: (round: RoundResult) => number): number => rounds.reduce((total, round) => total + of(round), 0)
  return {
    ...heat,
    tokenRequests: sum((round) => round.tokenRequests),
    invalidGrants: sum((round) => round.invalidGrants),
    failures: sum((round) => round.failures),
    lost: sum(({ lost }) => Number(lost)),
    explained: sum(({ explained }) => Number(explained)),
    underway: sum(({ underway }) => Number(underway)),
    killed: sum(({ killed }) => Number(killed)),
    roundMs: rounds.map(({ tookMs }) => tookMs),
    waitedMs: rounds.flatMap(({ waitedMs }) => (waitedMs === null ? [] : [waitedMs])),
    problems: rounds.flatMap(({ problems }, number) => problems.map((text) => `${heat.processes} processes, round ${number + 1}: ${text}`)),
  }
}

interface Round {
  readonly stage: Stage
  readonly home: CliHome
  readonly store: Store
  readonly chance: () => number
  readonly kill: boolean
  /** All are let go at the same moment, when every one of them stands before the lock. Else they come as they start. */
  readonly gated: boolean
  readonly processes: number
}

interface RoundResult {
  readonly tokenRequests: number
  readonly invalidGrants: number
  readonly failures: number
  readonly lost: boolean
  readonly explained: boolean
  readonly underway: boolean
  readonly killed: boolean
  readonly tookMs: number
  readonly waitedMs: number | null
  readonly problems: readonly string[]
}

interface Kill {
  readonly victim: Running
  /** By the emulator's clock, epoch milliseconds. */
  readonly emulatorMs: number
  readonly atMs: number
}

async function runRound(round: Round): Promise<RoundResult> {
  const { stage, home, store, kill } = round
  await expireTokens(stage, home)
  stage.control.requests.clear()
  const startedMs = performance.now()
  const running = await start(round)
  const ends = running.map(async (one) => ({ one, result: await one.done, atMs: performance.now() }))
  const killing = kill ? killOne(round, running) : null
  const ended = await Promise.all(ends)
  const struck = (await killing) ?? null
  const survivors = ended.filter(({ one, result }) => one !== struck?.victim || result.signal === null)
  const wasKilled = survivors.length < ended.length
  const requests = tokenRequests(stage)
  const live = await isLive(stage, store)
  const judged = await judge(round, { live, wasKilled, struck, survivors: survivors.map(({ result }) => result), requests })
  return {
    ...judged,
    tokenRequests: requests.length,
    invalidGrants: requests.filter(({ status }) => status === 400).length,
    lost: !live,
    killed: wasKilled,
    tookMs: performance.now() - startedMs,
    waitedMs: wasKilled && struck !== null ? wentOnMs(struck.atMs, survivors) : null,
  }
}

/** Null: all others had ended before. */
function wentOnMs(killedAtMs: number, survivors: readonly { readonly atMs: number }[]): number | null {
  const later = survivors.filter(({ atMs }) => atMs > killedAtMs).map(({ atMs }) => atMs - killedAtMs)
  return later.length === 0 ? null : Math.min(...later)
}

async function start({ home, store, processes, gated }: Round): Promise<readonly Running[]> {
  const startAll = (): Running[] => Array.from({ length: processes }, () => home.start(COMMAND))
  if (!gated) return startAll()
  return store.lock.hold(
    tokenLockName(ACCOUNT),
    async () => {
      const running = startAll()
      await Promise.all(running.map((one) => one.stderrUntil(WAITING)))
      return running
    },
    { waitMsMax: 10_000 },
  )
}

/** Anywhere from the first moment to a while after the answer. */
async function killOne({ stage, chance, gated, processes }: Round, running: readonly Running[]): Promise<Kill | null> {
  const victim = running[Math.floor(chance() * running.length)]
  const startMs = gated ? 0 : 100 + 60 * processes
  const delayMs = chance() * (startMs + 2 * TOKEN_ANSWER_MS)
  if (victim === undefined) return null
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  victim.child.kill('SIGKILL')
  return { victim, emulatorMs: stage.control.clock.nowMs(), atMs: performance.now() }
}

async function judge(
  { stage, store, kill }: Round,
  seen: {
    readonly live: boolean
    readonly wasKilled: boolean
    readonly struck: Kill | null
    readonly survivors: readonly CliResult[]
    readonly requests: ReturnType<typeof tokenRequests>
  },
): Promise<Pick<RoundResult, 'failures' | 'explained' | 'underway' | 'problems'>> {
  const { live, wasKilled, struck, survivors, requests } = seen
  const needsConnect = (await store.connections.get(ACCOUNT))?.needsConnect ?? null
  const rotatedAtMs = Math.max(0, ...[...stage.control.state.grants.values()].map(({ issuedAtMs }) => issuedAtMs))
  const explained = !live && wasKilled && needsConnect === 'lost_response'
  const underway = explained && struck !== null && struck.emulatorMs < rotatedAtMs
  const asExpected = (result: CliResult): boolean =>
    live ? result.code === 0 : result.code === 4 && errorCodeOf(result) === 'NEEDS_CONNECT'
  const failed = survivors.filter((result) => !asExpected(result))
  const requestsMax = wasKilled ? 2 : 1
  const problems = [
    ...failed.map(({ code, stdout, stderr }) => `ended with ${code}: ${stderr}${stdout}`),
    ...(live || explained ? [] : [`the stored pair is lost (needs_connect: ${needsConnect}; killed: ${wasKilled})`]),
    ...(live && needsConnect !== null ? [`needs_connect is ${needsConnect} although the pair is good`] : []),
    ...(requests.length < 1 || requests.length > requestsMax ? [`${requests.length} token requests`] : []),
    ...(!kill && requests.some(({ status }) => status !== 200) ? ['a token request was refused'] : []),
  ]
  return { failures: failed.length, explained, underway, problems }
}

/** Most rounds are small: 32 processes take seconds on two cores. */
export function heatsFor(rounds: number): readonly Heat[] {
  const shares: readonly (readonly [number, number])[] = [
    [4, 0.2],
    [8, 0.08],
    [16, 0.03],
    [32, 0.02],
  ]
  const larger = shares.map(([processes, share]) => ({ processes, rounds: Math.max(1, Math.round(rounds * share)) }))
  const left = rounds - larger.reduce((sum, heat) => sum + heat.rounds, 0)
  return [{ processes: 2, rounds: Math.max(1, left) }, ...larger]
}

function report(results: readonly HeatResult[], kill: boolean): string {
  const sum = (of: (result: HeatResult) => number): number => results.reduce((total, result) => total + of(result), 0)
  const rows = results.map((result) => [
    result.processes,
    result.rounds,
    result.tokenRequests,
    result.invalidGrants,
    result.failures,
    ...(kill
      ? [
          result.killed,
          result.explained,
          result.underway,
          Math.round(quantile(result.waitedMs, 0.5)),
          Math.round(quantile(result.waitedMs, 1)),
        ]
      : []),
    result.lost - result.explained,
    Math.round(quantile(result.roundMs, 0.5)),
  ])
  const killHead = kill ? ['killed', 'lost_response', 'sent before', 'next ends after ms', 'at most'] : []
  const head = ['processes', 'rounds', 'token requests', 'invalid_grant', 'failures', ...killHead, 'lost pairs', 'ms a round']
  const problems = results.flatMap((result) => result.problems)
  const total = `${sum(({ rounds }) => rounds)} rounds, ${sum((result) => result.tokenRequests)} token requests, ${problems.length} problems`
  return [tableText(head, rows), '', total, ...problems].join('\n')
}

/** A server of its own for the time of `work`, where one is asked for. */
async function storesOn<T>(engine: string, work: (stores: Pick<RaceOptions, 'newUrl'>) => Promise<T>): Promise<T> {
  if (engine === 'sqlite') return work({})
  if (engine !== 'postgres' && engine !== 'pgbouncer') throw new Error(`--on takes sqlite, postgres or pgbouncer, not ${engine}`)
  const cluster = await startCluster()
  try {
    const port = engine === 'postgres' ? cluster.port : await cluster.pooled('transaction')
    return await work({ newUrl: () => urlAt(port, freshSchema()) })
  } finally {
    await cluster.close()
  }
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '1000' },
      kill: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      on: { type: 'string', default: 'sqlite' },
      processes: { type: 'string' },
    },
  })
  const rounds = Number(values.rounds)
  const results = await storesOn(values.on, (newUrl) =>
    race({
      heats: values.processes === undefined ? heatsFor(rounds) : [{ processes: Number(values.processes), rounds }],
      seed: Number(values.seed),
      kill: values.kill,
      onHeat: (heat) => process.stderr.write(`${heat.processes} processes: ${heat.rounds} done\n`),
      ...newUrl,
    }),
  )
  process.stdout.write(`${report(results, values.kill)}\n`)
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0
}
