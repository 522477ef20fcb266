// Every example of every help text is run as it is printed, by a shell, in a home where what it speaks of is there: accounts, files, a receiver.
// What stands for something of the reader's (URI, AAAA, CLIENT_ID, example.com's receiver) is put in; nothing else is changed.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { signatureHeader } from '../../../src/core/signature/verdict.ts'
import { decide } from '../../support/accounts.ts'
import { type HintedHome, hintedHome } from '../../support/hinted.ts'
import { cliHome } from '../../support/cli.ts'

const HOOK = 'https://example.com/calendly'
const GONE = 'https://example.com/gone'
/** What all examples together need. */
const SCOPES =
  'users:read organizations:read webhooks:read webhooks:write scheduled_events:read routing_forms:read event_types:read scheduling_links:write contacts:read groups:read meeting_recaps:read'
const SEED = {
  organizations: [{ name: 'Example' }],
  users: [
    { email: 'owner@example.com', role: 'owner' },
    { email: 'jane@example.com', role: 'admin' },
  ],
  event_types: [{ name: 'Intro call', duration: 15, owner: 'owner@example.com' }],
  subscriptions: [
    { callback_url: 'https://old.ngrok.app/a', state: 'disabled' },
    { callback_url: 'https://old.ngrok.app/b', created_at: '2025-01-01T00:00:00Z' },
    { callback_url: GONE },
  ],
}

/** Runs until somebody ends it. */
const ENDLESS = ['webhooks listen', 'webhooks watch', 'emulator']
/** Not ours to run here, and why. */
const NOT_HERE: readonly (readonly [beginning: string, why: string])[] = [
  ['docker ', 'an image is built where an engine is (.ci/Containerfile)'],
  ['pass ', "another program's password store"],
  ['calreconnect store init --db postgres:', 'test/e2e/store/postgres.test.ts runs it with a server'],
  ['calreconnect demo', 'test/e2e/demo tells the whole story'],
  ['calreconnect store key use keyring', 'test/e2e/build/keyring.test.ts runs it with a keyring'],
  ['calreconnect connect --complete', 'below, with an address of its own'],
]
/** How an example ends where its world cannot make it end with 0; the reader's can. */
const ENDS: Readonly<Record<string, readonly number[]>> = {
  // What there is to find is found.
  'webhooks audit': [0, 3],
  doctor: [0, 3],
  // The emulator has no scheduling links, and says so.
  'api POST /scheduling_links': [6],
  // No signature, or another's.
  verify: [0, 3],
  // Exit 2 says that there are changes.
  'webhooks plan --detailed-exitcode': [0, 2],
}
/** What must be so before. */
const BEFORE: Readonly<Record<string, string>> = {
  'calreconnect accounts rename jane@example.com sales': 'calreconnect accounts rename sales other',
  'calreconnect accounts rename sales emea': 'calreconnect accounts rename emea other',
  'calreconnect accounts remove emea': 'calreconnect disconnect emea --yes',
  'calreconnect webhooks plan': 'calreconnect webhooks plan --init > calreconnect.yaml',
  'calreconnect webhooks apply -f': 'calreconnect webhooks plan --init > calreconnect.yaml',
  'calreconnect webhooks plan -f': 'calreconnect webhooks plan --init > staging.yaml',
  'calreconnect webhooks plan --init': 'rm -f calreconnect.yaml',
  'calreconnect app remove': 'calreconnect app set other-app --name staging --native',
  'calreconnect app show staging': 'calreconnect app set other-app --name staging --native',
  'calreconnect connect': 'calreconnect disconnect sales --yes; calreconnect accounts remove sales --yes',
  'calreconnect webhooks test': 'calreconnect reconnect --callback-url RECEIVER/hook --allow-http --allow-ephemeral-host',
  'calreconnect emulator --seed': 'calreconnect emulator --print-seed > seed.json',
}

let home: HintedHome
let receiver: Server
let template: string
let state: string
let values: { readonly [name: string]: string }

const examples: readonly string[] = examplesIn(await cliHomeHelp())

async function cliHomeHelp(): Promise<string> {
  const bare = cliHome()
  try {
    return (await bare.run(['help', '--all'])).stdout
  } finally {
    bare.remove()
  }
}

function examplesIn(help: string): readonly string[] {
  const lines = [...help.matchAll(/^ *\$ (.*)$/gm)].map(([, line = '']) => line.replace(/ {3,}\(.*\)$/, '').trim())
  return [...new Set(lines)]
}

beforeAll(async () => {
  home = await hintedHome({ seed: SEED, switches: { rate_limit_paid: 100_000 } })
  receiver = createServer((request, response) => request.resume().on('end', () => response.writeHead(200).end('ok')))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const run = async (line: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { code, stdout, stderr } = await home.shell(line, { ...home.oauth, ...env })
    if (code !== 0) throw new Error(`${line} ended with ${code}: ${stdout}${stderr}`)
  }
  await run(`calreconnect connect sales --callback-url ${HOOK} --oauth-scope '${SCOPES}'`, { AS: 'owner@example.com' })
  await run('calreconnect connect emea --no-webhook', { AS: 'jane@example.com' })
  await run('calreconnect accounts use sales')
  const { envelope } = await home.json(['webhooks', 'list'])
  await run(`calreconnect webhooks delete ${GONE} --yes`)
  const idOf = (url: string): string => envelope.data.webhooks.find((one: { callback_url: string }) => one.callback_url === url).id
  const runs = (await home.json(['runs'])).envelope.data.runs
  const deleting = runs.find((one: { command: string }) => one.command === 'webhooks delete')
  const { info, control } = home.emulator
  values = {
    id: idOf(HOOK),
    second: idOf('https://old.ngrok.app/b'),
    gone: idOf(GONE),
    key: (await home.run(['webhooks', 'get', HOOK, '--show-secret'])).stdout.trim(),
    run: deleting.id,
    organization: info.organizationUri,
    eventType: String([...control.state.eventTypes.values()][0]?.uri),
    pat: info.personalAccessToken,
    receiver: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
  }
  files()
  template = `${home.folder}-template`
  cpSync(home.folder, template, { recursive: true })
  state = control.export()
})

afterAll(async () => {
  rmSync(template, { recursive: true, force: true })
  await new Promise((resolve) => receiver.close(resolve))
  await home.close()
})

/** What the examples read. */
function files(): void {
  const write = (name: string, text: string): void => writeFileSync(join(home.folder, name), text)
  const key = String(values['key'])
  const body = JSON.stringify({
    event: 'invitee.created',
    created_at: '2026-11-20T10:00:00.000000Z',
    created_by: 'x',
    payload: { email: 'a@example.com' },
  })
  const header = signatureHeader(Buffer.from(body), new Secret(key), Math.floor(Date.now() / 1000))
  const line = JSON.stringify({ headers: { 'calendly-webhook-signature': header }, body })
  const request = { method: 'POST', url: HOOK, headers: [{ name: 'Calendly-Webhook-Signature', value: header }], postData: { text: body } }
  for (const name of ['body.json', 'delivery.json']) write(name, body)
  write('key.txt', `${key}\n`)
  write('signing-key.txt', `${key}\n`)
  write('secret.txt', 'a-client-secret\n')
  write('token.txt', `${home.emulator.info.personalAccessToken}\n`)
  write('headers.txt', `Calendly-Webhook-Signature: ${header}\n`)
  write('captures.ndjson', `${line}\n${line}\n`)
  write(
    'event.json',
    JSON.stringify({ httpMethod: 'POST', headers: { 'Calendly-Webhook-Signature': header }, body, isBase64Encoded: false }),
  )
  write('session.har', JSON.stringify({ log: { version: '1.2', entries: [{ request }] } }))
  write(
    'subscription.json',
    JSON.stringify({
      url: 'https://example.com/api',
      events: ['invitee.created'],
      organization: values['organization'],
      scope: 'organization',
    }),
  )
  write('faults.json', '[]')
  write('notify.sh', '#!/bin/sh\ncat > /dev/null\n')
  write(
    'last-request.http',
    `POST /calendly HTTP/1.1\r\nHost: example.com\r\nCalendly-Webhook-Signature: ${header}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  mkdirSync(join(home.folder, '.zfunc'), { recursive: true })
  mkdirSync(join(home.folder, '.local/share/bash-completion/completions'), { recursive: true })
  mkdirSync(join(home.folder, '.config/fish/completions'), { recursive: true })
}

/** The example with what is the reader's own put in. */
function filled(example: string): string {
  return example
    .replaceAll(/-f organization=URI/g, `-f organization=${values['organization']}`)
    .replaceAll('-f owner=URI', `-f owner=${values['eventType']}`)
    .replaceAll('restore --uri https://api.calendly.com/webhook_subscriptions/AAAA', `restore --uri ${values['gone']}`)
    .replaceAll('webhooks test 2a3f8f4e-5f0b-4d0e-9c7a-0c3d5e6f7a8b', `webhooks test ${values['receiver']}/hook`)
    .replaceAll(/\bURI\b/g, `https://api.calendly.com/webhook_subscriptions/${values['id']}`)
    .replaceAll(/B{8,}/g, String(values['second']))
    .replaceAll(/\bA{4,}(?:-B+)?\b/g, String(values['id']))
    .replaceAll('2a3f8f4e-5f0b-4d0e-9c7a-0c3d5e6f7a8b', String(values['id']))
    .replaceAll(/\b3f9a(?:12c4)?\b/g, String(values['run']))
    .replaceAll('--client-id=-CLIENT_ID', '--client-id=-an-id-of-twenty-or-more')
    .replaceAll('app remove CLIENT_ID', 'app remove other-app')
    .replaceAll('CLIENT_ID', 'another-app')
    .replaceAll('http://localhost:3000', String(values['receiver']))
    .replaceAll('https://api.calendly.com/users/me', `${home.emulator.url}/users/me`)
    .replaceAll('CALENDLY_TOKEN=…', `CALENDLY_TOKEN=${values['pat']}`)
    .replaceAll('v1=…', `v1=${'0'.repeat(64)}`)
    .replaceAll('$OLD_KEY', oldKey())
    .replaceAll(
      '$HEADER',
      readFileSync(join(home.folder, 'headers.txt'), 'utf8')
        .replace(/^[^:]*: /, '')
        .trim(),
    )
    .replaceAll('curl -s https://example.com/last-request.http', 'cat last-request.http')
    .replaceAll('curl https://example.com/hook', `curl -s ${values['receiver']}`)
    .replaceAll('--from 120', '--from 1')
    .replaceAll('/var/lib/calreconnect/store.db', './elsewhere/store.db')
    .replaceAll('$PROFILE', './profile.ps1')
    .replaceAll('| less', '| cat')
    .replaceAll('npm run sync-meetings', 'true')
}

/** The one in the key file, as `store key rotate` wants it beside the new one. */
function oldKey(): string {
  const [line = ''] = readFileSync(keyFile(), 'utf8').split('\n')
  return line.trim()
}

const keyFile = (): string =>
  join(
    home.env['CALRECONNECT_CONFIG_DIR'] ?? join(home.env['XDG_CONFIG_HOME'] ?? join(home.folder, '.config'), 'calreconnect'),
    'calreconnect.key',
  )

const longest = <T>(table: Readonly<Record<string, T>>, example: string): T | undefined =>
  Object.entries(table)
    .filter(([beginning]) => example.startsWith(beginning))
    .toSorted(([a], [b]) => b.length - a.length)[0]?.[1]

const hasJq = spawnSync('jq', ['--version']).status === 0
if (!hasJq) process.stderr.write('No jq here: examples that pipe into it end with cat\n')

describe('an example of the help', () => {
  test.each(examples)('%s', async (example) => {
    const elsewhere = NOT_HERE.find(([beginning]) => example.startsWith(beginning))
    if (elsewhere !== undefined) return void process.stderr.write(`Not run: ${example}: ${elsewhere[1]}\n`)
    rmSync(home.folder, { recursive: true, force: true })
    cpSync(template, home.folder, { recursive: true })
    home.emulator.control.import(state)
    const env = { ...home.oauth, HOME: home.folder, PROMPT: '' }
    const before = longest(BEFORE, example)
    if (before !== undefined) await home.shell(before.replace('RECEIVER', String(values['receiver'])), env)
    const words = example.replace(/^[A-Z_]+=\S+ /, '').replace(/^calreconnect /, '')
    const isEndless = ENDLESS.some((beginning) => words.startsWith(beginning)) && !/--once|--print-seed/.test(example)
    const line = filled(hasJq ? example : example.replace(/\| jq .*$/, '| cat'))
    const run = (text: string) => home.shell(isEndless ? text.replace('calreconnect', 'timeout -s INT 2 calreconnect') : text, env)
    let done = await run(line)
    // Where nobody can be asked, the person says beforehand what they would answer.
    if (done.code === 2 && done.stderr.includes('pass --yes')) done = await run(line.replace(/(?= &&)|$/, ' --yes'))
    if (done.code === 2 && done.stderr.includes('--client-secret-stdin')) done = await run(`${line} --client-secret-stdin < secret.txt`)
    const ends = isEndless ? [124, 130, 0] : (longest(ENDS, words) ?? [0])
    expect([line, ends.includes(done.code ?? -1) ? '' : `${done.code}: ${done.stdout.slice(-1000)}${done.stderr.slice(-1000)}`]).toEqual([
      line,
      '',
    ])
  })

  test('an address that was pasted completes a connect that was started', async () => {
    const start = await home.json(['connect', '--name', 'fresh', '--start', '--no-webhook'], { env: home.oauth })
    const address = await decide(start.envelope.data.authorize_url)
    writeFileSync(join(home.folder, 'redirect-url.txt'), address)
    expect(await home.shell('calreconnect connect --complete - < redirect-url.txt', home.oauth)).toMatchObject({ code: 0 })
  })
})
