// Third station of `connect`: a new token pair is on disk, in one transaction, before anything else is asked of Calendly.
// A stored connection's own pair stays where it is until the new one is known to be of the same user, or --replace was given.

import type { ConnectionPatch, NewTokens, TokenPair } from '../../core/connection/model.ts'
import { oddPairNote } from '../../core/connection/token.ts'
import { differentUser, UNFINISHED } from '../../core/connection/usable.ts'
import { holdTokens } from '../tokens/access-token.ts'
import type { AccountDeps } from './input.ts'
import type { Target } from './target.ts'
import { revokeUnkept } from './unkept.ts'

export interface NewPair {
  readonly pair: TokenPair
  /** The OAuth app that it was issued to. */
  readonly clientId: string
  /** Null: no scope parameter was sent. */
  readonly askedScopes: readonly string[] | null
}

/** Two first-time `connect`s at once take turns. */
const LANDING_LOCK = 'connect'
const LANDING_WAIT_MS_MAX = 45_000

/** Runs `work` while no other process finds out whose new tokens are. @throws STORE_LOCKED after 45 s */
export function whileLanding<T>(deps: AccountDeps, work: () => Promise<T>): Promise<T> {
  return deps.lock.hold(LANDING_LOCK, work, {
    waitMsMax: LANDING_WAIT_MS_MAX,
    onWait: () => deps.progress.note('Waiting for another connect to finish (45 seconds at most)'),
    signal: deps.interruption.signal,
  })
}

/**
 * Stores the pair and says under which name: the target's own, or the waiting place of pairs whose owner is not known yet.
 * @throws ACCOUNT_DIFFERS when the answer itself names another user (the new pair is then revoked)
 */
export async function landPair(deps: AccountDeps, target: Target, { pair, clientId, askedScopes }: NewPair): Promise<string> {
  const known = target.connection?.userUri ?? null
  const isOther = known !== null && pair.owner !== null && pair.owner !== known
  if (isOther && !target.mayReplace) {
    await revokeUnkept(deps, clientId, [pair.refreshToken, pair.accessToken])
    throw differentUser(target.connection, pair.owner)
  }
  const isUntold = known !== null && pair.owner === null && !target.mayReplace
  const storedAs = isUntold || target.newName === null ? UNFINISHED : target.newName
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
    isSame || isUntold ? {} : { userUri: pair.owner, organizationUri: pair.organization, email: null, role: null }
  await holdTokens(deps, storedAs, () => deps.connections.connect(storedAs, tokens, patch))
  const odd = oddPairNote(pair)
  if (odd !== null) deps.warn(odd)
  return storedAs
}
