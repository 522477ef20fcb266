// A new token pair on its way to its connection: on disk first, then asked whose it is, then under its name. A stored
// connection's own pair stays where it is until the new one is known to be of the same user, or --replace was given.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { Connection, ConnectionPatch, NewTokens, TokenPair } from '../../core/connection/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { accessTokens, holdTokens } from '../tokens/access-token.ts'
import type { AccountDeps, ConnectInput } from './input.ts'
import { UNFINISHED } from '../../core/connection/usable.ts'
import type { Target } from './target.ts'
import { identify, type Identity, identityPatch } from '../accounts/identify.ts'

interface Landing {
  readonly target: Target
  readonly input: Pick<ConnectInput, 'replace'>
}

interface NewPair {
  readonly pair: TokenPair
  readonly clientId: string
  readonly askedScopes: readonly string[] | null
}

/** Two first-time `connect`s at once take turns. */
const LANDING_LOCK = 'connect'
const LANDING_WAIT_MS_MAX = 45_000

/** Runs `work` while no other process finds out whose new tokens are. @throws STORE_LOCKED */
export function landing<T>(deps: AccountDeps, work: () => Promise<T>): Promise<T> {
  return deps.lock.hold(LANDING_LOCK, work, {
    waitMsMax: LANDING_WAIT_MS_MAX,
    onWait: () => deps.progress.note('Waiting for another connect to finish (45 seconds at most)'),
  })
}

/** Stores the pair in one transaction, then finds out whose it is. @throws ACCOUNT_DIFFERS (the new pair is then revoked) */
export function keepPair(deps: AccountDeps, what: Landing, fresh: NewPair): Promise<Connection> {
  return landing(deps, () => land(deps, what, fresh))
}

async function land(deps: AccountDeps, what: Landing, { pair, clientId, askedScopes }: NewPair): Promise<Connection> {
  const { target, input } = what
  const known = target.connection?.userUri ?? null
  const isOther = known !== null && pair.owner !== null && pair.owner !== known
  if (isOther && !input.replace) {
    await revokeQuietly(await deps.oauth(), [pair.refreshToken, pair.accessToken], deps)
    throw otherUser(target.connection, pair.owner)
  }
  const untold = known !== null && pair.owner === null && !input.replace
  const storedAs = untold || target.newName === null ? UNFINISHED : target.newName
  const tokens: NewTokens = {
    auth: 'oauth',
    clientId,
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    tokenExpiresAtMs: pair.expiresAtMs,
    scopes: pair.scopes.length > 0 ? pair.scopes : (askedScopes ?? []),
  }
  // Of another user, nothing that is known of the old one may stay: a rerun after a crash would take it for the truth.
  const isSame = known !== null && pair.owner === known
  const patch: ConnectionPatch =
    isSame || untold ? {} : { userUri: pair.owner, organizationUri: pair.organization, email: null, role: null }
  await holdTokens(deps, storedAs, () => deps.connections.connect(storedAs, tokens, patch))
  const identity = await identify(await deps.calendly(accessTokens(deps, storedAs, { minValidityMs: 0 })))
  return acceptIdentity(deps, { storedAs, ...what }, identity)
}

/** Writes down who it is and gives the connection its name. @throws ACCOUNT_DIFFERS, ACCOUNT_EXISTS */
export async function acceptIdentity(
  deps: AccountDeps,
  what: Landing & { readonly storedAs: string },
  identity: Identity,
): Promise<Connection> {
  const { storedAs, target, input } = what
  const known = target.connection?.userUri ?? null
  const differs = known !== null && known !== identity.user.uri
  if (differs && !input.replace) {
    if (storedAs === UNFINISHED) await giveUp(deps)
    throw otherUser(target.connection, identity.user.email)
  }
  if (differs) await warnOfLeftovers(deps, target)
  if (storedAs !== UNFINISHED) return deps.connections.update(storedAs, identityPatch(identity))
  const name = target.newName ?? identity.user.email
  const existing = await deps.connections.get(name)
  if (existing === null) {
    await deps.connections.update(UNFINISHED, identityPatch(identity))
    return deps.connections.rename(UNFINISHED, name)
  }
  if (existing.userUri !== null && existing.userUri !== identity.user.uri) {
    throw new CalreconnectError('ACCOUNT_EXISTS', `Another connection is called ${name} already`, { hint: 'Choose a name with --name' })
  }
  return promote(deps, name, identity)
}

/** From its waiting place into the stored connection of the same user. */
async function promote(deps: AccountDeps, name: string, identity: Identity): Promise<Connection> {
  const waiting = await deps.connections.get(UNFINISHED)
  if (waiting === null || waiting.accessToken === null) throw new CalreconnectError('NEEDS_CONNECT', `The new tokens of ${name} are gone`)
  const { auth, clientId, accessToken, refreshToken, tokenExpiresAtMs, scopes } = waiting
  const tokens: NewTokens = { auth, clientId, accessToken, refreshToken, tokenExpiresAtMs, scopes }
  const connection = await holdTokens(deps, name, () => deps.connections.connect(name, tokens, identityPatch(identity)))
  await deps.connections.discard(UNFINISHED)
  return connection
}

/** A personal access token does not rotate: whose it is can be asked before anything is stored. */
export async function storePersonalToken(deps: AccountDeps, target: Target, input: ConnectInput, token: Secret): Promise<Connection> {
  const identity = await identify(await deps.calendly({ get: async () => token, renew: async () => null })).catch((error: unknown) => {
    if (!(error instanceof CalreconnectError) || error.code !== 'CALENDLY_UNAUTHENTICATED') throw error
    throw new CalreconnectError(error.code, 'Calendly refuses this personal access token', {
      ...error.answer,
      hint: 'Make one at https://calendly.com/integrations/api_webhooks',
      cause: error,
    })
  })
  const known = target.connection?.userUri ?? null
  const differs = known !== null && known !== identity.user.uri
  if (differs && !input.replace) throw otherUser(target.connection, identity.user.email)
  if (differs) await warnOfLeftovers(deps, target)
  const tokens: NewTokens = {
    auth: 'personal_access_token',
    clientId: null,
    accessToken: token,
    refreshToken: null,
    tokenExpiresAtMs: null,
    scopes: [],
  }
  const name = target.newName ?? identity.user.email
  return holdTokens(deps, name, () => deps.connections.connect(name, tokens, identityPatch(identity)))
}

function otherUser(stored: Connection | null, newcomer: string | null): CalreconnectError {
  const owner = stored?.email ?? stored?.userUri ?? 'another user'
  return new CalreconnectError(
    'ACCOUNT_DIFFERS',
    `The connection ${stored?.name ?? ''} belongs to ${owner}, and ${newcomer ?? 'somebody else'} signed in`,
  )
}

async function warnOfLeftovers(deps: AccountDeps, { connection }: Target): Promise<void> {
  if (connection === null) return
  const known = (await deps.subscriptions.known(connection.name)).filter((subscription) => subscription.origin !== 'key_added')
  if (known.length > 0) {
    deps.warn(
      `${known.length} webhook subscriptions of ${connection.email ?? connection.name} stay at Calendly: they are that user’s to delete`,
    )
  }
}

/** Revokes and removes the pair that waits to be finished. */
export async function giveUp(deps: AccountDeps): Promise<void> {
  const waiting = await deps.connections.get(UNFINISHED)
  if (waiting === null) return
  await revokeQuietly(await deps.oauth(), [waiting.refreshToken, waiting.accessToken], deps)
  await deps.connections.discard(UNFINISHED)
}

/** Tokens that nobody will use: it is better to have them revoked, but no reason to fail. */
async function revokeQuietly(oauth: OAuth, tokens: readonly (Secret | null)[], deps: Pick<AccountDeps, 'warn'>): Promise<void> {
  for (const token of tokens) {
    if (token === null) continue
    try {
      await oauth.revoke(token)
    } catch (error) {
      deps.warn(`The tokens that were not kept could not be revoked: ${error instanceof Error ? error.message : String(error)}`)
      return
    }
  }
}
