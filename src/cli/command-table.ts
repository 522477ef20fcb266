// Every command's name, what it is for, and where it is declared. Knows nothing of what they do.

import type { Command } from 'commander'
import type { Context } from './context.ts'

/** Declares a command, with its subcommands, below `parent`. */
export type Add = (parent: Command, context: Context) => void

export interface Entry {
  readonly name: string
  readonly group: string
  readonly summary: string
  readonly load: () => Promise<Add>
}

const CONNECTIONS = 'Connections:'
const WEBHOOKS = 'Webhooks and deliveries:'
export const LOOKING = 'Looking inside:'

/** In the order in which help shows them; `help` itself is program.ts's. */
export const ENTRIES: readonly Entry[] = [
  {
    name: 'connect',
    group: CONNECTIONS,
    summary: 'connect a Calendly account and ensure its webhook',
    load: async () => (await import('./commands/connect.ts')).addConnect,
  },
  {
    name: 'reconnect',
    group: CONNECTIONS,
    summary: 'make token and webhook right again, idempotently',
    load: async () => (await import('./commands/reconnect.ts')).addReconnect,
  },
  {
    name: 'status',
    group: CONNECTIONS,
    summary: 'show stored connections and what they need',
    load: async () => (await import('./commands/status.ts')).addStatus,
  },
  {
    name: 'accounts',
    group: CONNECTIONS,
    summary: 'list, choose and rename connections',
    load: async () => (await import('./commands/accounts.ts')).addAccounts,
  },
  {
    name: 'app',
    group: CONNECTIONS,
    summary: 'keep OAuth apps, their secrets encrypted',
    load: async () => (await import('./commands/app.ts')).addApp,
  },
  {
    name: 'disconnect',
    group: CONNECTIONS,
    summary: 'delete its webhooks, revoke its tokens, forget them',
    load: async () => (await import('./commands/disconnect.ts')).addDisconnect,
  },
  {
    name: 'token',
    group: CONNECTIONS,
    summary: 'print a valid access token, renewed if needed',
    load: async () => (await import('./commands/token.ts')).addToken,
  },
  {
    name: 'exec',
    group: CONNECTIONS,
    summary: 'run a command with CALENDLY_TOKEN set',
    load: async () => (await import('./commands/exec.ts')).addExec,
  },
  {
    name: 'store',
    group: CONNECTIONS,
    summary: 'where connections are kept, and the key that encrypts their secrets',
    load: async () => (await import('./commands/store.ts')).addStore,
  },
  {
    name: 'webhooks',
    group: WEBHOOKS,
    summary: 'list, prune, recreate, restore, plan and audit webhook subscriptions',
    load: async () => (await import('./commands/webhooks.ts')).addWebhooks,
  },
  {
    name: 'verify',
    group: WEBHOOKS,
    summary: 'verify the signatures of captured deliveries',
    load: async () => (await import('./commands/verify.ts')).addVerify,
  },
  {
    name: 'sign',
    group: WEBHOOKS,
    summary: 'print the signature header for a body',
    load: async () => (await import('./commands/sign.ts')).addSign,
  },
  {
    name: 'send',
    group: WEBHOOKS,
    summary: 'send a signed sample delivery to a receiver',
    load: async () => (await import('./commands/send.ts')).addSend,
  },
  {
    name: 'replay',
    group: WEBHOOKS,
    summary: 'send captured deliveries to a receiver again',
    load: async () => (await import('./commands/replay.ts')).addReplay,
  },
  {
    name: 'emulator',
    group: LOOKING,
    summary: 'run a local Calendly to build against',
    load: async () => (await import('./commands/emulator.ts')).addEmulator,
  },
  {
    name: 'demo',
    group: LOOKING,
    summary: 'the whole story against a private emulator, no account needed',
    load: async () => (await import('./commands/demo.ts')).addDemo,
  },
  {
    name: 'api',
    group: LOOKING,
    summary: 'send any request to the API as this connection',
    load: async () => (await import('./commands/api.ts')).addApi,
  },
  {
    name: 'doctor',
    group: LOOKING,
    summary: 'whether everything needed is as it should be, and what mends it',
    load: async () => (await import('./commands/doctor.ts')).addDoctor,
  },
  {
    name: 'runs',
    group: LOOKING,
    summary: 'what was changed at Calendly: plans, steps, outcomes',
    load: async () => (await import('./commands/runs.ts')).addRuns,
  },
  {
    name: 'log',
    group: LOOKING,
    summary: 'what was asked of Calendly and what it answered',
    load: async () => (await import('./commands/log.ts')).addLog,
  },
  {
    name: 'open',
    group: LOOKING,
    summary: 'the page at Calendly where a person goes on',
    load: async () => (await import('./commands/open.ts')).addOpen,
  },
  {
    name: 'mcp',
    group: LOOKING,
    summary: "an agent's tool: reads and plans over the Model Context Protocol",
    load: async () => (await import('./commands/mcp.ts')).addMcp,
  },
  {
    name: 'completion',
    group: LOOKING,
    summary: 'shell completion: its script, or its installation',
    load: async () => (await import('./commands/completion.ts')).addCompletion,
  },
  {
    name: 'schema',
    group: LOOKING,
    summary: "print the JSON Schema of a command's --json data",
    load: async () => (await import('./commands/schema.ts')).addSchema,
  },
]
