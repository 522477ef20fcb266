// The crash matrix: every command that changes something is killed at every request and commit it makes, before and after, and is then
// run again. Two deep: the rerun is killed as well, at each of its own points; and three deep, for a sample.
// `npm run crash-matrix -- [--seeds 3] [--flow NAME]… [--every 1] [--pairs all|N] [--triples N] [--path 'POINT > POINT'] [--workers 2]`

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { seededChance } from '../support/chance.ts'
import { type Board, type CellResult, openBoard, type Remains } from './crash-cells.ts'
import { FLOWS } from './crash-flows.ts'
import type { Flow } from './crash-flows.ts'
import { recordedOf, type State } from './crash-points.ts'
import { tableText } from './table.ts'

/** The cells of one flow, one seed and one depth, or a part of them. */
export interface BatchResult {
  readonly flow: string
  readonly seed: number
  /** How often in a row it was killed. */
  readonly depth: number
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
  /** Of the points one kill deep. 1: every one; n: each nth, beginning somewhere else for each flow and seed. 0: none. */
  readonly every: number
  /** How many pairs of kills: of a flow and seed; `all`: one for each pair of states that can be told apart. */
  readonly pairs: 'all' | number
  /** How many cells of three kills, of a flow and seed. */
  readonly triples: number
  /** Only this cell: to play it again. */
  readonly path?: readonly string[]
  readonly workers: number
  readonly onBatch?: (result: BatchResult) => void
}

interface Batch {
  readonly flow: Flow
  readonly seed: number
  readonly depth: 1 | 2 | 3
  /** Of the first kills: those whose place is this one modulo so many. */
  readonly part: number
  readonly parts: number
}

/** So that two workers have something to do to the end. */
const PARTS = 6

export async function crashMatrix(options: MatrixOptions): Promise<readonly BatchResult[]> {
  const waiting = batchesOf(options)
  const results: BatchResult[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runBatch(next, options)
      options.onBatch?.(result)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: options.workers }, worker))
  return merged(results, options.flows)
}

function batchesOf({ flows, seeds, every, pairs, triples, path }: MatrixOptions): Batch[] {
  const each = seeds.flatMap((seed) => flows.map((flow) => ({ flow, seed })))
  const whole = { part: 0, parts: 1 }
  if (path !== undefined) return each.map((one) => ({ ...one, depth: 1, ...whole }))
  const parts = Array.from({ length: PARTS }, (_, part) => ({ part, parts: PARTS }))
  return [
    ...(every === 0 ? [] : each.map((one): Batch => ({ ...one, depth: 1, ...whole }))),
    ...(pairs === 'all' ? each.flatMap((one) => parts.map((part): Batch => ({ ...one, depth: 2, ...part }))) : []),
    ...(pairs === 'all' || pairs === 0 ? [] : each.map((one): Batch => ({ ...one, depth: 2, ...whole }))),
    ...(triples === 0 ? [] : each.map((one): Batch => ({ ...one, depth: 3, ...whole }))),
  ]
}

async function runBatch(batch: Batch, options: MatrixOptions): Promise<BatchResult> {
  const { flow, seed, depth } = batch
  const board = await openBoard(flow, seed)
  try {
    const cells = options.path === undefined ? await cellsOf(board, batch, options) : [await playPath(board, options.path)]
    const right = cells.filter(({ problems }) => problems.length === 0)
    return {
      flow: flow.name,
      seed,
      depth,
      cells: cells.length,
      afterOne: right.filter(({ reruns }) => reruns === 1).length,
      afterTwo: right.filter(({ reruns }) => reruns === 2).length,
      needsConnect: cells.filter(({ neededConnect }) => neededConnect).length,
      problems: cells.flatMap(({ kills, problems }) => problems.map((text) => `${flow.name}, seed ${seed}, ${kills.join(' > ')}: ${text}`)),
    }
  } finally {
    await board.close()
  }
}

async function cellsOf(board: Board, batch: Batch, { every, pairs, triples }: MatrixOptions): Promise<CellResult[]> {
  const { flow, seed, depth, part, parts } = batch
  const chance = seededChance(seed * 1_000_003 + hashOf(flow.name) + depth * 101)
  const { states } = recordedOf(await board.points(board.start), flow.name)
  if (depth === 1) return firstKills(board, states, { every, offset: offsetOf(flow.name, seed, every) })
  if (depth === 3) return sampled(board, states, { chance, depth: 3, cells: triples })
  if (pairs !== 'all') return sampled(board, states, { chance, depth: 2, cells: pairs })
  const cells: CellResult[] = []
  for (const [index, first] of states.entries()) {
    // Which point stands for its state is another one each time.
    const point = pick(first, chance)
    if (index % parts !== part) continue
    cells.push(...(await secondKills(board, point, chance)))
  }
  return cells
}

/** Where the first kills of a flow begin: so many seeds in a row as `every` says reach every point. */
export function offsetOf(flow: string, seed: number, every: number): number {
  return (hashOf(flow) + seed) % every
}

async function firstKills(
  board: Board,
  states: readonly State[],
  { every, offset }: { readonly every: number; readonly offset: number },
): Promise<CellResult[]> {
  const cells: CellResult[] = []
  for (const [index, point] of states.flat().entries()) if (index % every === offset) cells.push(await playPath(board, [point]))
  return cells
}

/** Every second kill after this first one. */
async function secondKills(board: Board, first: string, chance: () => number): Promise<CellResult[]> {
  const remains = await board.kill(board.start, first)
  if ('notKilled' in remains) return [failedCell([first], remains.notKilled)]
  try {
    const cells: CellResult[] = []
    for (const state of (await board.points(remains)).states) cells.push(await playFrom(board, remains, [pick(state, chance)]))
    return cells
  } finally {
    board.forget(remains)
  }
}

async function sampled(
  board: Board,
  states: readonly State[],
  { chance, depth, cells }: { readonly chance: () => number; readonly depth: number; readonly cells: number },
): Promise<CellResult[]> {
  const played: CellResult[] = []
  for (let each = 0; each < cells; each += 1) {
    let remains: Remains = board.start
    let failed: CellResult | null = null
    for (let kill = 0; kill < depth; kill += 1) {
      const choice = kill === 0 ? states : (await board.points(remains)).states
      // The rerun has nothing left to do at which it could be killed.
      if (choice.length === 0) break
      const point = pick(pick(choice, chance), chance)
      const next: Awaited<ReturnType<Board['kill']>> = await board.kill(remains, point)
      if (remains !== board.start) board.forget(remains)
      if ('notKilled' in next) {
        failed = failedCell([...remains.kills, point], next.notKilled)
        break
      }
      remains = next
    }
    played.push(failed ?? (await board.converge(remains)))
    if (remains !== board.start) board.forget(remains)
  }
  return played
}

function playPath(board: Board, path: readonly string[]): Promise<CellResult> {
  return playFrom(board, board.start, path)
}

async function playFrom(board: Board, from: Remains, path: readonly string[]): Promise<CellResult> {
  let remains = from
  for (const point of path) {
    const next = await board.kill(remains, point)
    if (remains !== from) board.forget(remains)
    if ('notKilled' in next) return failedCell([...remains.kills, point], next.notKilled)
    remains = next
  }
  try {
    return await board.converge(remains)
  } finally {
    if (remains !== from) board.forget(remains)
  }
}

function failedCell(kills: readonly string[], text: string): CellResult {
  return { kills, reruns: 0, neededConnect: false, problems: [`was not killed: ${text}`] }
}

function pick<T>(from: readonly T[], chance: () => number): T {
  const picked = from[Math.floor(chance() * from.length)]
  if (picked === undefined) throw new Error('nothing to pick from')
  return picked
}

function hashOf(text: string): number {
  let hash = 7
  for (const letter of text) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  return hash
}

/** The parts of a flow, seed and depth as one, in the order of the flows. */
function merged(results: readonly BatchResult[], flows: readonly Flow[]): readonly BatchResult[] {
  const whole = new Map<string, BatchResult>()
  for (const one of results) {
    const key = `${one.flow} ${one.seed} ${one.depth}`
    const so = whole.get(key)
    whole.set(key, so === undefined ? one : sumOf(so, one))
  }
  const place = ({ flow, seed, depth }: BatchResult): number =>
    flows.findIndex(({ name }) => name === flow) * 1_000_000 + depth * 10_000 + seed
  return [...whole.values()].sort((a, b) => place(a) - place(b))
}

function sumOf(a: BatchResult, b: BatchResult): BatchResult {
  return {
    ...a,
    cells: a.cells + b.cells,
    afterOne: a.afterOne + b.afterOne,
    afterTwo: a.afterTwo + b.afterTwo,
    needsConnect: a.needsConnect + b.needsConnect,
    problems: [...a.problems, ...b.problems],
  }
}

function report(results: readonly BatchResult[]): string {
  const rows = results.map((result) => [
    result.flow,
    result.depth,
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
  const head = ['command', 'kills', 'seed', 'cells', 'right after 1 rerun', 'after 2', 'of them lost_response', 'wrong']
  return [tableText(head, rows), '', `${right} of ${cells} cells converged`, ...problems].join('\n')
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1' },
      'first-seed': { type: 'string', default: '1' },
      flow: { type: 'string', multiple: true, default: [] },
      every: { type: 'string', default: '1' },
      pairs: { type: 'string', default: 'all' },
      triples: { type: 'string', default: '20' },
      path: { type: 'string' },
      workers: { type: 'string', default: '2' },
    },
  })
  // In memory where the system has such a place: an fsync for each commit would be most of the time, and a kill loses nothing to it.
  if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm'
  const chosen = values.flow.length === 0 ? FLOWS : FLOWS.filter(({ name }) => values.flow.includes(name))
  const results = await crashMatrix({
    flows: chosen,
    seeds: Array.from({ length: Number(values.seeds) }, (_, index) => index + Number(values['first-seed'])),
    every: Number(values.every),
    pairs: values.pairs === 'all' ? 'all' : Number(values.pairs),
    triples: Number(values.triples),
    ...(values.path === undefined ? {} : { path: values.path.split(' > ') }),
    workers: Number(values.workers),
    onBatch: ({ flow, seed, depth, cells, problems }) =>
      process.stderr.write(
        `${flow}, ${depth} deep, seed ${seed}: ${cells} cells, ${problems.length === 0 ? 'all right' : `${problems.length} problems`}\n`,
      ),
  })
  process.stdout.write(`${report(results)}\n`)
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0
}
