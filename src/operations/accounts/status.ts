// `status`: what is stored, and, with `--remote`, what Calendly says about it. Never a refresh: looking changes nothing.

import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { AccessTokens, CalendlyApi } from '../../core/ports/calendly.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { ConnectionStore, SubscriptionStore } from '../../core/ports/store.ts'
import { accountStatus, type AccountStatus } from './describe.ts'
import { connectNeeded, needsConnect, UNFINISHED } from '../../core/connection/usable.ts'
import { mapBounded } from '../map-bounded.ts'

export interface StatusDeps {
  readonly connections: ConnectionStore
  readonly subscriptions: SubscriptionStore
  readonly clock: Clock
  readonly oauth: () => Promise<OAuth>
  readonly calendly: (tokens: AccessTokens) => Promise<CalendlyApi>
}

/** What Calendly says about the stored access token. */
export interface RemoteStatus {
  /** Null: it could not be found out. */
  readonly active: boolean | null
  readonly checkedBy: 'introspection' | 'users_me' | null
  readonly error: ErrorReport | null
}

export type StatusEntry = AccountStatus & { readonly remote?: RemoteStatus }

/** `data` of `status`. */
export interface StatusResult {
  readonly accounts: readonly StatusEntry[]
}

const AT_ONCE = 4
/** The server says so itself: this token does not work. */
const INACTIVE: ReadonlySet<string> = new Set(['CALENDLY_UNAUTHENTICATED'])

/** @param chosen the connections to show */
export async function status(
  deps: StatusDeps,
  chosen: readonly Connection[],
  options: { readonly remote: boolean },
): Promise<StatusResult> {
  const accounts = await mapBounded(chosen, AT_ONCE, async (connection): Promise<StatusEntry> => {
    const known = await deps.subscriptions.known(connection.name)
    if (!options.remote) return accountStatus(connection, known)
    const { remote, seen } = await askRemote(deps, connection)
    return { ...accountStatus(connection, known, seen), remote }
  })
  return { accounts }
}

/** The error that a single, named connection ends with when it needs connecting; null when it does not. */
export function statusProblem(connection: Connection): CalreconnectError | null {
  return needsConnect(connection) || connection.name === UNFINISHED ? connectNeeded(connection) : null
}

async function askRemote(deps: StatusDeps, connection: Connection) {
  const token = connection.accessToken
  const nothing: RemoteStatus = { active: null, checkedBy: null, error: null }
  if (token === null) return { remote: { ...nothing, active: false }, seen: null }
  const api = await deps.calendly({ get: async () => token, renew: async () => null })
  const remote = (connection.auth === 'oauth' ? await introspected(deps, connection, token) : null) ?? (await askedForUser(api))
  const seen = remote.active === true && connection.webhookUri !== null ? await webhookSeen(api, connection.webhookUri) : null
  return { remote, seen }
}

/** Null where this client may not introspect (a native one, or another than the token's): `/users/me` tells as well. */
async function introspected(deps: StatusDeps, { clientId }: Connection, token: Secret): Promise<RemoteStatus | null> {
  try {
    const oauth = await deps.oauth()
    // Another client's token reads as inactive (RFC 7662 section 4).
    if (clientId !== null && clientId !== oauth.clientId) return null
    const { active } = await oauth.introspect(token)
    return { active, checkedBy: 'introspection', error: null }
  } catch (error) {
    const refused = error instanceof CalreconnectError && (error.exit === 'auth' || error.exit === 'refused' || error.exit === 'usage')
    return refused ? null : { active: null, checkedBy: 'introspection', error: reportError(error) }
  }
}

async function askedForUser(api: CalendlyApi): Promise<RemoteStatus> {
  try {
    await api.me()
    return { active: true, checkedBy: 'users_me', error: null }
  } catch (error) {
    if (error instanceof CalreconnectError && INACTIVE.has(error.code)) return { active: false, checkedBy: 'users_me', error: null }
    return { active: null, checkedBy: 'users_me', error: reportError(error) }
  }
}

/** Null when it is not there any more, or cannot be seen. */
async function webhookSeen(api: CalendlyApi, uri: string) {
  try {
    return await api.subscription(uri)
  } catch (error) {
    if (error instanceof CalreconnectError) return null
    throw error
  }
}
