// `npm run mixed-kills -- [--kills 1000] [--seed 1] [--processes 4]`: commands of every kind on one store, several at the same time, most of them
// killed at a random moment. When the dust has settled, one more run of each account makes all of it right.

import { parseArgs } from 'node:util'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { seededChance } from '../support/chance.ts'
import type { CliHome, CliResult } from '../support/cli.ts'
import { oneOf } from '../support/mutations.ts'
import { expireTokens, giveTokens, isLive, openStage, type Stage, storeOf } from './stage.ts'
import { tableText } from './table.ts'

const ACCOUNTS = ['acme', 'bolt', 'core'] as const
type Account = (typeof ACCOUNTS)[number]
const OURS = 'https://app.acme.example/'
const PARTNER = 'https://partner.example.com/hook'
const urlOf = (account: Account): string => `${OURS}${account}`
/** A command takes some 400 ms: later than that and most of them end by themselves. */
const KILL_WITHIN_MS = 600
const KILLED_SHARE = 0.8
/** Rounds between two expiries of all tokens. */
const TOKENS_EVERY = 5

/** What people and their cron jobs run at the same time. */
const COMMANDS: readonly ((account: Account) => readonly string[])[] = [
  (account) => ['reconnect', account, '--callback-url', urlOf(account)],
  (account) => ['reconnect', account, '--events', 'invitee.created'],
  (account) => ['reconnect', account, '--events', 'invitee.created,invitee.canceled'],
  () => ['reconnect', '--all'],
  (account) => ['webhooks', 'recreate', '--yes', '-a', account],
  (account) => ['webhooks', 'create', '--callback-url', `${urlOf(account)}/more`, '--events', 'invitee.created', '-a', account],
  (account) => ['webhooks', 'delete', `${urlOf(account)}/more`, '--yes', '-a', account],
  (account) => ['webhooks', 'prune', '--yes', '-a', account],
  (account) => ['webhooks', 'restore', '--yes', '-a', account],
  () => ['status', '--remote'],
  (account) => ['webhooks', 'audit', '-a', account],
]

export interface MixedKills {
  readonly commands: number
  readonly killed: number
  /** Token pairs whose answer died with its process, of which the next command said `lost_response`. */
  readonly explained: number
  readonly endings: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

export async function mixedKills(options: {
  readonly kills: number
  readonly processes: number
  readonly seed: number
}): Promise<MixedKills> {
  const stage = await openStage({ seed: { subscriptions: [{ callback_url: PARTNER }] }, switches: { rate_limit_paid: 1_000_000 } })
  const home = stage.home()
  const store = await storeOf(home)
  try {
    for (const account of ACCOUNTS) {
      await giveTokens(stage, store, account)
      await mustRun(home, ['reconnect', account, '--callback-url', urlOf(account)])
    }
    const ran = await storm({ stage, home, store }, options)
    return { ...ran, problems: [...ran.problems, ...(await settled({ stage, home, store }))] }
  } finally {
    await store.close()
    await stage.close()
  }
}

interface Scene {
  readonly stage: Stage
  readonly home: CliHome
  readonly store: DatabaseStore
}

/** Round after round of as many commands at once as there are processes. */
async function storm(
  scene: Scene,
  { kills, processes, seed }: { readonly kills: number; readonly processes: number; readonly seed: number },
): Promise<MixedKills> {
  const chance = seededChance(seed)
  const endings: Record<string, number> = {}
  const problems: string[] = []
  let [commands, killed, explained] = [0, 0, 0]
  for (let round = 1; killed < kills && problems.length === 0; round += 1) {
    const results = await Promise.all(Array.from({ length: processes }, () => runOne(scene.home, chance)))
    for (const { args, result } of results) {
      commands += 1
      if (result.signal === 'SIGKILL') killed += 1
      const ending = result.signal ?? `exit ${result.code}`
      endings[ending] = (endings[ending] ?? 0) + 1
      // Locked, taken or refused it may be, beside all the others; a fault of the program or of the store it may not.
      if (result.code === 1 || /STORE_(?:DAMAGED|FAILED|KEY)/.test(result.stdout)) problems.push(`${args.join(' ')}: ${result.stdout}`)
    }
    if (round % TOKENS_EVERY !== 0) continue
    explained += await mendTokens(scene, problems)
    await expireTokens(scene.stage, scene.home)
  }
  explained += await mendTokens(scene, problems)
  return { commands, killed, explained, endings, problems }
}

async function runOne(home: CliHome, chance: () => number): Promise<{ readonly args: readonly string[]; readonly result: CliResult }> {
  const args = oneOf(chance, COMMANDS)(oneOf(chance, ACCOUNTS))
  const killAfterMs = chance() < KILLED_SHARE ? chance() * KILL_WITHIN_MS : null
  const running = home.start([...args, '--json'])
  const timer = killAfterMs === null ? undefined : setTimeout(() => running.child.kill('SIGKILL'), killAfterMs)
  const result = await running.done
  clearTimeout(timer)
  return { args, result }
}

/** A pair whose answer died with its process is lost to any client; it must be said, and a new consent mends it. The number of those. */
async function mendTokens({ stage, home, store }: Scene, problems: string[]): Promise<number> {
  let explained = 0
  for (const account of ACCOUNTS) {
    if (await isLive(stage, store, account)) continue
    await home.run(['webhooks', 'list', '-a', account])
    const found = await store.connections.get(account)
    if (found?.needsConnect === 'lost_response') explained += 1
    else problems.push(`${account} lost its tokens and says ${found?.needsConnect ?? 'nothing'}`)
    await giveTokens(stage, store, account)
  }
  return explained
}

/** What must be so after one more run of each account, and that a second one has nothing to do. */
async function settled({ stage, home, store }: Scene): Promise<readonly string[]> {
  const problems: string[] = []
  for (const account of ACCOUNTS) {
    await mustRun(home, ['reconnect', account, '--callback-url', urlOf(account)])
    const again = await mustRun(home, ['reconnect', account, '--json'])
    if (!again.stdout.includes('"applied":[]')) problems.push(`${account} is not settled: ${again.stdout}`)
  }
  const info = await home.run(['store', 'info', '--json'])
  if (!info.stdout.includes('"integrity":"ok"')) problems.push(`the store: ${info.stdout}`)
  const known = new Map((await store.subscriptions.known()).map((one) => [one.uri, one]))
  const rows = stage.control.subscriptions()
  for (const { uri, callbackUrl, signingKey, state } of rows) {
    if (!callbackUrl.startsWith(OURS)) continue
    if (!known.has(uri)) problems.push(`an orphan at ${callbackUrl}`)
    if (state !== 'active') problems.push(`${callbackUrl} is ${state}`)
    if ((await store.subscriptions.signingKey(uri))?.reveal() !== signingKey)
      problems.push(`the key of ${callbackUrl} is not the stored one`)
  }
  for (const account of ACCOUNTS) {
    const own = rows.filter(({ callbackUrl }) => callbackUrl === urlOf(account)).length
    if (own !== 1) problems.push(`${account} has ${own} subscriptions at its URL`)
  }
  const partners = rows.filter(({ callbackUrl }) => callbackUrl === PARTNER).length
  if (partners !== 1) problems.push(`the partner's subscription is there ${partners} times`)
  return problems
}

async function mustRun(home: CliHome, args: readonly string[]): Promise<CliResult> {
  const result = await home.run(args)
  if (result.code !== 0) throw new Error(`${args.join(' ')} ended with ${result.code}: ${result.stderr}${result.stdout}`)
  return result
}

/** 0 when all of it is right at the end. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: 'string' }, seed: { type: 'string' }, processes: { type: 'string' } },
  })
  const kills = Number(values.kills ?? 1_000)
  const { commands, killed, explained, endings, problems } = await mixedKills({
    kills,
    seed: Number(values.seed ?? 1),
    processes: Number(values.processes ?? 4),
  })
  const rows = Object.entries(endings).toSorted(([, a], [, b]) => b - a)
  process.stdout.write(`${tableText(['ending', 'commands'], [...rows, ['all', commands]])}\n`)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.stdout.write(`${killed} killed, ${explained} pairs lost with their process and said to be, ${problems.length} problems\n`)
  return problems.length === 0 && killed >= kills ? 0 : 1
}
