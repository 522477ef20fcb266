// Everything that Calendly says is somebody's text: whatever carries an escape sequence or a runner's command, and whichever way it
// leaves, a terminal and a CI runner get letters.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFront } from '../../support/altered-answers.ts'
import { CARRIED, escapes } from '../../support/carriers.ts'
import { type EmulatedCli, emulatedCli, HOOK } from '../../support/connected.ts'
import { hasTerminal, KEYS, onTerminal, plain } from '../../support/terminal.ts'

const EVIL = CARRIED.map(([, text]) => text).join(' ')
const CARRIERS = new Set(['callback_url', 'name', 'email', 'title', 'message', 'role', 'slug', 'timezone'])
const OTHERS = 'https://others.example.net/hook'
/** Stands for the id of a subscription. */
const ID = 'ID'
const UNKNOWN = '00000000-0000-4000-8000-00000000dead'

const SEED = {
  users: [{ name: 'Ada Owner', email: 'ada@acme.example', role: 'owner' }],
  subscriptions: [
    { callback_url: OTHERS, creator: 'ada@acme.example' },
    { callback_url: OTHERS, state: 'disabled', scope: 'user', user: 'ada@acme.example', creator: 'ada@acme.example' },
  ],
}

/** Each way out, and what it ends with. */
const DOORS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['status', ['status']],
  ['status --remote', ['status', '--remote']],
  ['accounts list', ['accounts', 'list']],
  ['list', ['webhooks', 'list']],
  ['get', ['webhooks', 'get', ID]],
  ['an error', ['webhooks', 'get', UNKNOWN]],
  ['an error with its whole answer', ['webhooks', 'get', UNKNOWN, '--debug']],
  ['a plan', ['webhooks', 'prune', '--include-foreign', '--url', '*', '--dry-run']],
  ['a refusal to go on', ['webhooks', 'prune', '--include-foreign', '--url', '*', '--no-input']],
  ['reconnect', ['reconnect', '--dry-run']],
  ...['human', 'junit', 'github', 'markdown', 'html'].map(
    (format) => [`audit as ${format}`, ['webhooks', 'audit', '--format', format]] as const,
  ),
  ['log', ['log']],
  ['runs', ['runs']],
]

/** These say nothing of what Calendly says. */
const SILENT = new Set(['runs', 'a refusal to go on'])

let cli: EmulatedCli
let id = ''
let env: Readonly<Record<string, string>>
const cleanups: (() => unknown)[] = []

beforeAll(async () => {
  cli = await emulatedCli({ seed: SEED })
  const front = await startFront(cli.emulator.url)
  cleanups.push(
    () => cli.close(),
    () => front.close(),
  )
  await cli.connect('--name', 'acme', '--callback-url', HOOK)
  front.alter((field, value) => (typeof value === 'string' && CARRIERS.has(field) ? `${value}${EVIL}` : value))
  env = { CALENDLY_API_URL: front.url.href, CALENDLY_AUTH_URL: front.url.href, GITHUB_ACTIONS: 'true', CALRECONNECT_ACCOUNT: 'acme' }
  // What was once believed is in the store, too.
  await cli.run(['reconnect'], { env })
  id = [...cli.emulator.control.state.subscriptions()][0]?.uri ?? ''
})
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
})

function meant(word: string): string {
  return word === ID ? id : word
}

describe('foreign text', () => {
  test.each(DOORS)('foreign text leaves by %s as letters', async (name, args) => {
    const { stdout, stderr, code } = await cli.run(args.map(meant), { env })
    expect([0, 2, 3, 5]).toContain(code)
    if (!SILENT.has(name)) expect(stdout + stderr).toContain('stop-commands')
    const own = name === 'audit as github' ? /^::(?:error|warning|notice) title=[^:\n]*::/gm : null
    expect(escapes(own === null ? stdout : stdout.replaceAll(own, ''))).toEqual([])
    expect(escapes(stderr)).toEqual([])
  })

  test.each(DOORS.filter(([, args]) => !args.includes('--format')))(
    'foreign text leaves by %s as JSON that shows nothing either',
    async (_name, args) => {
      const { stdout, stderr } = await cli.run([...args.map(meant), '--json'], { env })
      expect([escapes(stdout), escapes(stderr)]).toEqual([[], []])
      expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1 })
    },
  )

  test.runIf(hasTerminal())('foreign text is letters in the list of what to delete', async () => {
    const terminal = onTerminal(cli, ['webhooks', 'prune', '--include-foreign', '--url', '*'], env)
    await terminal.until(/others\.example\.net/)
    terminal.type(KEYS.interrupt)
    const { shown, code } = await terminal.done
    expect(code).toBe(130)
    // The prompts draw with sequences of their own, and break lines where the terminal ends.
    const drawn = plain(shown).replaceAll('\u0007', '')
    expect(escapes(drawn).filter((found) => found.startsWith('U+') || found.includes('##['))).toEqual([])
  })
})
