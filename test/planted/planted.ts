// `npm run planted`: each fault by itself into the code as it is loaded, nothing on disk, and the tests that must notice.
// `-- --only TEXT` takes the faults with TEXT in their name, or whose file begins with it; `-- --sample N --seed S` some of them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startVitest, type TestModule } from 'vitest/node'
import { tableText } from '../proofs/table.ts'
import { seededChance } from '../support/chance.ts'
import { type Fault, planted } from './fault.ts'
import { FAULTS } from './faults.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The same tests without a fault: what is red there says nothing. */
const SOUND = 'no fault'

interface Result {
  readonly fault: Fault
  /** Names of the tests that noticed. */
  readonly noticedBy: readonly string[]
  /** Red for another reason than a failed test. */
  readonly broken: boolean
}

/** @returns the exit code: 0 when every fault was noticed */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', default: '' }, sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
  })
  const named = FAULTS.filter(({ name, file }) => name.includes(values.only) || file.startsWith(values.only))
  const faults = values.sample === undefined ? named : sampleOf(named, Number(values.sample), Number(values.seed))
  for (const fault of faults) planted(fault, readFileSync(join(ROOT, fault.file), 'utf8'))
  const modules = await run(faults)
  const sound = modules.get(SOUND) ?? []
  const results = faults.map((fault): Result => resultOf(fault, modules.get(fault.name) ?? []))
  const unnoticed = results.filter(({ noticedBy, broken }) => broken || noticedBy.length === 0)
  process.stdout.write(
    `${tableText(
      ['fault', 'file', 'noticed by'],
      results.map(({ fault, noticedBy, broken }) => [fault.name, fault.file, broken ? 'BROKEN' : (noticedBy[0] ?? 'NOBODY')]),
    )}\n${results.length - unnoticed.length} of ${results.length} faults noticed\n`,
  )
  for (const { fault } of unnoticed) process.stdout.write(`Not noticed: ${fault.name} (${fault.file}). It loses: ${fault.loses}\n`)
  const isSound = sound.length > 0 && sound.every((one) => one.ok())
  if (!isSound) process.stdout.write(`Without a fault: ${failuresOf(sound).join('; ') || 'some files did not run'}\n`)
  return unnoticed.length === 0 && isSound ? 0 : 1
}

function sampleOf(faults: readonly Fault[], size: number, seed: number): readonly Fault[] {
  const chance = seededChance(seed)
  const drawn = faults.map((fault) => ({ fault, at: chance() }))
  return drawn
    .toSorted((a, b) => a.at - b.at)
    .slice(0, size)
    .map(({ fault }) => fault)
}

/** One project for each fault, all in one run. */
async function run(faults: readonly Fault[]): Promise<ReadonlyMap<string, readonly TestModule[]>> {
  const projects = [
    projectOf(
      SOUND,
      faults.flatMap(({ tests }) => tests),
      null,
    ),
    ...faults.map((fault) => projectOf(fault.name, fault.tests, fault)),
  ]
  const vitest = await startVitest('test', [], { root: ROOT, config: false, watch: false, reporters: [{}] }, { test: { projects } })
  const modules = new Map<string, TestModule[]>()
  for (const one of vitest.state.getTestModules()) {
    modules.set(one.project.name, [...(modules.get(one.project.name) ?? []), one])
  }
  await vitest.close()
  process.exitCode = 0
  return modules
}

function projectOf(name: string, tests: readonly string[], fault: Fault | null) {
  const plugin = {
    name: 'planted-fault',
    enforce: 'pre' as const,
    transform: (code: string, id: string) => (fault !== null && id === join(ROOT, fault.file) ? planted(fault, code) : null),
  }
  return {
    root: ROOT,
    plugins: [plugin],
    test: { name, include: [...new Set(tests)], testTimeout: 120_000, hookTimeout: 120_000 },
  }
}

function resultOf(fault: Fault, modules: readonly TestModule[]): Result {
  const isWhole = modules.length === new Set(fault.tests).size && modules.every((one) => one.errors().length === 0)
  return { fault, noticedBy: failuresOf(modules), broken: !isWhole }
}

function failuresOf(modules: readonly TestModule[]): readonly string[] {
  return modules.flatMap((one) => [...one.children.allTests('failed')].map(({ fullName }) => fullName))
}
