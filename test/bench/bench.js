// `npm run bench [-- --pairs 15] [--strict]`: whole processes, interleaved A B A B, medians of ratios against bare node.
// Prints goal and measurement; exits 1 only with --strict. No test depends on any of this.

import { spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const BIN = fileURLToPath(new URL('../../bin/calreconnect.js', import.meta.url))
const FLOOR = fileURLToPath(new URL('traffic-floor.js', import.meta.url))
const { values } = parseArgs({ options: { pairs: { type: 'string', default: '15' }, strict: { type: 'boolean', default: false } } })
const pairs = Number(values.pairs)
const folder = mkdtempSync(join(tmpdir(), 'calreconnect-bench-'))
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  CALRECONNECT_DB: join(folder, 'calreconnect.db'),
  CALRECONNECT_CONFIG_DIR: join(folder, 'config'),
}

function timeMs(args, moreEnv = {}) {
  const began = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...env, ...moreEnv }, stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${String(stderr)}`)
  return Number(process.hrtime.bigint() - began) / 1e6
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Median of the ratios, pair by pair, so that a machine whose speed drifts does not matter. */
function compare(args, moreEnv, floor = ['-e', '0']) {
  timeMs(args, moreEnv)
  timeMs(floor)
  const runs = Array.from({ length: pairs }, () => ({ ours: timeMs(args, moreEnv), floor: timeMs(floor) }))
  return {
    ratio: median(runs.map(({ ours, floor: bare }) => ours / bare)),
    oursMs: median(runs.map(({ ours }) => ours)),
    floorMs: median(runs.map(({ floor: bare }) => bare)),
  }
}

async function startEmulator(...args) {
  const child = spawn(process.execPath, [BIN, 'emulator', '--port', '0', '--json', ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    if (text.includes('\n')) break
  }
  return { child, data: JSON.parse(text).data }
}

/** An organization with 5,000 subscriptions and 2,000 members. */
const LARGE = {
  organizations: [{ name: 'Large' }],
  users: [
    { name: 'Owner', email: 'owner@large.example', role: 'owner' },
    { count: 1999, role: 'user' },
  ],
  subscriptions: [{ count: 5000, callback_url: 'https://hooks.example.com/{n}', events: ['invitee.created'], scope: 'organization' }],
}
const seedFile = join(folder, 'large.json')
writeFileSync(seedFile, JSON.stringify(LARGE))
const { child, data } = await startEmulator()
// A minute of rate limit passes in 60 ms, so that neither side is held back.
const large = await startEmulator('--seed', seedFile, '--accelerate', '1000')
const rows = []
try {
  const calendly = { CALENDLY_AUTH_URL: data.url, CALENDLY_API_URL: data.url }
  const body = join(folder, 'delivery.json')
  const key = join(folder, 'key')
  const payload = JSON.stringify({ event: 'invitee.created', payload: { note: 'x'.repeat(2000) } })
  writeFileSync(body, payload)
  writeFileSync(key, 'bench-key')
  const signature = `t=1700000000,v1=${createHmac('sha256', 'bench-key').update(`1700000000.${payload}`).digest('hex')}`
  const connected = spawnSync(process.execPath, [BIN, 'connect', '--token-stdin', '--no-webhook', '--name', 'bench'], {
    env: { ...env, ...calendly },
    input: data.personal_access_token,
  })
  if (connected.status !== 0) throw new Error(String(connected.stderr))
  const cases = [
    ['--version', 1.08, [BIN, '--version']],
    ['--help', 1.2, [BIN, '--help']],
    ['status --json', 1.25, [BIN, 'status', '--json']],
    ['verify, one file, given key', 1.25, [BIN, 'verify', body, '--signature', signature, '--signing-key-file', key]],
    ['webhooks list, one page', 2.0, [BIN, 'webhooks', 'list', '--json'], { ...calendly, CALENDLY_TOKEN: data.personal_access_token }],
  ]
  for (const [name, goal, args, moreEnv] of cases) rows.push({ name, goal, ...compare(args, moreEnv) })
  const { url, personal_access_token: token, organization_uri: organization, user_uri: user } = large.data
  const auditEnv = { CALENDLY_AUTH_URL: url, CALENDLY_API_URL: url, CALENDLY_TOKEN: token }
  const audit = compare([BIN, 'webhooks', 'audit', '--json', '--fail-on', 'TOO_MANY'], auditEnv, [FLOOR, url, token, organization, user])
  rows.push({ name: 'audit, 5,000 and 2,000 rows *', goal: 1.5, ...audit })
} finally {
  child.kill('SIGKILL')
  large.child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

console.log(`Ratios to \`node -e 0\`, median of ${pairs} interleaved pairs of whole processes\n`)
console.log('command                        goal   measured    ours ms  floor ms')
for (const { name, goal, ratio, oursMs, floorMs } of rows) {
  const measured = `${ratio.toFixed(2)}${ratio <= goal ? '  ' : ' !'}`
  console.log(
    `${name.padEnd(29)} ${goal.toFixed(2).padStart(5)} ${measured.padStart(10)} ${oursMs.toFixed(0).padStart(10)} ${floorMs.toFixed(0).padStart(9)}`,
  )
}
console.log('\n* to a bare undici loop that makes the same requests, as a whole process')
if (values.strict && rows.some(({ ratio, goal }) => ratio > goal)) process.exitCode = 1
