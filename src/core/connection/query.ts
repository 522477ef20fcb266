// Which stored connection a person means.

import { advise, next } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import type { Connection } from './model.ts'
import { fold, handlesOf } from './name.ts'
import { nearest } from './near-names.ts'

/**
 * The connection that `query` names: its name, e-mail, user URI or the id at its end, or an unambiguous prefix of one, whatever its
 * case and Unicode form. Exact beats folded, folded beats prefix, and a name beats the rest. Without a query: the one in use, else
 * the only one.
 * @throws NOT_CONNECTED when none is stored
 * @throws ACCOUNT_UNKNOWN when none fits
 * @throws ACCOUNT_AMBIGUOUS when several fit, or none was named and several are stored
 */
export function resolveConnection(connections: readonly Connection[], query: string | null, inUse: string | null): Connection {
  if (connections.length === 0) throw new CalreconnectError('NOT_CONNECTED', 'No Calendly account is connected')
  const wanted = query?.trim() ?? ''
  return wanted === '' ? unnamed(connections, inUse) : named(connections, wanted)
}

/** The connection that `query` names in full, not by a prefix; null when none does, or several do. */
export function namedInFull(connections: readonly Connection[], query: string): Connection | null {
  const [found, another] = wholeMatches(connections, query.trim())
  return found !== undefined && another === undefined ? found : null
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
    hint: advise`Name one with --account, or choose it for good: ${next('accounts', 'use', only?.name ?? 'NAME')}`,
  })
}

function named(connections: readonly Connection[], query: string): Connection {
  const whole = wholeMatches(connections, query)
  const folded = fold(query)
  const begun = (one: Connection): boolean => [one.name, ...handlesOf(one)].some((handle) => fold(handle).startsWith(folded))
  const fitting = whole.length > 0 ? whole : connections.filter(begun)
  const [found, another] = fitting
  if (found === undefined) throw unknown(connections, query)
  if (another !== undefined) throw new CalreconnectError('ACCOUNT_AMBIGUOUS', `${query} fits ${fitting.map(({ name }) => name).join(', ')}`)
  return found
}

/** Those of the best kind of match that there is. */
function wholeMatches(connections: readonly Connection[], query: string): readonly Connection[] {
  const folded = fold(query)
  const kinds: readonly ((one: Connection) => boolean)[] = [
    ({ name }) => name === query,
    ({ name }) => fold(name) === folded,
    (one) => handlesOf(one).includes(query),
    (one) => handlesOf(one).some((handle) => fold(handle) === folded),
  ]
  for (const fits of kinds) {
    const found = connections.filter(fits)
    if (found.length > 0) return found
  }
  return []
}

function unknown(connections: readonly Connection[], query: string): CalreconnectError {
  const near = nearest(
    query,
    connections.flatMap(({ name, email }) => (email === null ? [name] : [name, email])),
  )
  const message = `No connected account is called ${query}`
  return near === null
    ? new CalreconnectError('ACCOUNT_UNKNOWN', message)
    : new CalreconnectError('ACCOUNT_UNKNOWN', `${message}; did you mean ${near}?`)
}
