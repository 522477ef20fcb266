// `webhooks listen --public-url`, killed at every request and every commit from its start to its end: the next one leaves no temporary
// subscription. `npm run listen-crash -- [--every 1]`

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CliHome } from '../support/cli.ts'
import { type EmulatedCli, emulatedCli } from '../support/connected.ts'
import { tableText } from './table.ts'

const PUBLIC_URL = 'https://tunnel.example.com/hook'
const ARGS = ['webhooks', 'listen', '--port', '0', '--public-url', PUBLIC_URL]
/** The rate limit's bookkeeping: nothing depends on it. */
const BOOKKEEPING = /rate_budget/

export interface CrashedListens {
  /** Points at which a process was killed. */
  readonly points: number
  /** Of those, the ones that left a subscription behind for the next one. */
  readonly left: number
  readonly problems: readonly string[]
}

/** Kills at every `every`th point, beginning with the `first`. */
export async function crashListens(every = 1, first = 0): Promise<CrashedListens> {
  const points = (await recordPoints()).filter((_, index) => index % every === first % every)
  const problems: string[] = []
  let left = 0
  for (const point of points) {
    const cli = await stage()
    try {
      await listenUntil(cli, point)
      if (temporary(cli) > 0) left += 1
      // Twice over: one that was killed may be followed by another that is killed at the same point.
      await listenUntil(cli, point)
      await listenUntil(cli, null)
      const other = cli.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl !== PUBLIC_URL).length
      if (temporary(cli) !== 0) problems.push(`${point}: ${temporary(cli)} left`)
      if (other !== 1) problems.push(`${point}: the connection's own subscription is gone`)
    } finally {
      await cli.close()
    }
  }
  return { points: points.length, left, problems }
}

/** 0 when nothing was left anywhere. */
export async function main(args: readonly string[]): Promise<number> {
  const every = args.includes('--every') ? Number(args[args.indexOf('--every') + 1]) : 1
  const { points, left, problems } = await crashListens(every)
  process.stdout.write(`${tableText(['killed at', 'left one behind', 'after the next one'], [[points, left, problems.length]])}\n`)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  return problems.length === 0 ? 0 : 1
}

/** A connection with a webhook of its own, which no listening may touch. */
async function stage(): Promise<EmulatedCli> {
  const cli = await emulatedCli({}, () => ({ NODE_ENV: 'test' }))
  await cli.connect('--callback-url', 'https://own.example.com/hook')
  return cli
}

function temporary(cli: EmulatedCli): number {
  return cli.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === PUBLIC_URL).length
}

/** Every point that a whole run passes, each with its number where it is passed more than once. */
async function recordPoints(): Promise<readonly string[]> {
  const cli = await stage()
  try {
    const file = join(cli.folder, 'points')
    await listenUntil(cli, `record:${file}`)
    const seen = new Map<string, number>()
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .filter((name) => !BOOKKEEPING.test(name))
      .map((name) => {
        const times = (seen.get(name) ?? 0) + 1
        seen.set(name, times)
        return `${name}#${times}`
      })
  } finally {
    await cli.close()
  }
}

/** Listens, and is told to end as soon as it does; or dies on the way. */
async function listenUntil(cli: CliHome, crashpoint: string | null): Promise<void> {
  const running = cli.start(ARGS, crashpoint === null ? {} : { env: { CALRECONNECT_CRASHPOINT: crashpoint } })
  await running.stderrUntil(/Listening at/).then(
    () => running.child.kill('SIGTERM'),
    () => false,
  )
  await running.done
}
