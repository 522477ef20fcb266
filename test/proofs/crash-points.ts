// The points at which a command can be killed, as a run that is not killed writes them down, and which of them leave the same behind.
// Knows neither flows nor what must be so in the end.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CliHome, CliResult } from '../support/cli.ts'
import { startWithBrowser } from './stage.ts'

/** Counting requests and keeping the API log: what they leave behind decides nothing. */
const BOOKKEEPING = /^commit:(?:rate_budget|api_log):/

/**
 * Points between which nothing happens that outlives the process: no commit, no request but a GET. A kill at any of them leaves the same
 * behind, so that one of them stands for all.
 */
export type State = readonly string[]

export interface Recorded {
  readonly result: CliResult
  readonly states: readonly State[]
}

/** Runs a command to its end and tells the points that it passed: `NAME#n` is the nth time of NAME. */
export async function recordPoints(home: CliHome, args: readonly string[]): Promise<Recorded> {
  const file = join(home.folder, 'points')
  const result = await startWithBrowser(home, args, crashAt(`record:${file}`)).done
  const names = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  const times = new Map<string, number>()
  const points = names.map((name) => {
    times.set(name, (times.get(name) ?? 0) + 1)
    return `${name}#${times.get(name)}`
  })
  return { result, states: statesOf(points.filter((point) => !BOOKKEEPING.test(point))) }
}

/** The points of a run that must have gone through. */
export function recordedOf(recorded: Recorded, what: string): Recorded {
  const { result, states } = recorded
  if (result.code === 0 && states.length > 0) return recorded
  throw new Error(`${what} without a crash ended with ${result.code}: ${result.stderr}${result.stdout}`)
}

/** For the environment of a run. @param point `record:FILE` kills nothing */
export function crashAt(point: string): { readonly env: Readonly<Record<string, string>> } {
  return { env: { NODE_ENV: 'test', CALRECONNECT_CRASHPOINT: point } }
}

/** A new state begins after each thing that lasts. */
export function statesOf(points: readonly string[]): readonly State[] {
  const states: string[][] = [[]]
  for (const point of points) {
    if (/:after#\d+$/.test(point) && !point.startsWith('http:GET ')) states.push([])
    states.at(-1)?.push(point)
  }
  return states.filter((state) => state.length > 0)
}
