// `disconnect` for several connections: each one's failure is its own.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { AccountDeps } from '../connect/input.ts'
import { disconnect, type DisconnectResult, type DisconnectResults } from './disconnect.ts'
import { type DisconnectInput, type PreparedDisconnect, prepareDisconnect } from './prepare.ts'

/**
 * Each of them, with the others in mind. Nothing is refused for what cannot be looked at.
 * @throws as `prepareDisconnect`
 */
export async function prepareMany(
  deps: AccountDeps,
  connections: readonly Connection[],
  input: DisconnectInput,
): Promise<readonly PreparedDisconnect[]> {
  const leaving = connections.map(({ name }) => name)
  const taken = new Set<string>()
  const prepared: PreparedDisconnect[] = []
  for (const connection of connections) {
    const one = await prepareDisconnect(deps, connection, input, { leaving, taken })
    for (const { uri } of one.work?.plan.steps ?? []) if (uri !== null) taken.add(uri)
    prepared.push(one)
  }
  return prepared
}

/**
 * One after the other: each is a saga of its own. Who cannot reach something goes last, since another one may have deleted it by
 * then. Between two of them an interruption ends it.
 */
export async function disconnectMany(
  deps: AccountDeps,
  prepared: readonly PreparedDisconnect[],
  input: DisconnectInput,
): Promise<DisconnectResults> {
  const results = new Map<PreparedDisconnect, DisconnectResult>()
  for (const one of [...prepared].sort((a, b) => Math.min(a.out.length, 1) - Math.min(b.out.length, 1))) {
    if (deps.interruption.signal?.aborted === true)
      throw new CalreconnectError('INTERRUPTED', `Interrupted; ${prepared.length - results.size} accounts are left`)
    results.set(one, await disconnect(deps, one, input))
  }
  return { results: prepared.flatMap((one) => results.get(one) ?? []) }
}
