// `npm run mutants`: changes the source in thousands of small ways, one at a time, and runs the tests that reach the change. A change that no test
// notices (a survivor) is a sentence that nothing holds true.
//
//   npm run mutants                       src/core whole, by the unit tests
//   npm run mutants -- --only PATH        a file or folder of src/core; may be given several times
//   npm run mutants -- --sample 300       the changes within 300 lines of src/operations and src/adapters, drawn by --seed (1), each by the
//                                         integration tests of its folder; --only draws from less
//   --fresh                               judges everything anew, else only what the source or the tests have changed since the last run
//
// Exits 1 below the goals, and where survivors.json does not explain a survivor or explains one that is none any more.
// Stryker is not a dependency: 100 packages for a run now and then. It is installed beside, without install scripts.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules/.cache/calreconnect-mutants')
const VERSION = '9.6.1'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
})
const kind = values.sample === undefined ? 'core' : 'around'
const places = values.only ?? (kind === 'core' ? ['src/core'] : ['src/operations', 'src/adapters'])
/** Folders of test/integration and test/unit that hold a folder of src to its word; where nothing is said, those of its own name. */
const TESTS = {
  'operations/accounts': ['accounts', 'connect'],
  'operations/connect': ['connect', 'tokens'],
  'operations/execute': ['execute', 'webhooks'],
  'operations/journal': ['journal', 'execute'],
  'operations/observe': ['calendly', 'webhooks'],
  'operations/tokens': ['tokens', 'connect'],
  'adapters/calendly': ['calendly', 'limits'],
  'adapters/captures': ['verify'],
  'adapters/config-file': ['declarative'],
  'adapters/files': ['files', 'verify'],
  'adapters/http': ['http', 'calendly'],
  'adapters/keys': ['store'],
  'adapters/oauth': ['oauth', 'connect'],
  'adapters/store': ['store', 'journal'],
}
/** Percent of the changes that must be noticed: of all, and of each file (of a sample no file has enough for that). */
const GOALS = kind === 'core' ? { all: 92, file: 80 } : { all: 88, file: 0 }

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

/** Every source file at a place, relative to the root. */
function sourcesAt(place) {
  if (!statSync(join(root, place)).isDirectory()) return [place]
  return readdirSync(join(root, place), { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(place, path))
    .sort()
}

/** `file:line-line` of so many lines of code, in an order that the seed decides: the same lines as long as neither their number nor their file changes. */
function drawnLines(files, many) {
  const lines = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((text, index) =>
        /[=(?:]|return/.test(text) && !/^\s*(?:import|export type|\/\/|\/?\*)/.test(text) ? [`${file}:${index + 1}`] : [],
      ),
  )
  const order = new Map(lines.map((line) => [line, createHash('sha256').update(`${values.seed} ${line}`).digest('hex')]))
  return lines
    .sort((a, b) => (order.get(a) < order.get(b) ? -1 : 1))
    .slice(0, many)
    .map((line) => `${line}-${line.split(':')[1]}`)
}

/** `operations/execute` of `src/operations/execute/plan.ts:12-12`; null for what is in no folder of its own. */
function roomOf(place) {
  return /^src\/(\w+\/[\w-]+)\//.exec(place)?.[1] ?? null
}

/** Runs Stryker. Its report: file -> { mutants }. */
function mutate(folder, what, tests = []) {
  const report = join(folder, 'report.json')
  const config = {
    testRunner: 'vitest',
    plugins: [join(cache, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
    vitest: { configFile: `test/mutants/${kind}.config.ts`, related: false },
    mutate: what,
    coverageAnalysis: 'perTest',
    // What is made when a file is loaded is seen by every test; each of these mutants would cost a whole run.
    ignoreStatic: true,
    // Words for people are held by the tests that compare whole messages, where they matter.
    mutator: { excludedMutations: ['StringLiteral'] },
    concurrency: Math.max(1, availableParallelism()),
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 60,
    incremental: true,
    force: values.fresh,
    incrementalFile: join(cache, `${tests.join('-') || kind}.json`),
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    tempDirName: join(folder, 'sandbox'),
    ignorePatterns: ['coverage'],
    // This project's TypeScript has no API that Stryker could read a configuration with.
    tsconfigFile: 'none.json',
  }
  const file = join(folder, 'stryker.json')
  writeFileSync(file, JSON.stringify(config))
  const { status } = spawnSync(process.execPath, [join(cache, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', file], {
    cwd: root,
    env: { ...process.env, CALRECONNECT_MUTANTS_TESTS: tests.map((name) => `test/{unit,integration}/${name}/**/*.test.ts`).join(';') },
    stdio: 'inherit',
  })
  if (!existsSync(report)) throw new Error(`Stryker ended with ${status} and without a report`)
  return JSON.parse(readFileSync(report, 'utf8')).files
}

const NOTICED = new Set(['Killed', 'Timeout', 'RuntimeError'])
// What the tests within a process do not reach is run by the end-to-end tests, as built, which no change is planted into.
const MISSED = new Set(kind === 'core' ? ['Survived', 'NoCoverage'] : ['Survived'])

function percent(mutants) {
  const judged = mutants.filter(({ status }) => NOTICED.has(status) || MISSED.has(status))
  return judged.length === 0 ? 100 : (100 * judged.filter(({ status }) => NOTICED.has(status)).length) / judged.length
}

/** What was changed into what, without its line, which moves when lines above it come and go. */
function changeOf(source, { location, replacement, mutatorName }) {
  const { start, end } = location
  const lines = source.split('\n')
  const text =
    start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} …`
  return `${mutatorName}: ${text.trim()}  =>  ${(replacement ?? '').split('\n')[0]}`
}

/** `survivors.json`: file -> change -> why no test could notice it, or need not. */
function explanations() {
  return JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'))
}

/** What is not explained, as lines to print, and explanations of what is no survivor. */
function compare(files) {
  const explained = explanations()
  const unexplained = []
  const stale = []
  for (const { path, source, mutants } of files) {
    const reasons = new Map(Object.entries(explained[path] ?? {}))
    const missed = mutants
      .filter(({ status }) => MISSED.has(status))
      .map((mutant) => ({ line: mutant.location.start.line, change: changeOf(source, mutant) }))
    const changes = new Set(missed.map(({ change }) => change))
    unexplained.push(...missed.filter(({ change }) => !reasons.has(change)).map(({ line, change }) => `${path}:${line}  ${change}`))
    // A sample may not have tried what an entry is about.
    if (kind === 'core') stale.push(...[...reasons.keys()].filter((change) => !changes.has(change)).map((change) => `${path}  ${change}`))
  }
  return { unexplained, stale }
}

install()
const folder = mkdtempSync(join(tmpdir(), 'calreconnect-mutants-'))
try {
  const wanted = places.flatMap(sourcesAt).filter((file) => kind === 'core' || roomOf(file) !== null)
  const drawn = kind === 'core' ? [] : drawnLines(wanted, Number(values.sample))
  const rooms = [...new Set(drawn.map(roomOf))].sort((a, b) => a.localeCompare(b))
  const reports =
    kind === 'core'
      ? [mutate(folder, wanted)]
      : rooms.map((room) =>
          mutate(
            folder,
            drawn.filter((line) => roomOf(line) === room),
            TESTS[room] ?? [room.split('/')[1]],
          ),
        )
  const files = reports
    .flatMap((report) => Object.entries(report))
    .map(([path, { mutants, source }]) => ({ path: relative(root, join(root, path)), mutants, source }))
    // Results of an earlier run are in the report too.
    .filter(({ path }) => wanted.includes(path))
  const rows = files
    .map(({ path, mutants }) => ({ path, score: percent(mutants), mutants: mutants.length }))
    .sort((a, b) => a.score - b.score)
  for (const { path, score, mutants } of rows.filter(({ score: one }) => one < 100))
    console.log(`${score.toFixed(1).padStart(6)} %  ${String(mutants).padStart(4)}  ${path}`)
  const { unexplained, stale } = compare(files)
  if (unexplained.length > 0) console.log(`\nSurvivors that are not explained:\n${unexplained.join('\n')}`)
  if (stale.length > 0) console.log(`\nExplained in survivors.json, and no survivors:\n${stale.join('\n')}`)
  const all = percent(files.flatMap(({ mutants }) => mutants))
  const low = rows.filter(({ score }) => score < GOALS.file)
  const statuses = files.flatMap(({ mutants }) => mutants.map(({ status }) => status))
  const judged = statuses.filter((status) => NOTICED.has(status) || MISSED.has(status)).length
  const beyond = statuses.filter((status) => status === 'NoCoverage' && !MISSED.has(status)).length
  console.log(`\n${all.toFixed(1)} % of ${judged} changes noticed (goal ${GOALS.all}); ${low.length} files below ${GOALS.file} %`)
  if (beyond > 0) console.log(`${beyond} more are reached by end-to-end tests only`)
  process.exitCode = all >= GOALS.all && low.length === 0 && unexplained.length === 0 && stale.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
