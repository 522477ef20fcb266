// Which schema a command's --json data has. Each is loaded when it is asked for.

import type { GenericSchema } from 'valibot'

type Load = () => Promise<GenericSchema>

const ENTRIES: readonly (readonly [command: string, load: Load])[] = [
  ['connect', async () => (await import('./connect.ts')).connectSchema],
  ['reconnect', async () => (await import('./reconnect.ts')).reconnectSchema],
  ['status', async () => (await import('./status.ts')).statusSchema],
  ['accounts list', async () => (await import('./accounts.ts')).accountsListSchema],
  ['accounts use', async () => (await import('./accounts.ts')).accountsUseSchema],
  ['accounts rename', async () => (await import('./accounts.ts')).accountsRenameSchema],
  ['accounts remove', async () => (await import('./accounts.ts')).accountsRemoveSchema],
  ['app set', async () => (await import('./app.ts')).appSetSchema],
  ['app show', async () => (await import('./app.ts')).appShowSchema],
  ['app remove', async () => (await import('./app.ts')).appRemoveSchema],
  ['disconnect', async () => (await import('./disconnect.ts')).disconnectSchema],
  ['token', async () => (await import('./token.ts')).tokenSchema],
  ['store info', async () => (await import('./store.ts')).storeInfoSchema],
  ['store copy', async () => (await import('./store.ts')).storeCopySchema],
  ['store init', async () => (await import('./store.ts')).storeInitSchema],
  ['store reset-secrets', async () => (await import('./store.ts')).resetSecretsSchema],
  ['store key status', async () => (await import('./store.ts')).storeKeySchema],
  ['store key use', async () => (await import('./store.ts')).storeKeySchema],
  ['store key rotate', async () => (await import('./store.ts')).storeKeySchema],
  ['webhooks list', async () => (await import('./webhooks.ts')).webhooksListSchema],
  ['webhooks get', async () => (await import('./webhooks.ts')).webhooksGetSchema],
  ['webhooks create', async () => (await import('./webhooks.ts')).webhooksChangeSchema],
  ['webhooks recreate', async () => (await import('./webhooks.ts')).webhooksChangeSchema],
  ['webhooks delete', async () => (await import('./webhooks.ts')).webhooksDeletionSchema],
  ['webhooks prune', async () => (await import('./webhooks.ts')).webhooksDeletionSchema],
  ['webhooks audit', async () => (await import('./audit.ts')).auditSchema],
  ['webhooks watch', async () => (await import('./watch.ts')).watchSchema],
  ['webhooks restore', async () => (await import('./restore.ts')).restoreSchema],
  ['webhooks keys list', async () => (await import('./keys.ts')).keysListSchema],
  ['webhooks keys add', async () => (await import('./keys.ts')).keysAddSchema],
  ['webhooks keys remove', async () => (await import('./keys.ts')).keysRemoveSchema],
  ['webhooks plan', async () => (await import('./declarative.ts')).planSchema],
  ['webhooks apply', async () => (await import('./declarative.ts')).applySchema],
  ['webhooks sample', async () => (await import('./sample.ts')).sampleSchema],
  ['verify', async () => (await import('./verify.ts')).verifySchema],
  ['sign', async () => (await import('./deliveries.ts')).signSchema],
  ['send', async () => (await import('./deliveries.ts')).sendSchema],
  ['replay', async () => (await import('./deliveries.ts')).replaySchema],
  ['webhooks listen', async () => (await import('./deliveries.ts')).listenSchema],
  ['webhooks test', async () => (await import('./deliveries.ts')).webhooksTestSchema],
  ['log', async () => (await import('./log.ts')).logSchema],
  ['runs', async () => (await import('./runs.ts')).runsSchema],
  ['api', async () => (await import('./api.ts')).apiSchema],
  ...(['bash', 'zsh', 'fish', 'powershell'] as const).map(
    (shell) => [`completion ${shell}`, async () => (await import('./completion.ts')).completionSchema] as const,
  ),
  ['completion install', async () => (await import('./completion.ts')).completionInstallSchema],
  ['open', async () => (await import('./open.ts')).openSchema],
  ['doctor', async () => (await import('./doctor.ts')).doctorSchema],
  ['emulator', async () => (await import('./emulator.ts')).emulatorSchema],
  ['emulator seed', async () => (await import('./emulator.ts')).seedFileSchema()],
  ['emulator faults', async () => (await import('./emulator.ts')).faultsFileSchema()],
  ['schema', async () => (await import('./schema.ts')).schemaSchema],
]

/** By what the user types. */
export const SCHEMAS: ReadonlyMap<string, Load> = new Map(ENTRIES)
