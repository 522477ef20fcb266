// The end of a token pair that nobody will use: revoked, so that whoever finds it cannot use it either.

import { UNFINISHED } from '../../core/connection/usable.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { AccountDeps } from './input.ts'

/** Revokes and removes the pair that waits to be finished. */
export async function giveUp(deps: AccountDeps): Promise<void> {
  const waiting = await deps.connections.get(UNFINISHED)
  if (waiting === null) return
  await revokeUnkept(deps, waiting.clientId, [waiting.refreshToken, waiting.accessToken])
  await deps.connections.discard(UNFINISHED)
}

/** Tokens that nobody will use: it is better to have them revoked, but no reason to fail. */
export async function revokeUnkept(
  deps: Pick<AccountDeps, 'warn' | 'oauth'>,
  clientId: string | null,
  tokens: readonly (Secret | null)[],
): Promise<void> {
  const oauth = await deps.oauth({ issuedTo: clientId })
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
