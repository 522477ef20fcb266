// Which commands make the store where there is none. All others look into what is there, so that a mistyped --db makes nothing.

/** They keep something that did not come from the store. */
const ALWAYS: ReadonlySet<string> = new Set(['connect', 'app set', 'store init', 'webhooks keys add'])
/** With CALENDLY_TOKEN they change something at Calendly, and the journal and the signing keys must be kept. */
const WITH_TOKEN: ReadonlySet<string> = new Set([
  'reconnect',
  'webhooks create',
  'webhooks delete',
  'webhooks prune',
  'webhooks recreate',
  'webhooks restore',
  'webhooks apply',
  'webhooks listen',
])

/** Opening makes a store private again. `doctor` tells of one that is not, and mends it when it is told to. */
export function keepsModes(command: string, fix: boolean): boolean {
  return command === 'doctor' && !fix
}

export function makesStore(command: string, how: { readonly byToken: boolean; readonly dryRun: boolean }): boolean {
  return ALWAYS.has(command) || (WITH_TOKEN.has(command) && how.byToken && !how.dryRun)
}
