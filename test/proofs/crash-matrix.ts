// The crash matrix: every command that changes something is killed at every request and commit it makes, before and after,
// and is then run again. `npm run crash-matrix -- [--seeds 3] [--flow NAME]… [--every 1] [--point NAME] [--workers 2]`

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Subscription } from '../../src/emulator/entities.ts'
import type { CliHome, CliResult } from '../support/cli.ts'
import { FLOWS } from './crash-flows.ts'
import type { Flow, Scene } from './crash-flows.ts'
import { seededChance } from '../support/chance.ts'
import { ACCOUNT, errorCodeOf, openStage, startWithBrowser, tokenRequests, webhookWrites, withStore } from './stage.ts'
import type { Stage } from './stage.ts'
import { tableText } from './table.ts'

/** One flow of one seed. */
export interface BatchResult {
  readonly flow: string
  readonly seed: number
  readonly cells: number
  /** Cells that were right after one rerun, and after two. */
  readonly afterOne: number
  readonly afterTwo: number
  /** Cells that ended in `needs_connect(lost_response)`, as they must where the answer was lost, and were mended by `connect`. */
  readonly needsConnect: number
  readonly problems: readonly string[]
}

export interface MatrixOptions {
  readonly flows: readonly Flow[]
  readonly seeds: readonly number[]
  /** 1: every point; n: each nth, beginning somewhere else for each flow. */
  readonly every: number
  /** Only this point: to play a cell again. */
  readonly point?: string
  readonly workers: number
  readonly onBatch?: (result: BatchResult) => void
}

const RERUNS_MAX = 2
/** Killed here, the new pair is at Calendly and nowhere else. */
const LOST_RESPONSE: ReadonlySet<string> = new Set(['http:POST /oauth/token:after#1', 'commit:save_refreshed:before#1'])

export async function crashMatrix(options: MatrixOptions): Promise<readonly BatchResult[]> {
  const waiting = options.seeds.flatMap((seed) => options.flows.map((flow, index) => ({ flow, seed, offset: index % options.every })))
  const results: BatchResult[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runBatch(next, options)
      options.onBatch?.(result)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: options.workers }, worker))
  const place = ({ flow, seed }: BatchResult): number => options.flows.findIndex(({ name }) => name === flow) * 1_000 + seed
  return results.sort((a, b) => place(a) - place(b))
}

interface Batch {
  readonly flow: Flow
  readonly seed: number
  readonly offset: number
}

async function runBatch({ flow, seed, offset }: Batch, { every, point: only }: MatrixOptions): Promise<BatchResult> {
  const stage = await openStage()
  try {
    const template = stage.home()
    await flow.prepare(sceneOf(stage, template, seededChance(seed)))
    stage.control.rememberAsInitial()
    const before = stage.control.subscriptions()
    const points = await record(stage, flow, template)
    const cells: CellResult[] = []
    for (const [index, point] of points.entries()) {
      if (only === undefined ? index % every !== offset : point !== only) continue
      cells.push(await runCell({ stage, flow, template, before, point }))
    }
    return {
      flow: flow.name,
      seed,
      cells: cells.length,
      afterOne: cells.filter(({ problems, reruns }) => problems.length === 0 && reruns === 1).length,
      afterTwo: cells.filter(({ problems, reruns }) => problems.length === 0 && reruns === 2).length,
      needsConnect: cells.filter(({ neededConnect }) => neededConnect).length,
      problems: cells.flatMap(({ point, problems }) => problems.map((text) => `${flow.name}, seed ${seed}, ${point}: ${text}`)),
    }
  } finally {
    await stage.close()
  }
}

function sceneOf(stage: Stage, home: CliHome, chance: () => number): Scene {
  return { stage, home, chance, run: (args) => startWithBrowser(home, args).done }
}

/** Every point that a run passes, in order: `NAME#n` is the nth time of NAME. */
async function record(stage: Stage, flow: Flow, template: CliHome): Promise<readonly string[]> {
  const home = stage.home(template)
  try {
    stage.control.reset()
    const file = join(home.folder, 'points')
    const scene = sceneOf(stage, home, Math.random)
    const result = await startWithBrowser(home, flow.args(scene), crashAt(`record:${file}`)).done
    if (result.code !== 0 || !existsSync(file)) {
      throw new Error(`${flow.name} without a crash ended with ${result.code}: ${result.stderr}${result.stdout}`)
    }
    const times = new Map<string, number>()
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((name) => {
        times.set(name, (times.get(name) ?? 0) + 1)
        return `${name}#${times.get(name)}`
      })
  } finally {
    home.remove()
  }
}

function crashAt(point: string): { readonly env: Readonly<Record<string, string>> } {
  return { env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: point } }
}

interface Cell {
  readonly stage: Stage
  readonly flow: Flow
  readonly template: CliHome
  readonly before: readonly Subscription[]
  readonly point: string
}

interface CellResult {
  readonly point: string
  readonly reruns: number
  readonly neededConnect: boolean
  readonly problems: readonly string[]
}

async function runCell(cell: Cell): Promise<CellResult> {
  const { stage, flow, template, before, point } = cell
  stage.control.reset()
  const home = stage.home(template)
  const scene = sceneOf(stage, home, Math.random)
  try {
    const args = flow.args(scene)
    const killed = await startWithBrowser(home, args, crashAt(point)).done
    if (killed.signal !== 'SIGKILL') return { point, reruns: 0, neededConnect: false, problems: [`was not killed: ${textOf(killed)}`] }
    const problems: string[] = []
    const { reruns, last } = await rerun(scene, args, problems)
    const neededConnect = errorCodeOf(last) === 'NEEDS_CONNECT'
    if (neededConnect) problems.push(...(await checkNeed(scene, cell)))
    if (neededConnect && problems.length === 0) await mend(scene, args, problems)
    else if (last.code !== 0) problems.push(`still ended with ${last.code}: ${textOf(last)}`)
    if (problems.length === 0) problems.push(...(await flow.check(scene, before)))
    if (problems.length === 0 && flow.repeats !== true) problems.push(...(await checkIdle(scene, args)))
    return { point, reruns, neededConnect, problems }
  } finally {
    home.remove()
  }
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
async function checkNeed({ home }: Scene, { flow, point }: Cell): Promise<readonly string[]> {
  if (flow.mayNeedConnect !== true || !LOST_RESPONSE.has(point)) return ['needs a new authorization although no answer was lost']
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

function report(results: readonly BatchResult[]): string {
  const rows = results.map((result) => [
    result.flow,
    result.seed,
    result.cells,
    result.afterOne,
    result.afterTwo,
    result.needsConnect,
    new Set(result.problems.map((text) => text.slice(0, text.indexOf(': ')))).size,
  ])
  const cells = results.reduce((sum, result) => sum + result.cells, 0)
  const right = results.reduce((sum, { afterOne, afterTwo }) => sum + afterOne + afterTwo, 0)
  const problems = results.flatMap((result) => result.problems)
  const head = ['command', 'seed', 'cells', 'right after 1 rerun', 'after 2', 'of them lost_response', 'wrong']
  return [tableText(head, rows), '', `${right} of ${cells} cells converged`, ...problems].join('\n')
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '3' },
      flow: { type: 'string', multiple: true, default: [] },
      every: { type: 'string', default: '1' },
      point: { type: 'string' },
      workers: { type: 'string', default: '2' },
    },
  })
  const chosen = values.flow.length === 0 ? FLOWS : FLOWS.filter(({ name }) => values.flow.includes(name))
  const results = await crashMatrix({
    flows: chosen,
    seeds: Array.from({ length: Number(values.seeds) }, (_, index) => index + 1),
    every: Number(values.every),
    ...(values.point === undefined ? {} : { point: values.point }),
    workers: Number(values.workers),
    onBatch: ({ flow, seed, cells, problems }) =>
      process.stderr.write(
        `${flow}, seed ${seed}: ${cells} cells, ${problems.length === 0 ? 'all right' : `${problems.length} problems`}\n`,
      ),
  })
  process.stdout.write(`${report(results)}\n`)
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0
}
