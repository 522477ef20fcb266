// Which stored connection `connect` is about.

import { resolveConnection } from '../../core/connection/query.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { AccountDeps, ConnectInput } from './input.ts'
import { UNFINISHED } from '../../core/connection/usable.ts'

export interface Target {
  /** The stored connection, if there is one. */
  readonly connection: Connection | null
  /** The name of a new connection; null: its e-mail, once known. */
  readonly newName: string | null
}

/** Stored connections without the one that is not finished. */
async function finished(deps: Pick<AccountDeps, 'connections'>): Promise<readonly Connection[]> {
  return (await deps.connections.list()).filter((connection) => connection.name !== UNFINISHED)
}

/**
 * The connection of that name; without a name the one that is stored, or the one in use.
 * @throws ACCOUNT_AMBIGUOUS, ACCOUNT_UNKNOWN
 */
export async function findTarget(deps: Pick<AccountDeps, 'connections'>, input: Pick<ConnectInput, 'name' | 'query'>): Promise<Target> {
  if (input.name !== null) return { connection: await deps.connections.get(input.name), newName: input.name }
  const stored = await finished(deps)
  if (stored.length === 0 && input.query === null) return { connection: null, newName: null }
  const connection = resolveConnection(stored, input.query, await deps.connections.inUse())
  return { connection, newName: connection.name }
}
