// What a failed refresh means for the stored pair: SAFETY's table of outcomes, carried out. Nothing is ever deleted here.

import { CalreconnectError, type ErrorCode } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { ConnectionStore, RefreshJournal } from '../../core/ports/store.ts'
import { judgeRefreshFailure } from '../../core/connection/token.ts'
import { connectNeeded } from '../../core/connection/usable.ts'

interface Deps {
  readonly connections: ConnectionStore
  readonly refreshes: RefreshJournal
}

interface Failure {
  /** As it was read under the lock, before the request left. */
  readonly connection: Connection
  readonly refreshId: string
  /** An earlier refresh with the same token never got an answer. */
  readonly earlierInFlight: boolean
  readonly error: unknown
}

/** Gives the pair that somebody else stored meanwhile, or throws what the failure means. */
export async function refreshFailed(deps: Deps, failure: Failure): Promise<Connection> {
  const { connection, refreshId, earlierInFlight, error } = failure
  const { name, tokenGeneration } = connection
  const code: ErrorCode = error instanceof CalreconnectError ? error.code : 'BUG'
  const now = await deps.connections.get(name)
  const rowChanged = now !== null && now.tokenGeneration !== tokenGeneration
  const requestSent = !(error instanceof CalreconnectError) || error.answer.requestSent !== false
  const judgement = judgeRefreshFailure({ code, requestSent, rowChanged, earlierInFlight })
  if (judgement.needsConnect !== null) {
    await deps.connections.markNeedsConnect(name, judgement.needsConnect, tokenGeneration, refreshId)
    throw connectNeeded({ ...connection, needsConnect: judgement.needsConnect }, error)
  }
  if (judgement.settle !== null) await deps.refreshes.settle(refreshId, judgement.settle)
  // Somebody stored a newer pair meanwhile: it is as good as our own would have been.
  if (judgement.kind === 'lost_race' && now !== null) return now
  throw error
}
