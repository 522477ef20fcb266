// What is promised of every command alike. The commands come from the program itself, so that a new one is swept without being added here.

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meantBy, VERBS } from '../../../src/cli/meant-command.ts'
import { SCHEMAS } from '../../../src/cli/schemas/table.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { type CliHome, cliHome, type CliResult } from '../../support/cli.ts'
import { declaredCommands } from '../../support/command-tree.ts'
import { schemaProblems } from '../../support/data-schema.ts'

const commands = await declaredCommands()
const roots = commands.map(({ path }) => path).filter((path) => !path.includes(' '))
const leaves = commands.filter(({ isGroup }) => !isGroup)
const ESCAPE = '\u001B'
const AT_ONCE = 3
const WEBHOOK = 'https://api.calendly.com/webhook_subscriptions/00000000-0000-4000-8000-000000000001'

/** What cannot be told from its declaration: arguments that make sense, and the exit code without store, settings and standard input. */
const BARE: Readonly<Record<string, readonly [args: readonly string[], code: number]>> = {
  connect: [[], 2],
  reconnect: [[], 4],
  status: [[], 0],
  'accounts list': [[], 0],
  'accounts use': [['nobody'], 4],
  'accounts rename': [['nobody', 'somebody'], 4],
  'accounts remove': [['nobody'], 4],
  'app set': [[], 2],
  'app show': [[], 0],
  'app remove': [['nobody'], 2],
  disconnect: [[], 4],
  token: [[], 4],
  exec: [['--', 'true'], 4],
  'store info': [[], 0],
  'store reset-secrets': [[], 9],
  'store init': [[], 0],
  'store copy': [[], 2],
  'store key status': [[], 0],
  'store key use': [['file'], 0],
  'store key rotate': [[], 0],
  'webhooks list': [[], 4],
  'webhooks get': [[WEBHOOK], 4],
  'webhooks create': [['--callback-url', 'https://hooks.example.com/a'], 4],
  'webhooks delete': [[WEBHOOK], 4],
  'webhooks prune': [[], 4],
  'webhooks recreate': [[], 4],
  'webhooks restore': [[], 4],
  'webhooks keys list': [[], 0],
  'webhooks keys add': [[WEBHOOK, '--stdin'], 2],
  'webhooks keys remove': [[WEBHOOK], 0],
  'webhooks plan': [[], 2],
  'webhooks apply': [[], 2],
  'webhooks audit': [[], 4],
  'webhooks sample': [['invitee.created'], 4],
  'webhooks test': [[], 4],
  verify: [[], 2],
  sign: [[], 2],
  send: [['invitee.created', '--to', 'http://localhost:9/'], 2],
  replay: [['none.ndjson', '--to', 'http://localhost:9/'], 2],
  api: [['GET', '/users/me'], 4],
  'completion bash': [[], 0],
  'completion zsh': [[], 0],
  'completion fish': [[], 0],
  'completion powershell': [[], 0],
  'completion install': [[], 2],
  open: [['--no-browser'], 0],
  'webhooks watch': [['--once'], 4],
  doctor: [[], 6],
  log: [[], 0],
  runs: [[], 0],
  schema: [[], 0],
  help: [[], 0],
}
/** They run until they are told to end; their own tests do. */
const LONG: ReadonlySet<string> = new Set(['emulator', 'demo', 'mcp', 'webhooks listen'])

/** Runs a few at a time: there are many, and few processors. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return results
}

let bare: CliHome
beforeAll(() => {
  bare = cliHome()
})
afterAll(() => bare.remove())

/** A port where nobody listens: no test asks Calendly itself. */
const NOWHERE = { CALENDLY_API_URL: 'http://127.0.0.1:9', CALENDLY_AUTH_URL: 'http://127.0.0.1:9' }

/** Nothing in the environment but where home is; standard input is closed. Each command has a home of its own. */
async function runBare(args: readonly string[]): Promise<CliResult> {
  const home = cliHome(NOWHERE)
  try {
    return await home.run(args)
  } finally {
    home.remove()
  }
}

test('the sweep knows every command that the program declares', () => {
  expect(
    leaves
      .map(({ path }) => path)
      .filter((path) => !LONG.has(path))
      .toSorted(),
  ).toEqual(Object.keys(BARE).toSorted())
})

test('every command has help with examples on stdout, and nothing on stderr', async () => {
  const bad = await each(commands, async ({ path }) => {
    const { code, stdout, stderr } = await bare.run([...path.split(' '), '--help'])
    const fits = code === 0 && stderr === '' && stdout.startsWith('Usage: calreconnect') && /^Examples:\n {2}\S/m.test(stdout)
    return fits && !stdout.includes(ESCAPE) ? [] : [[path, code, stderr, stdout]]
  })
  expect(bad.flat()).toEqual([])
})

test('every command ends with 2 at a flag that it does not know, as text and as JSON', async () => {
  const bad = await each(commands, async ({ path }) => {
    const [text, json] = [
      await bare.run([...path.split(' '), '--no-such-flag']),
      await bare.run([...path.split(' '), '--no-such-flag', '--json']),
    ]
    const fits = text.code === 2 && text.stdout === '' && text.stderr.startsWith('Error: Unknown option')
    return fits && json.code === 2 && json.stderr === '' && isEnvelope(json.stdout, path, false) ? [] : [[path, text, json]]
  })
  expect(bad.flat()).toEqual([])
})

test('no command takes a secret as the value of an option or an argument', () => {
  const secret = /token|secret|password|passphrase|(^|-)key(-|$)|code|verifier/
  const taken = commands.flatMap(({ path, command }) => [
    ...command.options
      .filter((option) => (option.required || option.optional) && secret.test(option.long ?? '') && !/<file>/.test(option.flags))
      .map((option) => `${path} ${option.flags}`),
    ...command.registeredArguments.filter((argument) => secret.test(argument.name())).map((argument) => `${path} ${argument.name()}`),
  ])
  expect(taken).toEqual([])
})

test('every command without store, settings and standard input ends by itself, with the right exit code, asking nothing', async () => {
  const results = await each(Object.entries(BARE), async ([path, [args]]) => {
    const { code, stdout, stderr } = await runBare([...path.split(' '), ...args])
    return [path, code, /\?\s*$/m.test(stderr) || `${stdout}${stderr}`.includes(ESCAPE) ? stderr : ''] as const
  })
  expect(results).toEqual(Object.entries(BARE).map(([path, [, code]]) => [path, code, '']))
})

test('every command with --json prints one envelope and nothing else on stdout, whatever becomes of it', async () => {
  const bad = await each(Object.entries(BARE), async ([path, [args, code]]) => {
    // Behind `--` options are the other program's.
    const words = path === 'exec' ? ['exec', '--json', ...args] : [...path.split(' '), ...args, '--json']
    const result = await runBare(words)
    const expected = path === 'exec' ? 2 : code
    return result.code === expected && isEnvelope(result.stdout, path, expected === 0) ? [] : [[path, result]]
  })
  expect(bad.flat()).toEqual([])
})

/** They keep something that did not come from the store. */
const KEEPING: ReadonlySet<string> = new Set(['connect', 'app set', 'store init', 'webhooks keys add'])

test('no command but connect, app set, store init and webhooks keys add makes a store, or anything else, where a mistyped --db points', async () => {
  const bad = await each(
    Object.entries(BARE).filter(([path]) => !KEEPING.has(path)),
    async ([path, [args]]) => {
      const home = cliHome(NOWHERE)
      try {
        const db = join(home.folder, 'mistyped', 'calreconnect.db')
        const { code } = await home.run([...path.split(' '), '--db', db, ...args])
        return existsSync(dirname(db)) || code === 1 ? [[path, code, readdirSync(home.folder)]] : []
      } finally {
        home.remove()
      }
    },
  )
  expect(bad.flat()).toEqual([])
})

describe('with a connection', () => {
  let cli: AccountCli
  beforeAll(async () => {
    cli = await accountCli()
    const { code } = await cli.consenting(['connect', '--callback-url', 'https://hooks.example.com/a'])
    expect(code).toBe(0)
  })
  afterAll(() => cli.close())

  const GOOD: readonly (readonly string[])[] = [
    ['connect'],
    ['reconnect'],
    ['reconnect', '--all', '--dry-run'],
    ['status', '--remote'],
    ['accounts', 'list'],
    ['accounts', 'use', 'owner'],
    ['token'],
    ['store', 'info'],
    ['store', 'key', 'status'],
    ['store', 'key', 'rotate'],
    ['webhooks', 'list'],
    ['webhooks', 'prune', '--dry-run'],
    ['webhooks', 'recreate', '--yes'],
    ['webhooks', 'audit'],
    ['webhooks', 'keys', 'list'],
    ['webhooks', 'sample', 'invitee.created'],
    ['disconnect', '--dry-run'],
    ['api', 'GET', '/users/me'],
    ['open', '--no-browser'],
    ['webhooks', 'watch', '--once'],
    ['doctor'],
    ['log'],
    ['runs'],
  ]

  test('commands that succeed print one envelope that fits their schema', async () => {
    const bad: unknown[] = []
    for (const args of GOOD) {
      const result = await cli.run([...args, '--json'])
      const path = commandOf(args)
      const fits = result.code === 0 && isEnvelope(result.stdout, path, true)
      const problems = fits && SCHEMAS.has(path) ? await schemaProblems(path, JSON.parse(result.stdout).data) : []
      if (!fits || !SCHEMAS.has(path) || problems.length > 0) bad.push([args, result, problems])
    }
    expect(bad).toEqual([])
  })

  test('commands that succeed print no escape codes into a pipe, whatever TERM says, and with NO_COLOR', async () => {
    const results = await each(GOOD, (args) => cli.run(args, { env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' } }))
    expect(results.filter(({ stdout, stderr }) => `${stdout}${stderr}`.includes(ESCAPE))).toEqual([])
    const list = await cli.run(['webhooks', 'list'], { env: { NO_COLOR: '1', TERM: 'xterm-256color' } })
    expect([list.code, list.stdout.includes(ESCAPE)]).toEqual([0, false])
    const forced = await cli.run(['webhooks', 'list'], { env: { FORCE_COLOR: '1', TERM: 'xterm-256color' } })
    expect([forced.code, forced.stdout.includes(ESCAPE)]).toEqual([0, true])
  })

  test('commands that act as a connection end with 4 for one that is not stored', async () => {
    const paths = Object.entries(BARE).filter(([path, [, code]]) => code === 4 && !path.startsWith('accounts '))
    const results = await each(paths, async ([path, [args]]) => {
      const words = path === 'exec' ? ['exec', '-a', 'nobody', ...args] : [...path.split(' '), ...args, '-a', 'nobody']
      const { code, stderr } = await cli.run(words)
      return [path, code, stderr.split('\n')[0]]
    })
    expect(results).toEqual(paths.map(([path]) => [path, 4, 'Error: No connected account is called nobody']))
  })
})

function commandOf(args: readonly string[]): string {
  const known = leaves.map(({ path }) => path).filter((path) => `${args.join(' ')} `.startsWith(`${path} `))
  return known.toSorted((a, b) => b.length - a.length)[0] ?? ''
}

/** Exactly one line, and in it an envelope of this command. */
function isEnvelope(stdout: string, command: string, ok: boolean): boolean {
  if (!stdout.endsWith('\n') || stdout.trimEnd().includes('\n')) return false
  const document: unknown = JSON.parse(stdout)
  if (typeof document !== 'object' || document === null) return false
  const { data, error, ...rest }: Record<string, unknown> = { ...document }
  const names = Object.keys(document).join(' ') === 'schema_version command ok data error'
  const told = ok ? error === null && data !== null : typeof error === 'object' && error !== null
  return names && told && JSON.stringify(rest) === JSON.stringify({ schema_version: 1, command, ok })
}

test('VERBS are the verbs that the program declares', () => {
  for (const [noun, verbs] of VERBS) {
    const below = commands.map(({ path }) => path.split(' ')).filter((words) => words.length === 2 && words[0] === noun)
    expect([noun, ...below.map(([, verb = '']) => verb).toSorted()]).toEqual([noun, ...verbs.toSorted()])
  }
  const nouns = commands.filter(({ path, isGroup }) => isGroup && !path.includes(' ')).map(({ path }) => path)
  expect(nouns.toSorted()).toEqual([...VERBS.keys()].toSorted())
})

test('every command that meantBy names is one that the program declares', () => {
  const paths = new Set(commands.map(({ path }) => path))
  const words = [
    'login',
    'signin',
    'auth',
    'add',
    'refresh',
    'sync',
    'logout',
    'signout',
    'revoke',
    'whoami',
    'info',
    'account',
    'connections',
  ]
  const more = [
    'use',
    'switch',
    'webhook',
    'hooks',
    'subscriptions',
    'ls',
    'rm',
    'clean',
    'cleanup',
    'rotate',
    'undo',
    'check',
    'logs',
    'history',
  ]
  for (const word of [...words, ...more, 'journal', 'run', 'reset-secrets', ...[...VERBS.values()].flat()]) {
    const meant = meantBy(word, roots)
    expect([word, meant.length > 0, meant.filter((command) => !paths.has(command))]).toEqual([word, true, []])
  }
})
