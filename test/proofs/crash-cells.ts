// One cell of the crash matrix: a command that is killed, once or several times in a row, and is then run until it goes through.
// Knows how to get to a cell and what must be so in the end; which cells there are is the matrix's business.

import type { Subscription } from '../../src/emulator/entities.ts'
import type { CliHome, CliResult } from '../support/cli.ts'
import { seededChance } from '../support/chance.ts'
import type { Flow, Scene } from './crash-flows.ts'
import { crashAt, recordPoints, type Recorded } from './crash-points.ts'
import { ACCOUNT, errorCodeOf, openStage, startWithBrowser, tokenRequests, webhookWrites, withStore } from './stage.ts'
import type { Stage } from './stage.ts'

export interface CellResult {
  /** Where it was killed, in this order. */
  readonly kills: readonly string[]
  readonly reruns: number
  readonly neededConnect: boolean
  readonly problems: readonly string[]
}

const RERUNS_MAX = 2
/** Killed here, the new pair is at Calendly and nowhere else. */
const LOST_RESPONSE: ReadonlySet<string> = new Set(['http:POST /oauth/token:after#1', 'commit:save_refreshed:before#1'])

/** What is left behind after some kills: a store, and what is at Calendly. */
export interface Remains {
  readonly kills: readonly string[]
  readonly home: CliHome
  /** Calendly's side, as the emulator tells and takes it. */
  readonly remote: string
}

/** Where the cells of one flow and seed are played. */
export interface Board {
  readonly start: Remains
  /** Kills one more run at this point. Null, with the reason, when the run was not killed there. */
  kill(from: Remains, point: string): Promise<Remains | { readonly notKilled: string }>
  /** The points of one more run, which goes through or fails as it will. */
  points(from: Remains): Promise<Recorded>
  /** Runs the command until it goes through, and looks at everything. */
  converge(from: Remains): Promise<CellResult>
  forget(remains: Remains): void
  close(): Promise<void>
}

export async function openBoard(flow: Flow, seed: number): Promise<Board> {
  const stage = await openStage()
  const template = stage.home()
  const at = (home: CliHome): Scene => sceneOf(stage, home, Math.random)
  try {
    await flow.prepare(sceneOf(stage, template, seededChance(seed)))
  } catch (error) {
    await stage.close()
    throw error
  }
  const before = stage.control.subscriptions()
  const start: Remains = { kills: [], home: template, remote: stage.control.export() }
  const again = (from: Remains): CliHome => {
    stage.control.import(from.remote)
    stage.control.requests.clear()
    return stage.home(from.home)
  }
  return {
    start,
    async kill(from, point) {
      const home = again(from)
      const killed = await startWithBrowser(home, flow.args(at(home)), crashAt(point)).done
      if (killed.signal === 'SIGKILL') return { kills: [...from.kills, point], home, remote: stage.control.export() }
      home.remove()
      return { notKilled: textOf(killed) }
    },
    async points(from) {
      const home = again(from)
      try {
        return await recordPoints(home, flow.args(at(home)))
      } finally {
        home.remove()
      }
    },
    async converge(from) {
      const home = again(from)
      try {
        return await convergence(at(home), flow, { before, kills: from.kills })
      } finally {
        home.remove()
      }
    },
    forget: ({ home }) => home.remove(),
    close: () => stage.close(),
  }
}

function sceneOf(stage: Stage, home: CliHome, chance: () => number): Scene {
  return { stage, home, chance, run: (args) => startWithBrowser(home, args).done }
}

async function convergence(
  scene: Scene,
  flow: Flow,
  { before, kills }: { readonly before: readonly Subscription[]; readonly kills: readonly string[] },
): Promise<CellResult> {
  const args = flow.args(scene)
  const problems: string[] = []
  const { reruns, last } = await rerun(scene, args, problems)
  const neededConnect = errorCodeOf(last) === 'NEEDS_CONNECT'
  if (neededConnect) problems.push(...(await checkNeed(scene, flow, kills)))
  if (neededConnect && problems.length === 0) await mend(scene, args, problems)
  else if (last.code !== 0) problems.push(`still ended with ${last.code}: ${textOf(last)}`)
  if (problems.length === 0) problems.push(...(await flow.check(scene, before)))
  if (problems.length === 0 && flow.repeats !== true) problems.push(...(await checkIdle(scene, args)))
  return { kills, reruns, neededConnect, problems }
}

/** The same command until it ends well, twice at most. None of them asks for tokens twice. */
async function rerun(
  { stage, run }: Scene,
  args: readonly string[],
  problems: string[],
): Promise<{ readonly reruns: number; readonly last: CliResult }> {
  for (let reruns = 1; ; reruns += 1) {
    stage.control.requests.clear()
    const last = await run(args)
    const asked = tokenRequests(stage).length
    if (asked > 1) problems.push(`rerun ${reruns} made ${asked} token requests`)
    if (last.code === 0 || reruns === RERUNS_MAX || errorCodeOf(last) === 'NEEDS_CONNECT') return { reruns, last }
  }
}

/** Somebody has to connect anew: only where the new pair was lost on its way to the disk, and then that is the reason given. */
async function checkNeed({ home }: Scene, flow: Flow, kills: readonly string[]): Promise<readonly string[]> {
  if (flow.mayNeedConnect !== true || !kills.some((point) => LOST_RESPONSE.has(point)))
    return ['needs a new authorization although no answer was lost']
  const reason = await withStore(home, async (store) => (await store.connections.get(ACCOUNT))?.needsConnect)
  return reason === 'lost_response' ? [] : [`needs_connect is ${reason} instead of lost_response`]
}

async function mend({ run }: Scene, args: readonly string[], problems: string[]): Promise<void> {
  for (const command of [['connect', '--name', ACCOUNT, '--no-browser', '--no-webhook', '--json'], args]) {
    const result = await run(command)
    if (result.code !== 0) problems.push(`${command[0]} did not mend it: ${textOf(result)}`)
  }
}

/** All is as it should be, so one more run writes nothing at Calendly. */
async function checkIdle({ stage, run }: Scene, args: readonly string[]): Promise<readonly string[]> {
  stage.control.requests.clear()
  const result = await run(args)
  const writes = webhookWrites(stage).length
  if (result.code !== 0) return [`one more run ended with ${result.code}: ${textOf(result)}`]
  return writes === 0 ? [] : [`one more run made ${writes} writes`]
}

function textOf({ stdout, stderr }: CliResult): string {
  return `${stderr}${stdout}`.trim()
}
