// Ctrl-C on a pseudo-terminal at random moments of a token refresh, once or twice: is a connection ever lost? Once: never. Twice, which
// gives up: only where Calendly had rotated and its answer was not received, and then the next command says so.
//
//   npm run interrupted-refresh -- --rounds 50 --seed 1

import { parseArgs } from 'node:util'
import { seededChance } from '../support/chance.ts'
import { KEYS, onTerminal, type Terminal } from '../support/terminal.ts'
import type { CliHome } from '../support/cli.ts'
import { ACCOUNT, expireTokens, giveTokens, isLive, openStage, type Stage, tokenRequests, withStore } from './stage.ts'
import { tableText } from './table.ts'

/** Longer than a command takes on a busy machine. */
const COMMAND_MS = 900
/** The emulator takes this long to answer at most, before and after it rotates. */
const ANSWER_MS = 400
/** Two presses that are closer are one. */
const SECOND_PRESS_MS = 120

type Moment = 'before it was asked' | 'while it was asked' | 'after its answer'

export interface InterruptedRefreshes {
  readonly rounds: number
  /** Rounds by when the first Ctrl-C came. */
  readonly moments: Readonly<Record<Moment, number>>
  readonly twice: number
  /** Second presses that gave up an answer which was under way. */
  readonly givenUp: number
  /** Connections whose stored refresh token Calendly does not take any more. */
  readonly lost: number
  /** Of these: given up before the answer was received, and the next command says that it was lost. */
  readonly explained: number
  readonly problems: readonly string[]
}

export async function interruptedRefreshes(options: { readonly rounds: number; readonly seed: number }): Promise<InterruptedRefreshes> {
  const chance = seededChance(options.seed)
  const stage = await openStage()
  const home = stage.home()
  const tally = {
    moments: { 'before it was asked': 0, 'while it was asked': 0, 'after its answer': 0 },
    twice: 0,
    givenUp: 0,
    lost: 0,
    explained: 0,
  }
  const problems: string[] = []
  try {
    await withStore(home, (store) => giveTokens(stage, store))
    for (let round = 1; round <= options.rounds; round += 1) {
      const result = await playRound(stage, home, chance)
      tally.moments[result.moment] += 1
      tally.twice += Number(result.twice)
      tally.givenUp += Number(result.givenUp)
      tally.lost += Number(result.lost)
      tally.explained += Number(result.explained)
      problems.push(...result.problems.map((problem) => `round ${round}: ${problem}`))
      if (result.lost) await withStore(home, (store) => giveTokens(stage, store))
    }
  } finally {
    await stage.close()
  }
  return { rounds: options.rounds, ...tally, problems }
}

async function playRound(stage: Stage, home: CliHome, chance: () => number) {
  await expireTokens(stage, home)
  stage.control.faults.clear()
  const delays = { delay_ms: Math.round(chance() * ANSWER_MS), delay_after_ms: Math.round(chance() * ANSWER_MS) }
  stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', ...delays }])
  const requestsBefore = tokenRequests(stage).length
  const asked = (): boolean => stage.control.faults.list().some(({ hits }) => hits > 0)
  const [aimed, twice] = [chance() < 0.6, chance() < 0.4]
  const terminal = onTerminal(home, ['webhooks', 'list'])
  await terminal.started()
  if (aimed) await Promise.race([until(asked), terminal.done])
  await later(Math.round(chance() * (aimed ? delays.delay_ms + delays.delay_after_ms : COMMAND_MS)))
  const wasAsked = asked()
  terminal.type(KEYS.interrupt)
  if (twice) await pressAgain(terminal, chance)
  const end = await terminal.done
  const waited = end.shown.includes('Interrupted, but waiting for')
  const givenUp = end.shown.includes('Given up waiting for')
  // The request that nobody waits for any more is still carried out.
  if (givenUp) await later(delays.delay_ms + delays.delay_after_ms)
  const live = await withStore(home, (store) => isLive(stage, store))
  const lost = !live
  const refused = tokenRequests(stage)
    .slice(requestsBefore)
    .some(({ status }) => status !== 200)
  const next = lost ? (await home.json(['webhooks', 'list'])).envelope.error : null
  const reason = lost ? await withStore(home, async (store) => (await store.connections.get(ACCOUNT))?.needsConnect) : null
  const explained = lost && givenUp && next?.code === 'NEEDS_CONNECT' && reason === 'lost_response'
  const moment: Moment = waited || givenUp ? 'while it was asked' : wasAsked ? 'after its answer' : 'before it was asked'
  return {
    moment,
    twice,
    givenUp,
    lost,
    explained,
    problems: [
      ...(lost && !explained ? [`lost without a reason: ${reason ?? 'none'}\n${end.shown}`] : []),
      ...([0, 130].includes(end.code ?? -1) ? [] : [`ended with ${end.code}\n${end.shown}`]),
      ...(end.sameMode && end.cursorShown ? [] : ['the terminal was left otherwise than it was']),
      ...(refused ? ['a token request was refused'] : []),
    ],
  }
}

async function pressAgain(terminal: Terminal, chance: () => number): Promise<void> {
  await Promise.race([later(SECOND_PRESS_MS + Math.round(chance() * ANSWER_MS)), terminal.done])
  terminal.type(KEYS.interrupt)
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await later(2)
}

function report({ moments, ...result }: InterruptedRefreshes): string {
  const head = ['rounds', ...Object.keys(moments), 'pressed twice', 'given up', 'lost', 'explained']
  const row = [result.rounds, ...Object.values(moments), result.twice, result.givenUp, result.lost, result.explained]
  return [tableText(head, [row]), '', `${result.lost - result.explained} connections lost without a reason`, ...result.problems].join('\n')
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
  })
  const result = await interruptedRefreshes({ rounds: Number(values.rounds), seed: Number(values.seed) })
  process.stdout.write(`${report(result)}\n`)
  return result.problems.length > 0 ? 1 : 0
}
