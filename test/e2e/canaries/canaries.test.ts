// Every kind of secret is a canary here: the commands run with --debug and --har, and none may be found in what they leave behind.

import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliHome, CliOptions, CliResult } from '../../support/cli.ts'
import { decide } from '../../support/accounts.ts'
import { filesBelow, findCanaries } from '../../proofs/canaries.ts'
import type { Canary } from '../../proofs/canaries.ts'
import { expireTokens, openStage, startWithBrowser, storeOf, withStore } from '../../proofs/stage.ts'
import type { Stage } from '../../proofs/stage.ts'
import { HOOK } from '../../support/connected.ts'

const FOREIGN = 'https://api.calendly.com/webhook_subscriptions/11111111-1111-4111-8111-111111111111'

// Characters that URL, form, JSON and HTML each write in their own way (in a client secret only those on which Basic is of one mind).
const planted = {
  'client secret': `client-secret/7f3a"=<canary>`,
  'wrong client secret': `wrong-secret/93bb"=<canary>`,
  'personal access token': 'eyJhbGciOiJFUzI1NiJ9.canary-of-a-pat_42~+/c0ffee==',
  'app signing key': `app+signing/key"&=%<canary>51`,
  'given signing key': `given+signing/key"&=%<canary>52`,
  'foreign signing key': `foreign+signing/key"&=%<canary>53`,
}
const storeKey = randomBytes(32)

let stage: Stage
let home: CliHome
let keyFile: string
/** What was written, by where. */
const places = new Map<string, Uint8Array>()
/** What each run was, and its exit code: a secret may hide behind a failure that nobody meant. */
const ended: string[] = []
const seen: Canary[] = []
/** Closes the reader that keeps -wal and -shm in being. */
let closeReader = async (): Promise<void> => {}

beforeAll(async () => {
  stage = await openStage({
    clientSecret: planted['client secret'],
    appSigningKey: planted['app signing key'],
    seed: {
      personal_access_tokens: [{ token: planted['personal access token'] }],
      subscriptions: [{ id: FOREIGN, callback_url: 'https://partner.example/hook', signing_key: planted['foreign signing key'] }],
    },
  })
  home = stage.home(undefined, { CALRECONNECT_KEY: storeKey.toString('base64'), CALENDLY_WEBHOOK_SIGNING_KEY: planted['app signing key'] })
  keyFile = join(home.folder, 'given-key')
  writeFileSync(keyFile, planted['given signing key'])
})

afterAll(async () => {
  await closeReader()
  await stage.close()
})

/** Runs with every switch that writes more, and keeps what came of it. */
async function run(args: readonly string[], options: CliOptions & { readonly printsSecret?: boolean } = {}): Promise<CliResult> {
  const name = `${places.size}: ${args.join(' ')}`
  const har = join(home.folder, `${places.size}.har`)
  const { printsSecret, ...rest } = options
  const running = startWithBrowser(home, ['--debug', '--har', har, ...args], rest)
  const cmdline = `/proc/${running.child.pid}/cmdline`
  if (existsSync(cmdline)) places.set(`${name}: command line`, readFileSync(cmdline))
  const result = await running.done
  ended.push(
    `${args
      .filter((word) => /^[a-z]+$/.test(word))
      .slice(0, 2)
      .join(' ')} ${result.code}`,
  )
  if (printsSecret !== true) places.set(`${name}: stdout`, Buffer.from(result.stdout))
  places.set(`${name}: stderr`, Buffer.from(result.stderr))
  if (existsSync(har)) places.set(`${name}: HAR`, readFileSync(har))
  remember()
  return result
}

/** The secrets that exist now, at Calendly's and in requests to it. */
function remember(): void {
  const { state } = stage.control
  const forms = stage.emulator.requests().flatMap(({ body }) => (typeof body === 'object' && body !== null ? [body] : []))
  seen.push(
    ...[...state.grants.values()].flatMap(({ accessToken, refreshToken }) => [
      { kind: 'access token', secret: accessToken },
      { kind: 'refresh token', secret: refreshToken },
    ]),
    ...[...state.codes.keys()].map((secret) => ({ kind: 'code', secret })),
    ...[...state.subscriptions()].flatMap(({ signingKey }) => (signingKey === null ? [] : [{ kind: 'signing key', secret: signingKey }])),
    ...forms.flatMap((form) =>
      Object.entries(form).flatMap(([name, text]) => (name === 'code_verifier' ? [{ kind: 'verifier', secret: String(text) }] : [])),
    ),
  )
}

function canaries(): readonly Canary[] {
  const all = [...Object.entries(planted).map(([kind, secret]) => ({ kind, secret })), { kind: 'store key', secret: storeKey }, ...seen]
  // The kind that was planted counts, wherever the secret turned up again.
  const bySecret = new Map(all.toReversed().map((canary) => [Buffer.from(canary.secret).toString('latin1'), canary]))
  return [...bySecret.values()]
}

/** Whatever the next request of that kind is answered with. */
function fault(method: string, path: string, answer: object): void {
  stage.control.addFaults([{ method, path, ...answer }])
}

const accessToken = (): string => [...stage.control.state.grants.values()].at(-1)?.accessToken ?? ''
const refreshToken = (): string => [...stage.control.state.grants.values()].at(-1)?.refreshToken ?? ''

async function ordinaryLife(): Promise<void> {
  const browser = join(home.folder, 'browser.sh')
  const opened = join(home.folder, 'opened')
  writeFileSync(browser, `#!/bin/sh\ncat /proc/$$/cmdline > '${opened}'\n`)
  chmodSync(browser, 0o700)
  await run(['connect', '--callback-url', HOOK, '--json'], { env: { BROWSER: browser } })
  closeReader = await keepReading()
  if (existsSync(opened)) places.set('the browser’s command line', readFileSync(opened))
  await run(['status', '--remote', '--json'])
  await run(['webhooks', 'create', '--callback-url', 'https://second.example.com/hook', '--signing-key-file', keyFile])
  await run(['webhooks', 'create', '--callback-url', 'https://third.example.com/hook', '--signing-key-stdin', '--json'], {
    stdin: planted['given signing key'],
  })
  await run(['webhooks', 'keys', 'add', FOREIGN, '--stdin'], { stdin: planted['foreign signing key'] })
  await run(['webhooks', 'keys', 'list', '--json'])
  await run(['webhooks', 'list'])
  await run(['webhooks', 'get', FOREIGN, '--json'])
  await run(['webhooks', 'recreate', '--yes', '--json'])
  await run(['webhooks', 'prune', '--url', 'https://third.example.com/*', '--yes', '--json'])
  await run(['webhooks', 'restore', '--yes', '--json'])
  await run(['webhooks', 'audit', '--json'])
  await run(['store', 'info', '--json'])
  await run(['store', 'key', 'status', '--json'])
  await run(['exec', '--', process.execPath, '-e', '0'])
  await run(['token'], { printsSecret: true })
  await verifyDeliveries()
}

async function verifyDeliveries(): Promise<void> {
  const { deliveries } = await stage.control.bookMeeting()
  for (const [index, { body, attempts }] of deliveries.entries()) {
    const file = join(home.folder, `delivery-${index}.json`)
    writeFileSync(file, body)
    const signature = attempts[0]?.headers['calendly-webhook-signature'] ?? ''
    await run(['verify', file, '--signature', signature, '--signing-key-file', keyFile, '--json'])
    await run(['verify', file, '--signature', signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
  }
}

async function misfortunes(): Promise<void> {
  fault('GET', '/webhook_subscriptions', { action: 'status', status: 400, body: `<p>Bearer ${accessToken()}</p>` })
  await run(['webhooks', 'list'])
  const echo = { title: 'Invalid', message: `token=${encodeURIComponent(accessToken())}`, details: [{ message: btoa(accessToken()) }] }
  fault('GET', '/webhook_subscriptions', { action: 'status', status: 400, body: echo })
  await run(['webhooks', 'list', '--json'])
  fault('GET', '/webhook_subscriptions', {
    action: 'status',
    status: 302,
    headers: { location: `https://evil.example/?t=${accessToken()}` },
  })
  await run(['webhooks', 'list', '--json'])
  fault('POST', '/webhook_subscriptions', { action: 'half_body' })
  await run(['webhooks', 'create', '--callback-url', 'https://fourth.example.com/hook', '--json'])
  await expireTokens(stage, home)
  await run(['webhooks', 'list', '--json'], { env: { CALENDLY_CLIENT_SECRET: planted['wrong client secret'] } })
  await run(['webhooks', 'list', '--json'])
  await expireTokens(stage, home)
  fault('POST', '/oauth/token', { action: 'status', status: 502, body: `<h1>${refreshToken()} ${planted['client secret']}</h1>` })
  await run(['webhooks', 'list'])
  fault('POST', '/oauth/token', { action: 'status', status: 200, body: { welcome: refreshToken() } })
  await run(['webhooks', 'list', '--json'])
  const used = { error: 'invalid_grant', error_description: `The refresh token ${refreshToken()} was used before` }
  fault('POST', '/oauth/token', { action: 'half_body' })
  await run(['webhooks', 'list', '--json'])
  fault('POST', '/oauth/token', { action: 'status', status: 400, body: used })
  await run(['webhooks', 'list'])
  await run(['connect', '--force', '--no-browser', '--json'])
}

async function otherWays(): Promise<void> {
  const started = await run(['connect', '--start', '--name', 'second', '--json'])
  const found = /"authorize_url":"([^"]+)"/.exec(started.stdout)?.[1] ?? ''
  const redirected = await decide(found)
  await run(['connect', '--complete', '-', '--json'], { stdin: redirected })
  await run(['connect', '--name', 'pat', '--token-stdin', '--json'], { stdin: planted['personal access token'] })
  const env = { CALENDLY_TOKEN: planted['personal access token'] }
  await run(['webhooks', 'list'], { env })
  fault('GET', '/webhook_subscriptions', { action: 'status', status: 403, body: { title: 'No', message: env.CALENDLY_TOKEN } })
  await run(['webhooks', 'list'], { env })
  await run(['--account', 'pat', 'webhooks', 'audit', '--json'])
  await run(['runs', '--json'])
  await run(['log', '--json', '--limit', '10000'])
}

async function theEnd(): Promise<void> {
  for (const [file, content] of filesBelow(home.folder)) if (file !== keyFile) places.set(`before disconnect: ${file}`, content)
  const [first] = await withStore(home, (store) => store.connections.list())
  const echo = { error: 'unauthorized_client', error_description: `Not yours: ${first?.refreshToken?.reveal()}` }
  fault('POST', '/oauth/revoke', { action: 'status', status: 403, body: echo })
  await run(['disconnect', '--all', '--yes', '--json'])
  await run(['disconnect', '--all', '--yes'])
  await run(['log', '--json', '--limit', '10000'])
  for (const [file, content] of filesBelow(home.folder)) if (file !== keyFile) places.set(`after disconnect: ${file}`, content)
}

/** As long as somebody reads, the write-ahead log is not folded into the database. */
async function keepReading(): Promise<() => Promise<void>> {
  const store = await storeOf(home)
  await store.connections.list()
  return () => store.close()
}

test('no command leaves a secret in stdout, stderr, a HAR file, the store’s files or a command line, whatever the encoding', async () => {
  await ordinaryLife()
  await misfortunes()
  await otherWays()
  await theEnd()
  expect(ended.filter((end) => !end.endsWith(' 0'))).toEqual([
    // A wrong signature; then what Calendly and the tokens' endpoint are made to answer.
    'verify 3',
    'verify 3',
    'verify 3',
    'verify 3',
    'webhooks list 5',
    'webhooks list 4',
    'webhooks list 6',
    'webhooks list 6',
    'webhooks list 6',
    'webhooks list 4',
    'webhooks list 5',
    'disconnect 8',
  ])
  const kinds = new Set(canaries().map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(
    [...Object.keys(planted), 'store key', 'access token', 'refresh token', 'code', 'signing key', 'verifier'].sort(),
  )
  expect([...places.keys()].some((name) => name.endsWith('calreconnect.db-wal'))).toBe(true)
  expect(findCanaries(canaries(), places)).toEqual([])
})

test('the search for secrets finds the one that webhooks get prints when asked to', async () => {
  const uri = [...stage.control.state.subscriptions()].find(({ signingKey }) => signingKey === planted['foreign signing key'])?.uri ?? ''
  const fresh = stage.home(home, { CALENDLY_TOKEN: planted['personal access token'] })
  const stored = await fresh.run(['webhooks', 'keys', 'add', uri, '--stdin'], { stdin: planted['foreign signing key'] })
  const { stdout } = await fresh.run(['webhooks', 'get', uri, '--show-secret'])
  const kind = 'foreign signing key'
  expect(stored.code).toBe(0)
  expect(findCanaries([{ kind, secret: planted[kind] }], new Map([['stdout', Buffer.from(stdout)]]))).toContainEqual({
    kind,
    encoding: 'raw',
    where: 'stdout',
  })
})
