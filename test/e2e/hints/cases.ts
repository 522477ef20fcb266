// Situations, each with the next command that is printed in it.

import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CliResult } from '../../support/cli.ts'
import { HOOK } from '../../support/connected.ts'
import type { HintedHome } from '../../support/hinted.ts'
import { type ProxyServer, startProxy } from '../../support/proxy-server.ts'
import { CORPORATE_CA_FILE } from '../../support/tls.ts'

type Env = Readonly<Record<string, string>>

export interface Case {
  readonly what: string
  /** The words that the command begins with; `*` for some of them. */
  readonly hint: string
  /** Of the emulated organization. */
  readonly seed?: unknown
  readonly switches?: Record<string, unknown>
  /** Nothing is connected before; else `acme`, with its webhook at HOOK. */
  readonly unconnected?: true
  /** The OAuth app is known and a browser is there. */
  readonly oauth?: true
  /** Makes the situation; gives what the environment of the command has besides. */
  readonly prepare?: (home: HintedHome) => Promise<Env> | Promise<void> | Env | void
  /** What prints the hint; as a shell takes it, after `calreconnect`. */
  readonly run: string | ((home: HintedHome) => string)
  /** What the hint leaves to a person: words in capitals. */
  readonly fill?: Readonly<Record<string, string>>
  /** What a person types after it: an agreement, or what is read from standard input. */
  readonly agree?: string
  /** How the hinted command ends; 0 unless said. */
  readonly ends?: number
  /** For a command that runs until it is ended. */
  readonly runsOn?: true
  /** How the first command ends when it is run again. Unless said, nobody asks. */
  readonly afterwards?: number
  /** What is so afterwards. */
  readonly check?: (home: HintedHome, followed: CliResult) => Promise<void> | void
}

const KEY = 'a'.repeat(64)
const OTHER = 'https://hooks.example.com/other'
const TUNNEL = 'https://abc.ngrok-free.app/hook'
const ROBIN = 'robin@acme.example'
const KIM = 'kim@acme.example'
const PEOPLE = {
  users: [
    { email: KIM, role: 'owner' },
    { email: ROBIN, role: 'admin' },
  ],
}

const urls = (home: HintedHome): string[] => home.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)
const at = (home: HintedHome, url: string): string =>
  home.emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl === url)?.uri ?? ''
const isThere = (url: string) => (home: HintedHome) => expect(urls(home)).toContain(url)
const isGone = (url: string) => (home: HintedHome) => expect(urls(home)).not.toContain(url)
const write = (home: HintedHome, name: string, text: string): void => writeFileSync(join(home.folder, name), text)
const faults = (home: HintedHome, ...some: readonly object[]): void => home.emulator.control.addFaults({ faults: some })
const showsAKey = (_home: HintedHome, { stdout }: CliResult) => expect(stdout.trim().length).toBeGreaterThan(20)

async function sh(home: HintedHome, command: string, env: Env = {}): Promise<CliResult> {
  const result = await home.shell(`calreconnect ${command}`, env)
  expect([command, result.code, result.code === 0 ? '' : result.stderr]).toEqual([command, 0, ''])
  return result
}

/** A second connection of the same user. */
const second = async (home: HintedHome): Promise<void> => home.connect('--name', 'second')
/** An OAuth connection `robin`, of an admin, with a webhook. */
async function robin(home: HintedHome): Promise<Env> {
  const env = { ...home.oauth, AS: ROBIN }
  await sh(home, `connect --name robin --callback-url ${HOOK}`, env)
  return env
}
const declare = (home: HintedHome, ...more: readonly string[]): void =>
  write(
    home,
    'calreconnect.yaml',
    `version: 1\naccounts:\n  acme:\n    webhooks: [${[...more].map((url) => `{ callback_url: "${url}" }`).join(', ')}]\n`,
  )

const LOOKING: readonly Case[] = [
  { what: 'a webhook that is not there', hint: 'webhooks list', run: 'webhooks get zzzz' },
  { what: 'a webhook to delete that is not there', hint: 'webhooks list', run: 'webhooks delete zzzz --yes' },
  {
    what: 'a URL with two subscriptions',
    hint: 'webhooks list --url',
    seed: { subscriptions: [{ callback_url: OTHER }, { callback_url: OTHER, scope: 'user' }] },
    run: `webhooks get ${OTHER}`,
    check: (_home, { stdout }) => expect(stdout.trim().split('\n')).toHaveLength(3),
  },
  { what: 'an account that is not stored', hint: 'accounts list', run: 'status nobody' },
  { what: 'a run that is not there', hint: 'runs', run: 'runs zzzz' },
  { what: 'nothing that could be restored', hint: 'runs', run: 'webhooks restore' },
  { what: 'two accounts and none named', hint: 'accounts use', prepare: second, run: 'webhooks list', afterwards: 0 },
  { what: 'a verb without its noun', hint: 'webhooks prune --help', run: 'prune' },
  { what: 'a flag that there is not', hint: 'webhooks list --help', run: 'webhooks list --frob' },
  { what: 'a help topic that is mistyped', hint: 'help security', run: 'help securty' },
  { what: 'a help topic that there is not', hint: '--help', run: 'help qqqqqqqqqq' },
  { what: 'a schema that there is not', hint: 'schema', run: 'schema frob' },
  { what: 'webhooks that were not asked for', hint: 'webhooks list', run: "webhooks list --url 'https://nowhere.example/*'" },
  {
    what: 'duplicates of others',
    hint: 'webhooks prune --duplicates',
    seed: { subscriptions: [{ callback_url: OTHER }, { callback_url: OTHER, scope: 'user' }] },
    run: 'webhooks list',
  },
  {
    what: 'a disabled one of its own',
    hint: 'webhooks prune --dry-run',
    prepare: (home) => void home.emulator.control.setSubscription(at(home, HOOK), { state: 'disabled' }),
    run: 'webhooks list',
  },
]

const USAGE: readonly Case[] = [
  { what: 'a deletion where nobody can be asked', hint: 'webhooks delete * --yes', run: `webhooks delete ${HOOK}`, check: isGone(HOOK) },
  { what: 'a deletion, looked at first', hint: 'webhooks delete * --dry-run', run: `webhooks delete ${HOOK}`, check: isThere(HOOK) },
  {
    what: 'one URL for all of several accounts',
    hint: 'reconnect --all * --yes',
    prepare: second,
    run: `reconnect --all --callback-url ${OTHER}`,
    check: isThere(OTHER),
  },
  {
    what: 'a tunnel',
    hint: 'reconnect acme --callback-url * --allow-ephemeral-host',
    run: `reconnect acme --callback-url ${TUNNEL}`,
    check: isThere(TUNNEL),
  },
  {
    what: 'no receiver',
    hint: 'send invitee.created --to URL',
    run: 'send invitee.created',
    fill: { URL: 'http://127.0.0.1:9/' },
    ends: 6,
  },
  { what: 'a test delivery to production', hint: 'webhooks test --yes', run: 'webhooks test', ends: 6 },
  {
    what: 'a dry run',
    hint: 'reconnect',
    prepare: (home) => void home.emulator.control.removeSubscription(at(home, HOOK)),
    run: 'reconnect --dry-run',
    check: isThere(HOOK),
  },
  { what: 'an app that is not kept', hint: 'app show', run: 'app remove nobody' },
  { what: 'app set without an id', hint: 'app set --help', run: 'app set' },
  { what: 'a place for keys that there is not', hint: 'store key use --help', run: 'store key use nowhere' },
  { what: 'store copy without a target', hint: 'store copy --help', run: 'store copy' },
  { what: 'exec without a command', hint: 'exec --help', run: 'exec' },
  { what: 'exec of a program that there is not', hint: 'exec --help', run: 'exec -- no-such-program-here' },
  { what: 'exec --json', hint: 'token --json', run: 'exec --json -- true' },
  { what: 'mcp with --json', hint: 'mcp --help', run: 'mcp --json' },
  {
    what: 'verify of nothing',
    hint: 'verify --help',
    prepare: (home) => write(home, 'empty.ndjson', '\n'),
    run: 'verify empty.ndjson --format ndjson',
  },
  { what: 'replay without a file', hint: 'replay --help', run: 'replay' },
  {
    what: 'a shell that is not known',
    hint: 'completion install --shell bash',
    prepare: () => ({ SHELL: '/bin/nologin' }),
    run: 'completion install',
  },
  { what: 'an origin that there is not', hint: 'emulator --origin self', run: 'emulator --origin frob --port 0', runsOn: true },
  {
    what: 'a port of the emulator that is taken',
    hint: 'emulator --port 0',
    run: ({ emulator }) => `emulator --port ${new URL(emulator.url).port}`,
    runsOn: true,
  },
  {
    what: 'an event that is not to be had in a scope',
    hint: 'webhooks create --callback-url URL --events',
    run: `webhooks create --callback-url ${OTHER} --events routing_form_submission.created --scope user`,
    fill: { URL: OTHER },
    check: isThere(OTHER),
  },
  {
    what: 'a key without a place to read it from',
    hint: 'webhooks keys add',
    prepare: (home) => write(home, 'key.txt', KEY),
    run: `webhooks keys add ${HOOK}`,
    agree: '< key.txt',
  },
]

const WEBHOOKS: readonly Case[] = [
  {
    what: 'a connection without a webhook',
    hint: 'reconnect second --callback-url URL',
    prepare: second,
    run: 'status second',
    fill: { URL: OTHER },
    check: isThere(OTHER),
  },
  {
    what: 'a new connection without a webhook',
    hint: 'reconnect second --callback-url URL',
    run: 'connect --name second --token-stdin',
    fill: { URL: OTHER },
    check: isThere(OTHER),
  },
  {
    what: 'a new connection with one',
    hint: 'webhooks list --account second',
    run: `connect --name second --token-stdin --callback-url ${OTHER}`,
  },
  {
    what: 'no webhooks at all',
    hint: 'reconnect --callback-url URL',
    prepare: (home) => void home.emulator.control.removeSubscription(at(home, HOOK)),
    run: 'webhooks list',
    fill: { URL: OTHER },
    check: isThere(OTHER),
  },
  {
    what: 'a webhook that is gone',
    hint: 'reconnect acme',
    prepare: (home) => void home.emulator.control.removeSubscription(at(home, HOOK)),
    run: 'status acme --remote',
    check: isThere(HOOK),
  },
  {
    what: 'a webhook that moved',
    hint: 'reconnect acme --callback-url',
    run: `reconnect acme --callback-url ${OTHER}`,
    check: isThere(HOOK),
  },
  { what: 'a webhook that was created', hint: 'webhooks get', run: `webhooks create --callback-url ${OTHER}`, check: showsAKey },
  { what: 'a webhook made anew', hint: 'webhooks get', run: 'webhooks recreate --yes', check: showsAKey },
  {
    what: 'a key that is not known',
    hint: 'webhooks recreate',
    prepare: async (home) => void (await sh(home, `webhooks keys remove ${HOOK}`)),
    run: `webhooks get ${HOOK} --show-secret`,
    agree: '--yes',
    afterwards: 0,
  },
  {
    what: 'an account without a webhook to recreate',
    hint: 'reconnect * --callback-url URL',
    prepare: second,
    run: '--account second webhooks recreate --yes',
    fill: { URL: OTHER },
    check: isThere(OTHER),
  },
  {
    what: "somebody else's in its place",
    hint: 'webhooks restore --uri',
    unconnected: true,
    seed: { subscriptions: [{ callback_url: HOOK, events: ['invitee.created'] }] },
    run: `connect --name acme --token-stdin --callback-url ${HOOK}`,
    agree: '--yes',
  },
  {
    what: 'an adopted one',
    hint: 'webhooks keys add',
    unconnected: true,
    seed: { subscriptions: [{ callback_url: HOOK }] },
    prepare: (home) => write(home, 'key.txt', KEY),
    run: `connect --name acme --token-stdin --callback-url ${HOOK} --adopt`,
    agree: '< key.txt',
  },
  {
    what: 'one of its own in another scope',
    hint: 'webhooks delete',
    prepare: async (home) => void (await sh(home, `webhooks create --callback-url ${OTHER} --scope user`)),
    run: `webhooks create --callback-url ${OTHER}`,
    agree: '--yes',
    afterwards: 0,
  },
  { what: 'a pruned webhook of its own', hint: 'reconnect acme', run: `webhooks prune --url ${HOOK} --yes`, check: isThere(HOOK) },
  {
    what: 'a restore without keys',
    hint: 'webhooks get ID --show-secret',
    seed: { subscriptions: [{ callback_url: OTHER }] },
    prepare: async (home) => void (await sh(home, `webhooks delete ${OTHER} --yes`)),
    run: 'webhooks restore --yes',
    fill: { ID: OTHER },
    check: showsAKey,
  },
  {
    what: 'a replacement that was refused half-way, and put back',
    hint: 'webhooks get',
    prepare: (home) =>
      faults(home, {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'You do not have permission' },
        after: 1,
        times: 1,
      }),
    run: 'webhooks recreate --yes',
  },
  {
    what: 'a replacement that was refused half-way, and could not be put back',
    hint: 'webhooks create --callback-url',
    prepare: async (home) => {
      await sh(home, `webhooks create --callback-url ${OTHER} --events invitee.created`)
      declare(home, HOOK, OTHER)
      faults(home, {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'You do not have permission' },
        after: 1,
        times: 2,
      })
    },
    run: 'webhooks apply -f calreconnect.yaml --yes',
    check: isThere(OTHER),
  },
  {
    what: 'the same of its own webhook',
    hint: 'reconnect',
    prepare: (home) =>
      faults(home, {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'You do not have permission' },
        after: 1,
        times: 2,
      }),
    run: 'webhooks recreate --yes',
    check: isThere(HOOK),
  },
  {
    what: 'a place that others keep taking',
    hint: 'reconnect acme * --take-over',
    prepare: async (home) => {
      for (const round of [1, 2]) {
        home.emulator.control.removeSubscription(at(home, HOOK))
        home.emulator.control.add({ subscriptions: [{ callback_url: HOOK, events: ['invitee.created'] }] })
        if (round === 1) await sh(home, 'reconnect acme')
      }
    },
    run: 'reconnect acme',
  },
]

const FILES: readonly Case[] = [
  {
    what: 'a plan of changes',
    hint: 'webhooks apply -f',
    prepare: (home) => declare(home, HOOK, OTHER),
    run: 'webhooks plan',
    agree: '--yes',
    check: isThere(OTHER),
  },
  {
    what: 'a saved plan',
    hint: 'webhooks apply',
    prepare: (home) => declare(home, HOOK, OTHER),
    run: 'webhooks plan --out a.plan',
    agree: '--yes',
    check: isThere(OTHER),
  },
  {
    what: 'changes with an exit code',
    hint: 'webhooks apply -f',
    prepare: (home) => declare(home, HOOK, OTHER),
    run: 'webhooks plan --detailed-exitcode',
    agree: '--yes',
    afterwards: 0,
  },
  {
    what: 'apply where nobody can be asked',
    hint: 'webhooks plan -f',
    prepare: (home) => declare(home, HOOK, OTHER),
    run: 'webhooks apply -f calreconnect.yaml',
  },
  {
    what: 'apply of a saved plan where nobody can be asked',
    hint: 'webhooks apply a.plan --yes',
    prepare: async (home) => {
      declare(home, HOOK, OTHER)
      await sh(home, 'webhooks plan --out a.plan')
    },
    run: 'webhooks apply a.plan',
    check: isThere(OTHER),
  },
  {
    what: 'apply of nothing',
    hint: 'webhooks apply -f',
    prepare: (home) => declare(home, HOOK, OTHER),
    run: 'webhooks apply',
    agree: '--yes',
  },
  { what: 'no file to plan from', hint: 'webhooks plan --init -f', run: 'webhooks plan', afterwards: 0 },
  { what: '--init with --out', hint: 'webhooks plan --init -f', run: 'webhooks plan --init --out a.plan' },
  {
    what: 'a file that says nothing',
    hint: 'webhooks plan --init',
    prepare: (home) => write(home, 'calreconnect.yaml', ''),
    run: 'webhooks plan',
  },
  {
    what: 'a plan that is old',
    hint: 'webhooks plan --out PLAN',
    prepare: async (home) => {
      declare(home)
      await sh(home, 'webhooks plan --out a.plan')
      home.emulator.control.setSubscription(at(home, HOOK), { state: 'disabled' })
    },
    run: 'webhooks apply a.plan --yes',
    fill: { PLAN: 'b.plan' },
  },
  {
    what: 'a plan that is none',
    hint: 'webhooks plan --out PLAN',
    prepare: (home) => {
      declare(home, HOOK)
      write(home, 'a.plan', '{}')
    },
    run: 'webhooks apply a.plan --yes',
    fill: { PLAN: 'b.plan' },
  },
  {
    what: 'an account of a file that is not connected',
    hint: 'accounts list',
    prepare: (home) => write(home, 'calreconnect.yaml', 'version: 1\naccounts:\n  nobody:\n    webhooks: []\n'),
    run: 'webhooks plan',
  },
  {
    what: 'a file before anything is connected',
    hint: 'connect --name nobody',
    unconnected: true,
    oauth: true,
    prepare: (home) => write(home, 'calreconnect.yaml', 'version: 1\naccounts:\n  nobody:\n    webhooks: []\n'),
    run: 'webhooks plan',
    afterwards: 0,
  },
]

const ACCOUNTS: readonly Case[] = [
  { what: 'nothing connected', hint: 'connect', unconnected: true, oauth: true, run: 'webhooks list', afterwards: 0 },
  { what: 'no accounts in a list', hint: 'connect', unconnected: true, oauth: true, run: 'accounts list' },
  {
    what: 'no OAuth app',
    hint: 'app set CLIENT_ID',
    unconnected: true,
    run: 'connect',
    fill: { CLIENT_ID: 'my-client-id' },
    agree: '--native',
  },
  { what: 'no OAuth app that is kept', hint: 'connect', unconnected: true, run: 'app show', ends: 2 },
  {
    what: 'several OAuth apps',
    hint: 'connect --app',
    unconnected: true,
    prepare: async (home) => {
      const { CALENDLY_CLIENT_ID: id = '', CALENDLY_CLIENT_SECRET: secret = '', ...rest } = home.oauth
      write(home, 'secret.txt', secret)
      await sh(home, `app set ${id} --name first --client-secret-file secret.txt`)
      await sh(home, 'app set another-client --name later --native')
      return rest
    },
    run: 'connect',
  },
  {
    what: 'an OAuth app that is not there any more',
    hint: 'app set',
    unconnected: true,
    seed: PEOPLE,
    prepare: async (home) => {
      const { CALENDLY_CLIENT_ID: _id, CALENDLY_CLIENT_SECRET: secret = '', ...rest } = await robin(home)
      write(home, 'secret.txt', secret)
      home.emulator.control.expireAccessTokens()
      return rest
    },
    run: 'reconnect robin',
    agree: '--client-secret-file secret.txt',
    afterwards: 0,
  },
  {
    what: 'connect in two steps',
    hint: 'connect --complete -',
    unconnected: true,
    oauth: true,
    run: 'connect --start',
    agree: '< /dev/null',
    ends: 2,
  },
  {
    what: 'a state that nobody waits for',
    hint: 'connect --start',
    unconnected: true,
    oauth: true,
    run: "connect --complete 'http://localhost:8917/callback?code=a&state=b'",
  },
  {
    what: 'a redirect that is elsewhere',
    hint: 'connect --start',
    unconnected: true,
    oauth: true,
    run: 'connect --redirect-uri https://app.example.com/cb',
    ends: 0,
  },
  {
    what: 'a connection that was disconnected',
    hint: 'connect --name robin',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await robin(home)
      await sh(home, 'disconnect robin --yes', home.oauth)
    },
    run: 'token',
    afterwards: 0,
  },
  {
    what: 'a personal access token that was revoked',
    hint: 'connect --name acme --token-stdin',
    prepare: (home) => void home.emulator.control.revokeTokens(),
    run: 'connect acme',
    ends: 2,
    agree: '< /dev/null',
  },
  {
    what: 'the same, by OAuth',
    hint: 'connect --name acme --force',
    oauth: true,
    prepare: (home) => void home.emulator.control.revokeTokens(),
    run: 'connect acme',
    afterwards: 0,
  },
  { what: 'a connection to remove that is in use', hint: 'disconnect acme', run: 'accounts remove acme', agree: '--yes', afterwards: 0 },
  {
    what: 'a scope that was not granted',
    hint: 'connect --force --oauth-scope',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) =>
      void (await sh(home, "connect --name robin --no-webhook --oauth-scope 'users:read organizations:read webhooks:write'", {
        ...home.oauth,
        AS: ROBIN,
      })),
    run: `reconnect --callback-url ${HOOK}`,
    afterwards: 0,
  },
  {
    what: 'somebody demoted, where an admin is connected',
    hint: '--account admin webhooks delete',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await sh(home, 'connect --name admin --no-webhook', { ...home.oauth, AS: KIM })
      await robin(home)
      home.emulator.control.setRole(ROBIN, 'user')
    },
    run: 'disconnect robin --yes',
    agree: '--yes',
    check: isGone(HOOK),
  },
  {
    what: 'somebody demoted, where nobody else is connected',
    hint: 'connect --name admin --no-webhook',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await robin(home)
      home.emulator.control.setRole(ROBIN, 'user')
    },
    run: 'disconnect robin --yes',
  },
  {
    what: 'somebody demoted whose webhook is of organization scope',
    hint: 'reconnect robin --scope user',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await robin(home)
      home.emulator.control.setRole(ROBIN, 'user')
    },
    run: 'reconnect robin',
    afterwards: 0,
  },
  {
    what: 'somebody removed',
    hint: 'disconnect robin',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await robin(home)
      home.emulator.control.removeMember(ROBIN)
    },
    run: 'webhooks list',
    agree: '--yes',
    ends: 8,
  },
  {
    what: 'a disconnect that stopped',
    hint: 'disconnect acme',
    prepare: (home) => faults(home, { method: 'DELETE', path: '/webhook_subscriptions*', action: 'status', status: 503, times: 20 }),
    run: 'disconnect acme --yes',
    agree: '--yes',
    ends: 8,
  },
  {
    what: 'a disconnect that is given up',
    hint: 'disconnect acme --force-local',
    prepare: (home) => faults(home, { method: 'DELETE', path: '/webhook_subscriptions*', action: 'status', status: 503, times: 40 }),
    run: 'disconnect acme --yes',
    agree: '--yes',
  },
  {
    what: 'accounts of which one failed',
    hint: 'reconnect --all --failed',
    prepare: async (home) => {
      await home.connect('--name', 'second', '--callback-url', OTHER)
      home.emulator.control.removeSubscription(at(home, OTHER))
      faults(home, {
        method: 'POST',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'Not now' },
        times: 1,
      })
    },
    run: 'reconnect --all',
    check: isThere(OTHER),
  },
]

let receiver: Server | null = null

const DOCTOR: readonly Case[] = [
  {
    what: 'a receiver that knows no such path',
    hint: '--account acme webhooks test',
    prepare: async (home) => {
      // What is posted is taken: only the question was not understood.
      receiver = createServer((request, response) => response.writeHead(request.method === 'POST' ? 200 : 404).end())
      await new Promise<void>((resolve) => receiver?.listen(0, '127.0.0.1', resolve))
      const address = receiver.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await sh(home, `reconnect acme --callback-url http://127.0.0.1:${port}/ --allow-ephemeral-host --allow-http`)
    },
    run: 'doctor --receiver',
    agree: '--yes',
    check: () => void receiver?.close(),
  },
  {
    what: 'somebody demoted, to doctor',
    hint: 'reconnect robin --scope user',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      await robin(home)
      home.emulator.control.setRole(ROBIN, 'user')
      await home.shell('calreconnect webhooks list', home.oauth)
    },
    run: 'doctor',
  },
  {
    what: 'a scope that is missing, to doctor',
    hint: 'connect --name robin --force --oauth-scope',
    unconnected: true,
    oauth: true,
    seed: PEOPLE,
    prepare: async (home) => {
      const env = { ...home.oauth, AS: ROBIN }
      await sh(home, `connect --name robin --callback-url ${HOOK}`, env)
      await sh(home, "connect --name robin --force --no-webhook --oauth-scope 'users:read organizations:read webhooks:write'", env)
      return env
    },
    run: 'doctor',
  },
  {
    what: 'an app from before scopes',
    hint: 'connect --oauth-scope default',
    unconnected: true,
    seed: { apps: [{ client_id: 'old-app', client_secret: 'old-secret', legacy: true }] },
    prepare: async (home) => ({
      ...home.oauth,
      CALENDLY_CLIENT_ID: 'old-app',
      CALENDLY_CLIENT_SECRET: 'old-secret',
      CALRECONNECT_REDIRECT_URI: 'http://localhost:8917/callback',
    }),
    run: 'connect',
  },
  {
    what: 'deliveries that nobody takes',
    hint: 'replay two.ndjson --to',
    prepare: (home) =>
      write(
        home,
        'two.ndjson',
        ['1', '2'].map((body) => `${JSON.stringify({ received_at: '2026-11-26T00:00:00Z', headers: {}, body })}\n`).join(''),
      ),
    run: 'replay two.ndjson --to http://127.0.0.1:9/',
    ends: 6,
  },
]

const ANSWERS: readonly Case[] = [
  {
    what: 'more duplicates than a command can name',
    hint: '--account acme webhooks prune --duplicates',
    seed: { subscriptions: Array.from({ length: 23 }, () => ({ callback_url: OTHER })) },
    run: 'webhooks audit',
    agree: '--yes',
    check: (home) => expect(urls(home).filter((url) => url === OTHER)).toHaveLength(1),
  },
  {
    what: 'a place that others keep taking, to audit',
    hint: 'reconnect acme --take-over',
    prepare: async (home) => {
      for (const round of [1, 2]) {
        home.emulator.control.removeSubscription(at(home, HOOK))
        home.emulator.control.add({ subscriptions: [{ callback_url: HOOK, events: ['invitee.created'] }] })
        if (round === 1) await sh(home, 'reconnect acme')
      }
      await home.shell('calreconnect reconnect acme')
    },
    run: 'webhooks audit',
  },
  {
    what: 'an answer that says bad request',
    hint: 'webhooks list --debug',
    prepare: (home) =>
      faults(home, {
        method: 'GET',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 400,
        body: { title: 'Invalid Argument', message: 'No' },
        times: 1,
      }),
    run: 'webhooks list',
  },
  {
    what: 'a server that fails for a while',
    hint: 'webhooks list',
    prepare: (home) =>
      faults(home, {
        method: 'GET',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 500,
        body: { title: 'Internal Server Error', message: 'Try later' },
        times: 4,
      }),
    run: 'webhooks list',
  },
  {
    what: 'a refusal that nothing explains',
    hint: 'status --remote',
    prepare: (home) =>
      faults(home, {
        method: 'GET',
        path: '/webhook_subscriptions',
        action: 'status',
        status: 403,
        body: { title: 'Permission Denied', message: 'No' },
        times: 3,
      }),
    run: 'webhooks list',
  },
  {
    what: 'many findings',
    hint: 'webhooks audit --format html --out audit.html',
    seed: { subscriptions: Array.from({ length: 6 }, () => ({ callback_url: OTHER })) },
    run: 'webhooks audit',
    ends: 3,
  },
]

const RUNS: readonly Case[] = [
  {
    what: 'a run that deleted',
    hint: 'webhooks restore',
    prepare: async (home) => void (await sh(home, `webhooks delete ${HOOK} --yes`)),
    run: 'runs $(calreconnect runs --json --jq .data.runs[0].id | tr -d \\")',
    agree: '--yes',
    check: isThere(HOOK),
  },
]

let inspecting: ProxyServer | null = null

const MACHINE: readonly Case[] = [
  {
    what: "a company's proxy that looks into TLS",
    hint: 'webhooks list --cacert FILE',
    prepare: async (home) => {
      inspecting = await startProxy({ inspectFor: home.emulator.url })
      return { CALENDLY_API_URL: '', HTTPS_PROXY: inspecting.url }
    },
    run: 'webhooks list',
    fill: { FILE: CORPORATE_CA_FILE },
    check: () => inspecting?.close(),
  },
  {
    what: 'a store that moved',
    hint: 'status --db',
    prepare: async (home) => void (await sh(home, 'store copy --to moved.db')),
    run: 'status',
  },
  { what: 'a store that was copied', hint: 'status --db', run: 'store copy --to moved.db' },
  { what: 'a store that is not there', hint: 'store info', unconnected: true, run: 'store reset-secrets --yes' },
  { what: 'a store of nothing', hint: 'connect', unconnected: true, oauth: true, run: 'store info' },
  {
    what: 'a store whose key is lost',
    hint: 'store reset-secrets',
    prepare: (home) => rmSync(join(home.folder, 'config'), { recursive: true }),
    run: 'token',
    agree: '--yes',
  },
  {
    what: 'a second key lying around',
    hint: 'store key status',
    unconnected: true,
    prepare: async (home) => {
      const env = { CALRECONNECT_KEY: Buffer.alloc(32, 1).toString('base64') }
      const connect = (to: string): string => `connect --name acme --token-stdin --callback-url ${to} < token.txt`
      write(home, 'token.txt', home.emulator.info.personalAccessToken)
      await sh(home, connect(HOOK), env)
      await sh(home, `--db another.db ${connect(OTHER)}`)
      return env
    },
    run: 'doctor',
  },
  {
    what: 'a store that others can read',
    hint: 'doctor --fix',
    prepare: (home) => chmodSync(home.db, 0o644),
    run: 'doctor',
    check: async (home) => expect((await home.shell('calreconnect doctor --json')).stdout).not.toContain('"STORE_EXPOSED"'),
  },
]

export const CASES: Readonly<Record<string, readonly Case[]>> = {
  LOOKING,
  USAGE,
  WEBHOOKS,
  FILES,
  ACCOUNTS,
  DOCTOR,
  ANSWERS,
  RUNS,
  MACHINE,
}
