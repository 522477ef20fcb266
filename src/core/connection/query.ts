// Which stored connection a person means.

import { CalreconnectError } from '../errors/errors.ts'
import type { Connection } from './model.ts'

/**
 * The connection that `query` names: its name, e-mail (in any case), user URI or the id at its end, or an unambiguous prefix of one.
 * Exact beats prefix, and a name beats the rest. Without a query: the one in use, else the only one.
 * @throws NOT_CONNECTED when none is stored
 * @throws ACCOUNT_UNKNOWN when none fits
 * @throws ACCOUNT_AMBIGUOUS when several fit, or none was named and several are stored
 */
export function resolveConnection(connections: readonly Connection[], query: string | null, inUse: string | null): Connection {
  if (connections.length === 0) throw new CalreconnectError('NOT_CONNECTED', 'No Calendly account is connected')
  const wanted = query?.trim() ?? ''
  return wanted === '' ? unnamed(connections, inUse) : named(connections, wanted)
}

function unnamed(connections: readonly Connection[], inUse: string | null): Connection {
  const used = connections.find(({ name }) => name === inUse)
  if (used !== undefined) return used
  // Neither a disconnected one nor one whose user is not known yet stands in the way of the only one that works.
  const complete = connections.filter(({ userUri }) => userUri !== null)
  const active = complete.filter(({ isActive }) => isActive)
  const [only, another] = [active, complete, connections].find(({ length }) => length > 0) ?? []
  if (only !== undefined && another === undefined) return only
  throw new CalreconnectError('ACCOUNT_AMBIGUOUS', `${connections.length} accounts are connected and none was named`, {
    hint: `Name one with --account, or choose it for good: calreconnect accounts use ${only?.name ?? 'NAME'}`,
  })
}

function named(connections: readonly Connection[], query: string): Connection {
  const byName = connections.find(({ name }) => name === query)
  if (byName !== undefined) return byName
  const folded = query.toLowerCase()
  const exact = connections.filter((one) => handlesOf(one).some((handle) => handle === query || isFolded(one, handle, folded)))
  const prefixed = connections.filter((one) =>
    [one.name, ...handlesOf(one)].some((handle) => handle.startsWith(query) || one.email?.toLowerCase().startsWith(folded) === true),
  )
  const [found, another] = exact.length > 0 ? exact : prefixed
  if (found === undefined) throw new CalreconnectError('ACCOUNT_UNKNOWN', `No connected account is called ${query}`)
  if (another !== undefined) {
    const names = (exact.length > 0 ? exact : prefixed).map(({ name }) => name)
    throw new CalreconnectError('ACCOUNT_AMBIGUOUS', `${query} fits ${names.join(', ')}`)
  }
  return found
}

/** What a connection answers to besides its name. */
function handlesOf({ email, userUri }: Connection): string[] {
  const id = userUri?.slice(userUri.lastIndexOf('/') + 1)
  return [email, userUri, id].flatMap((handle) => (typeof handle === 'string' && handle !== '' ? [handle] : []))
}

function isFolded(connection: Connection, handle: string, folded: string): boolean {
  return handle === connection.email && handle.toLowerCase() === folded
}
