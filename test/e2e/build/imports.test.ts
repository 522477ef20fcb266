// Each dynamic import of the build: it can be loaded, it has the names that the source has, and a command of the story below loads it.
// The list comes from the build's own record (dist/meta.json); a new import that no line here reaches fails.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCHEMAS } from '../../../src/cli/schemas/table.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { startProxy } from '../../support/proxy-server.ts'
import { hasTerminal, KEYS, onTerminal } from '../../support/terminal.ts'
import { startHttpServer } from '../../support/http-server.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PRELOAD = fileURLToPath(new URL('../../support/loaded-files.cjs', import.meta.url))

interface BuiltFile {
  readonly entryPoint?: string
  readonly exports: readonly string[]
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[]
}

const { outputs }: { readonly outputs: Readonly<Record<string, BuiltFile>> } = JSON.parse(
  readFileSync(join(ROOT, 'dist/meta.json'), 'utf8'),
)

/** What is imported dynamically: the path in the source, and the built file. Node's own modules need no proof. */
const imports = new Map<string, string>()
for (const { imports: each } of Object.values(outputs)) {
  for (const { path, kind, external } of each) {
    const source = outputs[path]?.entryPoint
    if (kind === 'dynamic-import' && external !== true && source !== undefined) imports.set(source, basename(path))
  }
}

const HOOK = 'https://hooks.example.com/calendly'

describe('every dynamic import of the build', () => {
  test('every dynamic import of the build can be loaded, and has the names that its source has', async () => {
    const script = `const out = {}; for (const file of ${JSON.stringify([...imports.values()])}) out[file] = Object.keys(require('./dist/' + file)); console.log(JSON.stringify(out))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: ROOT })
    const built: Readonly<Record<string, readonly string[]>> = JSON.parse(stdout)
    for (const [source, file] of imports) {
      // A CommonJS package has in a bundle only its default export; its own names must not be asked for then.
      const isPackage = source.includes('node_modules')
      const names = isPackage ? namesOf(await import(pathToFileURL(join(ROOT, source)).href)) : (outputs[`dist/${file}`]?.exports ?? [])
      expect([source, built[file]?.toSorted()]).toEqual([source, [...names].toSorted()])
    }
  })

  test('every dynamic import of the build is loaded by a command that does its work', async () => {
    const loaded = await tell()
    const missing = [...imports].filter(([, file]) => !loaded.has(file)).map(([source]) => source)
    expect(missing, 'no command of the story loads these: add one that does').toEqual(hasTerminal() ? [] : ONLY_ON_A_TERMINAL)
  })
})

function namesOf(module: object): readonly string[] {
  return Object.keys(module).filter((name) => name !== 'module.exports')
}

/** Where there is no `script` to make a terminal with. */
const ONLY_ON_A_TERMINAL = ['src/adapters/prompts.ts', 'src/cli/completion/place.ts', 'src/core/secrets/secret.ts']

let cli: AccountCli
beforeAll(async () => {
  cli = await accountCli()
})
afterAll(() => cli.close())

/** Tells the story, and gives the built files that were loaded for it. */
async function tell(): Promise<ReadonlySet<string>> {
  const list = join(cli.folder, 'loaded')
  writeFileSync(list, '')
  const env = { NODE_OPTIONS: `--require=${PRELOAD}`, LOADED_FILES: list }
  const run = async (line: string, { code = 0, stdin, ...more }: { code?: number; stdin?: string; env?: Record<string, string> } = {}) => {
    const args = line.split(' ').filter((word) => word !== '')
    const result = await cli.run(args, { env: { ...env, ...more.env }, ...(stdin === undefined ? {} : { stdin }) })
    if (result.code !== code)
      throw new Error(`calreconnect ${line} ended with ${result.code}, not ${code}:\n${result.stderr}${result.stdout}`)
    return result
  }
  const file = (name: string, text: string): string => {
    writeFileSync(join(cli.folder, name), text)
    return join(cli.folder, name)
  }

  await connecting(run, env)
  await webhooks(run, file)
  await looking(run, file)
  await deliveries(run, file, env)
  await apps(run)
  await onTerminals(env)
  await Promise.all([...SCHEMAS.keys()].map((command) => run(`schema ${command}`)))
  await run('store init --db postgres://nobody@127.0.0.1:1/app --print-sql')
  await run('store info --db postgres://nobody@127.0.0.1:1/app', { code: 9 })
  await run('disconnect --yes')
  // The last thing that is done with the store: it is no home any more.
  await run(`store copy --to ${join(cli.folder, 'moved.db')}`)
  await run('demo')
  const emulator = cli.start(['emulator', '--port', '0'], { env })
  const [url] = await emulator.stderrUntil(/(?<=listening at )http:\S+\d/)
  await (await fetch(url)).text()
  emulator.child.kill('SIGTERM')
  await emulator.done
  return new Set(readFileSync(list, 'utf8').split('\n'))
}

type Run = (line: string, options?: { code?: number; stdin?: string; env?: Record<string, string> }) => Promise<{ readonly stdout: string }>
type WriteFile = (name: string, text: string) => string

async function connecting(run: Run, env: Readonly<Record<string, string>>): Promise<void> {
  const browser = join(cli.folder, 'xdg-open')
  writeFileSync(browser, '#!/bin/sh\nexit 0\n')
  chmodSync(browser, 0o755)
  // The system's browser: a program of that name, found on the path.
  const desktop = { ...env, DISPLAY: ':0', PATH: `${cli.folder}:${cli.env['PATH'] ?? ''}` }
  const running = cli.start(['connect', '--name', 'acme', '--no-webhook'], { env: desktop })
  const [page] = await running.stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m)
  const { browse } = await import('../../support/accounts.ts')
  await browse(page, {}, cli.redirectUri)
  const { code, stderr } = await running.done
  if (code !== 0) throw new Error(`connect ended with ${code}: ${stderr}`)

  await run('connect --name other --start')
  await run('connect --token-stdin --name token --no-webhook', { stdin: cli.emulator.info.personalAccessToken })
  await run('accounts use acme')
  await run('accounts list')
  await run('accounts rename token named')
  await run('status', { env: { FORCE_COLOR: '1' } })
  await run('status --remote')
  const proxy = await startProxy()
  await run('webhooks list', { env: { HTTP_PROXY: proxy.url } })
  proxy.close()
  await run('webhooks list', { env: { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken } })
  // The store where the platform has it.
  await run('accounts list', { env: { CALRECONNECT_DB: '' } })
}

async function webhooks(run: Run, file: WriteFile): Promise<void> {
  await run(`reconnect --callback-url ${HOOK} --debug --har ${file('exchanges.har', '')}`)
  await run(`webhooks create --callback-url ${HOOK}/two --events invitee.created`)
  const { stdout } = await run('webhooks list --json')
  const two: { readonly id: string; readonly uri: string } = JSON.parse(stdout).data.webhooks.find(
    (row: { callback_url: string }) => row.callback_url === `${HOOK}/two`,
  )
  await run(`webhooks get ${two.id}`)
  await run(`webhooks keys add ${two.uri} --stdin`, { stdin: 'a-signing-key' })
  await run('webhooks keys list')
  await run(`webhooks keys remove ${two.uri}`)
  await run(`webhooks delete ${two.id} --yes`)
  await run('webhooks restore --yes')
  await run('webhooks recreate --yes')
  await run(`webhooks prune --url ${HOOK}/two --yes`)
  await run('webhooks sample invitee.created')
  const declaration = file('calreconnect.yaml', (await run('webhooks plan --init')).stdout)
  await run(`webhooks plan -f ${declaration} --out ${join(cli.folder, 'saved.plan')}`)
  await run(`webhooks apply ${join(cli.folder, 'saved.plan')} --yes`)
  await run(`webhooks apply -f ${declaration} --yes`)
}

async function looking(run: Run, file: WriteFile): Promise<void> {
  for (const format of ['human', 'junit', 'github', 'markdown', 'html', 'json', 'openmetrics'])
    await run(`webhooks audit --fail-on error --format ${format}`)
  await run(`webhooks audit --fail-on error --out ${join(cli.folder, 'report.txt')}`)
  await run('webhooks audit --all')
  await run(`verify ${file('body.json', '{}')} --signature t=1,v1=00 --signing-key-file ${file('key.txt', 'k')}`, { code: 3 })
  await run('token')
  await run('exec -- true')
  await run('log')
  await run('runs')
  await run('store init')
  await run('store init --print-sql')
  await run('store info')
  await run('store key status')
  await run('help exit-codes')
  await run('help emulator')
  await run('help securty', { code: 2 })
  for (const topic of ['security', 'ci', 'redirect-uris', 'sharing', 'environment']) await run(`help ${topic}`)
  await run('emulator --print-seed')
  // A container's redirect port and browser are as they are: what counts is what is loaded.
  await run('doctor --jq .data.summary')
  await run('api GET /users/me')
  await run('__complete 2 accounts use a')
  await run('__complete 2 webhooks sample inv')
  await run('completion bash')
  await run('completion install --shell fish --dry-run')
  await run('reconnect --all --older-than 1h --ndjson')
  await run('open --no-browser')
  await run('mcp', { stdin: '' })
  await run('webhooks watch --once --exec true')
  await run('webhooks list --no-such-flag', { code: 2 })
  await run('login', { code: 2 })
  await run('accounts rename acme other --account named', { code: 2 })
}

async function deliveries(run: Run, file: WriteFile, env: Readonly<Record<string, string>>): Promise<void> {
  const receiver = await startHttpServer((_request, response) => response.writeHead(200).end())
  const key = `--signing-key-file ${file('key.txt', 'k')}`
  const logged = JSON.stringify({ headers: { 'calendly-webhook-signature': 't=1,v1=00' }, body: '{}' })
  await run(`verify ${file('event.json', logged)} ${key}`, { code: 3 })
  await run(`sign ${file('body.json', '{}')} ${key}`)
  await run(`send invitee.created --to ${receiver.url.href} --built-in ${key}`)
  const captured = JSON.stringify({
    received_at: '2026-11-22T12:00:00Z',
    headers: { 'calendly-webhook-signature': 't=1,v1=00' },
    body: '{}',
  })
  await run(`replay ${file('captures.ndjson', `${captured}\n`)} --to ${receiver.url.href}`)
  await run(`webhooks create --callback-url ${receiver.url.href} --allow-http --allow-ephemeral-host --yes`)
  await run(`webhooks test ${receiver.url.href} --yes`)
  await run(`webhooks delete ${receiver.url.href} --yes`)
  await receiver.close()
  const listener = cli.start(['webhooks', 'listen', '--port', '0', '--public-url', 'https://listen.example.com/hook'], { env })
  await listener.stderrUntil(/Listening at (\S+);/)
  listener.child.kill('SIGTERM')
  await listener.done
}

async function apps(run: Run): Promise<void> {
  await run('app set another --client-secret-stdin', { stdin: 'of-another-app' })
  await run('app show')
  await run('app remove another --yes')
}

async function onTerminals(env: Readonly<Record<string, string>>): Promise<void> {
  if (!hasTerminal()) return
  cli.emulator.control.add({ subscriptions: [{ callback_url: 'https://tunnel.ngrok.app/hook', state: 'disabled' }] })
  const prune = onTerminal(cli, ['webhooks', 'prune', '--url', 'https://*.ngrok.app/*'], env)
  await prune.until(/tunnel/)
  prune.type(KEYS.enter)
  await prune.until(/Delete 1 .*\?/)
  prune.type(`y${KEYS.enter}`)
  const { code, shown } = await prune.done
  if (code !== 0) throw new Error(`prune on a terminal ended with ${code}: ${shown}`)
  const app = onTerminal(cli, ['app', 'set', 'another'], env)
  await app.until(/Client secret/)
  app.type(`of-another-app${KEYS.enter}`)
  await app.done
  await onTerminal(cli, ['doctor'], { ...env, SHELL: '/bin/bash' }).done
  const disconnect = onTerminal(cli, ['disconnect', 'acme'], env)
  await disconnect.until(/\?/)
  disconnect.type(`n${KEYS.enter}`)
  await disconnect.done
}
