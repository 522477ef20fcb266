// `npm run mutants -- [--only src/core/plan]`: changes src/core in thousands of small ways, one at a time, and runs the unit tests that reach the
// change: a change that no test notices (a survivor) is a sentence that nothing holds true. Exits 1 below the goals.
// Stryker is not a dependency: 100 packages for a run now and then. It is installed beside, without install scripts.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules/.cache/calreconnect-mutants')
const VERSION = '9.6.1'
/** Percent of mutants that must be noticed: of all, and of each file. */
const GOALS = { all: 92, file: 80 }

const { values } = parseArgs({ options: { only: { type: 'string', default: 'src/core' } } })

function install() {
  if (existsSync(join(cache, 'node_modules/@stryker-mutator/core'))) return
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{ "private": true }\n')
  const packages = [`@stryker-mutator/core@${VERSION}`, `@stryker-mutator/vitest-runner@${VERSION}`]
  // Its peer, vitest, is the project's own.
  execFileSync('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', ...packages], {
    cwd: cache,
    stdio: 'inherit',
  })
}

/** Runs Stryker. Its report: file -> { mutants }. */
function mutate(folder) {
  const report = join(folder, 'report.json')
  const only = values.only.endsWith('.ts') ? values.only : `${values.only}/**/*.ts`
  const config = {
    testRunner: 'vitest',
    plugins: [join(cache, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
    vitest: { configFile: 'test/mutants/vitest.config.ts', related: false },
    mutate: [only],
    coverageAnalysis: 'perTest',
    // What is made when a file is loaded is seen by every test; each of these mutants would cost a whole run.
    ignoreStatic: true,
    // Words for people are held by the tests that compare whole messages, where they matter.
    mutator: { excludedMutations: ['StringLiteral'] },
    concurrency: Math.max(1, availableParallelism()),
    timeoutMS: 20_000,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    tempDirName: join(folder, 'sandbox'),
    ignorePatterns: ['dist', 'coverage'],
    // This project's TypeScript has no API that Stryker could read a configuration with.
    tsconfigFile: 'none.json',
  }
  const file = join(folder, 'stryker.json')
  writeFileSync(file, JSON.stringify(config))
  const { status } = spawnSync(process.execPath, [join(cache, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', file], {
    cwd: root,
    stdio: 'inherit',
  })
  if (!existsSync(report)) throw new Error(`Stryker ended with ${status} and without a report`)
  return JSON.parse(readFileSync(report, 'utf8')).files
}

const NOTICED = new Set(['Killed', 'Timeout', 'RuntimeError'])
const MISSED = new Set(['Survived', 'NoCoverage'])

function percent(mutants) {
  const judged = mutants.filter(({ status }) => NOTICED.has(status) || MISSED.has(status))
  return judged.length === 0 ? 100 : (100 * judged.filter(({ status }) => NOTICED.has(status)).length) / judged.length
}

/** A survivor as a line that stays the same when lines above it move. */
function survivorOf(path, source, { location, replacement, mutatorName }) {
  const { start, end } = location
  const lines = source.split('\n')
  const text =
    start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} …`
  return `${path}:${start.line}  ${mutatorName}: ${text.trim()}  =>  ${(replacement ?? '').split('\n')[0]}`
}

install()
const folder = mkdtempSync(join(tmpdir(), 'calreconnect-mutants-'))
try {
  const files = Object.entries(mutate(folder)).map(([path, { mutants, source }]) => ({
    path: relative(root, join(root, path)),
    mutants,
    source,
  }))
  const rows = files
    .map(({ path, mutants }) => ({ path, score: percent(mutants), mutants: mutants.length }))
    .sort((a, b) => a.score - b.score)
  for (const { path, source, mutants } of files)
    for (const mutant of mutants) if (MISSED.has(mutant.status)) console.log(survivorOf(path, source, mutant))
  console.log('')
  for (const { path, score, mutants } of rows.filter(({ score: one }) => one < 100))
    console.log(`${score.toFixed(1).padStart(6)} %  ${String(mutants).padStart(4)}  ${path}`)
  const all = percent(files.flatMap(({ mutants }) => mutants))
  const low = rows.filter(({ score }) => score < GOALS.file)
  console.log(
    `\n${all.toFixed(1)} % of ${rows.reduce((sum, { mutants }) => sum + mutants, 0)} mutants noticed (goal ${GOALS.all}); ${low.length} files below ${GOALS.file} %`,
  )
  process.exitCode = all >= GOALS.all && low.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
