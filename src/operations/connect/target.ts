// First station of `connect`: which stored connection is meant, if any, and whether another user may take its place.

import { resolveConnection } from '../../core/connection/query.ts'
import type { Connection } from '../../core/connection/model.ts'
import { checkFreeName, fold } from '../../core/connection/name.ts'
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
 * @throws USAGE for a name that cannot be given or is another account's e-mail, ACCOUNT_AMBIGUOUS, ACCOUNT_UNKNOWN
 */
export async function findTarget(
  deps: Pick<AccountDeps, 'connections'>,
  asked: Pick<ConnectInput, 'name' | 'query' | 'replace'>,
): Promise<Target> {
  const { name, query, replace: mayReplace } = asked
  const stored = (await deps.connections.list()).filter((connection) => connection.name !== UNFINISHED)
  if (name !== null) {
    // Exactly so beats whatever case or Unicode form.
    const own = stored.find((one) => one.name === name) ?? stored.find((one) => fold(one.name) === fold(name)) ?? null
    if (own === null) checkFreeName(name, stored, null)
    return { connection: own, newName: own?.name ?? name, mayReplace }
  }
  if (stored.length === 0 && query === null) return { connection: null, newName: null, mayReplace }
  const connection = resolveConnection(stored, query, await deps.connections.inUse())
  return { connection, newName: connection.name, mayReplace }
}
