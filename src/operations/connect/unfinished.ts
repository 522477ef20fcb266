// What an interrupted `connect` left behind: a pair in the waiting place, whose owner was not asked for yet.

import type { Connection } from '../../core/connection/model.ts'
import { UNFINISHED } from '../../core/connection/usable.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { acceptIdentity, askIdentity } from './identity.ts'
import type { AccountDeps } from './input.ts'
import { whileLanding } from './landing.ts'
import type { Target } from './target.ts'
import { giveUp } from './unkept.ts'

/**
 * Finishes it, if it is of the connection that is meant. Null when nothing was left, when its tokens do not work any
 * more, or when they are somebody else's (they are then revoked and removed).
 */
export async function adoptUnfinished(deps: AccountDeps, target: Target): Promise<Connection | null> {
  const isNewByName = target.connection === null && target.newName !== null
  if (isNewByName || (await deps.connections.get(UNFINISHED)) === null) return null
  // Under the lock: another process may be finishing it right now.
  return whileLanding(deps, async () => {
    const left = await deps.connections.get(UNFINISHED)
    if (left === null) return null
    if (left.accessToken?.reveal() === target.connection?.accessToken?.reveal()) {
      await deps.connections.discard(UNFINISHED)
      return null
    }
    try {
      const identity = await askIdentity(deps, UNFINISHED)
      const isMeant = target.connection === null || target.connection.userUri === identity.user.uri
      if (isMeant) return await acceptIdentity(deps, target, UNFINISHED, identity)
      await giveUp(deps)
    } catch (error) {
      const dead = error instanceof CalreconnectError && (error.code === 'NEEDS_CONNECT' || error.code === 'CALENDLY_UNAUTHENTICATED')
      if (!dead) throw error
      await deps.connections.discard(UNFINISHED)
    }
    return null
  })
}
