// First station of `connect`: which stored connection is meant, if any, and whether another user may take its place.

import { resolveConnection } from '../../core/connection/query.ts'
import type { Connection } from '../../core/connection/model.ts'
import { checkName } from '../../core/connection/name.ts'
import { UNFINISHED } from '../../core/connection/usable.ts'
import type { AccountDeps, ConnectInput } from './input.ts'

export interface Target {
  /** The stored connection, if there is one. */
  readonly connection: Connection | null
  /** The name of a new connection; null: its e-mail, once known. */
  readonly newName: string | null
  /** Another Calendly user than the stored one may take its place. */
  readonly mayReplace: boolean
}

/**
 * The connection of that name; without a name the one that is stored, or the one in use.
 * @throws USAGE for a name that cannot be given, ACCOUNT_AMBIGUOUS, ACCOUNT_UNKNOWN
 */
export async function findTarget(
  deps: Pick<AccountDeps, 'connections'>,
  asked: Pick<ConnectInput, 'name' | 'query' | 'replace'>,
): Promise<Target> {
  const { name, query, replace: mayReplace } = asked
  if (name !== null) {
    checkName(name)
    return { connection: await deps.connections.get(name), newName: name, mayReplace }
  }
  const stored = (await deps.connections.list()).filter((connection) => connection.name !== UNFINISHED)
  if (stored.length === 0 && query === null) return { connection: null, newName: null, mayReplace }
  const connection = resolveConnection(stored, query, await deps.connections.inUse())
  return { connection, newName: connection.name, mayReplace }
}
