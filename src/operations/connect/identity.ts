// Fourth station of `connect`: whose tokens they are. Only then does the connection get its name.

import type { Connection, NewTokens } from '../../core/connection/model.ts'
import { nameFromOutside } from '../../core/connection/name.ts'
import { differentUser, UNFINISHED } from '../../core/connection/usable.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { identify, type Identity, identityPatch, nameOf } from '../accounts/identify.ts'
import { accessTokens, holdTokens } from '../tokens/access-token.ts'
import type { AccountDeps } from './input.ts'
import type { Target } from './target.ts'
import { giveUp } from './unkept.ts'

/** Asks Calendly whose the tokens stored as `storedAs` are. @throws NEEDS_CONNECT, CALENDLY_UNAUTHENTICATED, NETWORK … */
export async function askIdentity(deps: AccountDeps, storedAs: string, minValidityMs = 0): Promise<Identity> {
  return identify(await deps.calendly(accessTokens(deps, storedAs, { minValidityMs })))
}

/** Writes down who it is and gives the connection its name. @throws ACCOUNT_DIFFERS, ACCOUNT_EXISTS */
export async function acceptIdentity(deps: AccountDeps, target: Target, storedAs: string, identity: Identity): Promise<Connection> {
  const isOther = isAnotherUser(target, identity)
  if (isOther && !target.mayReplace) {
    if (storedAs === UNFINISHED) await giveUp(deps)
    throw differentUser(target.connection, nameOf(identity.user))
  }
  if (isOther) await warnOfLeftovers(deps, target)
  if (storedAs !== UNFINISHED) return deps.connections.update(storedAs, identityPatch(identity))
  const name = target.newName ?? nameFromOutside(nameOf(identity.user))
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
export async function storePersonalToken(deps: AccountDeps, target: Target, token: Secret): Promise<Connection> {
  const identity = await identify(await deps.calendly({ get: async () => token, renew: async () => null })).catch((error: unknown) => {
    if (!(error instanceof CalreconnectError) || error.code !== 'CALENDLY_UNAUTHENTICATED') throw error
    throw new CalreconnectError(error.code, 'Calendly refuses this personal access token', {
      ...error.answer,
      hint: 'Make one at https://calendly.com/integrations/api_webhooks',
      cause: error,
    })
  })
  const isOther = isAnotherUser(target, identity)
  if (isOther && !target.mayReplace) throw differentUser(target.connection, nameOf(identity.user))
  if (isOther) await warnOfLeftovers(deps, target)
  const tokens: NewTokens = {
    auth: 'personal_access_token',
    clientId: null,
    accessToken: token,
    refreshToken: null,
    tokenExpiresAtMs: null,
    scopes: [],
  }
  const name = target.newName ?? nameFromOutside(nameOf(identity.user))
  return holdTokens(deps, name, () => deps.connections.connect(name, tokens, identityPatch(identity)))
}

function isAnotherUser({ connection }: Target, { user }: Identity): boolean {
  const known = connection?.userUri ?? null
  return known !== null && known !== user.uri
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
