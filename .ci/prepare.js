// What `npm run demo` and `npm test` need before they run: dependencies from the lock file, and a build.
// Does each only when it is not done yet, and says what it is doing.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (text) => process.stderr.write(`${text}\n`)

function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths.toSorted())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0')
  return hash.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}

/** Runs `work` unless `stamp` says that it was done for exactly these files. */
function once(stamp, paths, work) {
  const wanted = fingerprint(paths)
  const file = join(root, stamp)
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) return
  work()
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, wanted)
}

/** What fails has said why; here it is said what it was for. */
function run(command, ...args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  } catch (error) {
    say(`Set-up failed: ${[command === process.execPath ? 'node' : command, ...args].join(' ')} ended with ${error.status ?? error.code}`)
    say('Hint: see what it says above; Node.js 20.18.1 or newer, npm and the registry are all that is needed')
    process.exit(1)
  }
}

once('node_modules/.calreconnect-installed', ['package.json', 'package-lock.json'], () => {
  say('Installing dependencies from the lock file. better-sqlite3 is compiled where no prebuilt binary can be had: about a minute.')
  run('npm', 'ci', '--no-audit', '--no-fund')
})
once('dist/.calreconnect-built', ['package.json', 'package-lock.json', '.ci/build.js', '.ci/source-lines.js', ...filesBelow('src')], () => {
  say('Building dist/.')
  run(process.execPath, '.ci/build.js')
})
