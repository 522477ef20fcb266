// `status`: what is stored, and, with `--remote`, what Calendly says about it. Never a refresh: looking changes nothing.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccessTokens, CalendlyApi } from '../../core/ports/calendly.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { OpenOAuth } from '../../core/ports/oauth.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { ConnectionStore, SubscriptionStore } from '../../core/ports/store.ts'
import { accountStatus, type AccountStatus, ownSubscription } from './describe.ts'
import { connectNeeded, needsConnect, UNFINISHED, unreadableTokens } from '../../core/connection/usable.ts'
import { mapBounded } from '../map-bounded.ts'
import { askRemote, type RemoteStatus } from './remote.ts'

export interface StatusDeps {
  readonly connections: ConnectionStore
  readonly subscriptions: SubscriptionStore
  readonly clock: Clock
  readonly oauth: OpenOAuth
  readonly calendly: (tokens: AccessTokens) => Promise<CalendlyApi>
}

export type StatusEntry = AccountStatus & { readonly remote?: RemoteStatus }

/** `data` of `status`. */
export interface StatusResult {
  readonly accounts: readonly StatusEntry[]
}

const AT_ONCE = 4
/** @param chosen the connections to show */
export async function status(
  deps: StatusDeps,
  chosen: readonly Connection[],
  options: { readonly remote: boolean },
): Promise<StatusResult> {
  const known = await deps.subscriptions.known(null)
  const accounts = await mapBounded(chosen, AT_ONCE, async (connection): Promise<StatusEntry> => {
    if (!options.remote) return accountStatus(connection, known)
    const { remote, seen } = await askRemote(deps, connection, ownSubscription(connection, known)?.uri ?? null)
    return { ...accountStatus(connection, known, seen), remote }
  })
  return { accounts }
}

/** The error that a single, named connection ends with when it needs connecting or cannot be used; null when it can. */
export function statusProblem(connection: Connection): CalreconnectError | null {
  const unreadable = unreadableTokens(connection)
  if (unreadable instanceof CalreconnectError) return unreadable
  return needsConnect(connection) || connection.name === UNFINISHED ? connectNeeded(connection) : null
}
