// `app show`: the OAuth apps that are known here, and which accounts use them. No secret is in it.

import { chooseApp, findApp, type KnownApps, type OAuthApp } from '../../core/connection/app.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'

export interface AppEntry {
  readonly clientId: string
  readonly name: string | null
  readonly kind: OAuthApp['kind']
  readonly from: 'environment' | 'store'
  /** Whether a new authorization would use it, none being named. */
  readonly inUse: boolean
  /** False for a native app, and for a secret that was forgotten or cannot be read. */
  readonly secretStored: boolean
  /** Connected accounts whose tokens were issued to it. */
  readonly accounts: readonly string[]
}

/** `data` of `app show`. */
export interface AppList {
  readonly apps: readonly AppEntry[]
}

interface Deps {
  readonly connections: ConnectionStore
}

/** The environment's first, then those that are kept, oldest first. @param query one by name or client id. @throws SETTING_MISSING */
export async function listApps(deps: Deps, known: KnownApps, query: string | null = null): Promise<AppList> {
  const used = inUse(known)
  const all = [
    ...(known.environment === null ? [] : [{ app: known.environment, from: 'environment' as const }]),
    ...known.stored.map((app) => ({ app, from: 'store' as const })),
  ]
  const wanted = query === null || known.environment?.clientId === query ? query : findApp(known.stored, query).clientId
  const apps: AppEntry[] = []
  for (const { app, from } of all.filter((one) => wanted === null || one.app.clientId === wanted)) {
    const { clientId, name, kind, clientSecret } = app
    const secretStored = clientSecret !== null && clientSecret.problem === null
    const isUsed = used !== null && used.from === from && used.app.clientId === clientId
    apps.push({ clientId, name, kind, from, inUse: isUsed, secretStored, accounts: await accountsOf(deps, clientId) })
  }
  return { apps }
}

/** Names of connected accounts whose tokens were issued to this app. */
export async function accountsOf({ connections }: Deps, clientId: string): Promise<readonly string[]> {
  return (await connections.list()).filter((one) => one.isActive && one.clientId === clientId).map(({ name }) => name)
}

function inUse(known: KnownApps) {
  try {
    return chooseApp(known, {})
  } catch (thrown) {
    // None, or several of which none is meant.
    if (thrown instanceof CalreconnectError) return null
    throw thrown
  }
}
