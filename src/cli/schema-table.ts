// Which schema a command's --json data has. Each is loaded when it is asked for.

import type { GenericSchema } from 'valibot'

type Load = () => Promise<GenericSchema>

const ENTRIES: readonly (readonly [command: string, load: Load])[] = [
  ['connect', async () => (await import('./schemas/connect.ts')).connectSchema],
  ['reconnect', async () => (await import('./schemas/reconnect.ts')).reconnectSchema],
  ['status', async () => (await import('./schemas/status.ts')).statusSchema],
  ['accounts list', async () => (await import('./schemas/accounts.ts')).accountsListSchema],
  ['accounts use', async () => (await import('./schemas/accounts.ts')).accountsUseSchema],
  ['accounts rename', async () => (await import('./schemas/accounts.ts')).accountsRenameSchema],
  ['disconnect', async () => (await import('./schemas/disconnect.ts')).disconnectSchema],
  ['token', async () => (await import('./schemas/token.ts')).tokenSchema],
  ['store info', async () => (await import('./schemas/store.ts')).storeInfoSchema],
  ['store key status', async () => (await import('./schemas/store.ts')).storeKeySchema],
  ['store key use', async () => (await import('./schemas/store.ts')).storeKeySchema],
  ['store key rotate', async () => (await import('./schemas/store.ts')).storeKeySchema],
  ['webhooks list', async () => (await import('./schemas/webhooks.ts')).webhooksListSchema],
  ['webhooks get', async () => (await import('./schemas/webhooks.ts')).webhooksGetSchema],
  ['webhooks create', async () => (await import('./schemas/webhooks.ts')).webhooksChangeSchema],
  ['webhooks recreate', async () => (await import('./schemas/webhooks.ts')).webhooksChangeSchema],
  ['webhooks delete', async () => (await import('./schemas/webhooks.ts')).webhooksDeletionSchema],
  ['webhooks prune', async () => (await import('./schemas/webhooks.ts')).webhooksDeletionSchema],
  ['webhooks audit', async () => (await import('./schemas/audit.ts')).auditSchema],
  ['webhooks restore', async () => (await import('./schemas/restore.ts')).restoreSchema],
  ['webhooks keys list', async () => (await import('./schemas/keys.ts')).keysListSchema],
  ['webhooks keys add', async () => (await import('./schemas/keys.ts')).keysAddSchema],
  ['webhooks keys remove', async () => (await import('./schemas/keys.ts')).keysRemoveSchema],
  ['webhooks plan', async () => (await import('./schemas/declarative.ts')).planSchema],
  ['webhooks apply', async () => (await import('./schemas/declarative.ts')).applySchema],
  ['webhooks sample', async () => (await import('./schemas/sample.ts')).sampleSchema],
  ['verify', async () => (await import('./schemas/verify.ts')).verifySchema],
  ['log', async () => (await import('./schemas/log.ts')).logSchema],
  ['runs', async () => (await import('./schemas/runs.ts')).runsSchema],
  ['schema', async () => (await import('./schemas/schema.ts')).schemaSchema],
]

/** By what the user types. */
export const SCHEMAS: ReadonlyMap<string, Load> = new Map(ENTRIES)
