// `npm run damaged-stores -- [--rounds 500] [--seed 1]`: a store damaged at random is read or refused (exit 0 or 9), never a bug, and a command
// that only looks makes it no worse.

import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { seededChance } from '../support/chance.ts'
import type { CliHome } from '../support/cli.ts'
import { oneOf } from '../support/mutations.ts'
import { ACCOUNT, giveTokens, openStage, withStore } from './stage.ts'
import { tableText } from './table.ts'

/** Commands that look, at what is in the store and at the store itself. */
const LOOKS: readonly (readonly string[])[] = [
  ['status'],
  ['accounts', 'list'],
  ['runs'],
  ['log'],
  ['store', 'info'],
  ['store', 'key', 'status'],
  ['webhooks', 'keys', 'list'],
  ['app', 'show'],
]

type Damage = (bytes: Buffer, chance: () => number) => Buffer

const somewhere = (bytes: Buffer, chance: () => number): number => Math.floor(chance() * bytes.length)

const DAMAGES: Readonly<Record<string, Damage>> = {
  'bytes changed': (bytes, chance) => {
    for (let left = 1 + Math.floor(chance() * 40); left > 0; left -= 1) bytes[somewhere(bytes, chance)] = Math.floor(chance() * 256)
    return bytes
  },
  'header changed': (bytes, chance) => {
    for (let left = 1 + Math.floor(chance() * 4); left > 0; left -= 1) bytes[Math.floor(chance() * 100)] = Math.floor(chance() * 256)
    return bytes
  },
  'a page of zeros': (bytes, chance) => bytes.fill(0, Math.floor(somewhere(bytes, chance) / 4096) * 4096).subarray(0, bytes.length),
  'cut off': (bytes, chance) => bytes.subarray(0, somewhere(bytes, chance)),
  'a part twice': (bytes, chance) => Buffer.concat([bytes.subarray(0, somewhere(bytes, chance)), bytes.subarray(somewhere(bytes, chance))]),
  'something else': (bytes, chance) =>
    Buffer.from(Array.from({ length: 2_000 }, () => Math.floor(chance() * 256))).subarray(0, bytes.length),
}

export interface Damaged {
  /** Kind of damage -> exit code -> times. */
  readonly endings: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly problems: readonly string[]
}

export async function damagedStores(options: { readonly rounds: number; readonly seed: number }): Promise<Damaged> {
  const stage = await openStage()
  const chance = seededChance(options.seed)
  const home = stage.home()
  const endings: Record<string, Record<string, number>> = {}
  const problems: string[] = []
  try {
    await withStore(home, (store) => giveTokens(stage, store, ACCOUNT))
    await home.run(['reconnect', '--callback-url', 'https://hooks.example.com/x'])
    copyFileSync(home.db, `${home.db}.whole`)
    for (let round = 0; round < options.rounds; round += 1) {
      const [kind, damage] = oneOf(chance, Object.entries(DAMAGES))
      const before = spoil(home, damage, chance)
      const args = oneOf(chance, LOOKS)
      const { code, stdout, stderr } = await home.run([...args, '--json'])
      const ending = (endings[kind] ??= {})
      ending[`exit ${code}`] = (ending[`exit ${code}`] ?? 0) + 1
      const told = `round ${round + 1}, ${kind}, ${args.join(' ')}`
      if (code !== 0 && code !== 9) problems.push(`${told} ended with ${code}: ${stdout}${stderr}`)
      if (code === 9 && !readFileSync(home.db).equals(before)) problems.push(`${told} refused the store and changed it`)
    }
    return { endings, problems }
  } finally {
    await stage.close()
  }
}

/** Puts a damaged copy in the store's place. Its bytes. */
function spoil(home: CliHome, damage: Damage, chance: () => number): Buffer {
  const bytes = damage(readFileSync(`${home.db}.whole`), chance)
  for (const rest of [`${home.db}-wal`, `${home.db}-shm`]) if (existsSync(rest)) truncateSync(rest)
  writeFileSync(home.db, bytes)
  return Buffer.from(bytes)
}

/** 0 when every one of them ended with 0 or 9. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string' }, seed: { type: 'string' } } })
  const { endings, problems } = await damagedStores({ rounds: Number(values.rounds ?? 500), seed: Number(values.seed ?? 1) })
  const rows = Object.entries(endings).flatMap(([kind, counts]) => Object.entries(counts).map(([ending, times]) => [kind, ending, times]))
  process.stdout.write(`${tableText(['damage', 'ending', 'times'], rows)}\n`)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.stdout.write(`${problems.length} problems\n`)
  return problems.length === 0 ? 0 : 1
}
