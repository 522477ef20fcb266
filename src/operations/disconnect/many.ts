// `disconnect` for several connections: each one's failure is its own.

import { CalreconnectError, reportError } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { AccountDeps } from '../connect/input.ts'
import { disconnect, type DisconnectResult, type DisconnectResults, foreseen as foreseenOne } from './disconnect.ts'
import { type DisconnectInput, type PreparedDisconnect, prepareDisconnect } from './prepare.ts'

/** Prepared, or why it cannot be. */
export type Preparation = PreparedDisconnect & { readonly refusal?: CalreconnectError }

/** With one connection its failure is thrown; with several it is kept for the results. */
export async function prepareMany(
  deps: AccountDeps,
  connections: readonly Connection[],
  input: DisconnectInput,
): Promise<readonly Preparation[]> {
  const leaving = connections.map(({ name }) => name)
  const taken = new Set<string>()
  const prepared: Preparation[] = []
  for (const connection of connections) {
    try {
      const one = await prepareDisconnect(deps, connection, input, { leaving, taken })
      for (const { uri } of one.work?.plan.steps ?? []) if (uri !== null) taken.add(uri)
      prepared.push(one)
    } catch (error) {
      const isOne = connections.length === 1
      if (isOne || !(error instanceof CalreconnectError) || error.code === 'INTERRUPTED' || error.exit === 'usage') throw error
      prepared.push({ connection, handedOver: [], work: null, staying: [], problem: null, refusal: error })
    }
  }
  return prepared
}

export function foreseen(prepared: Preparation): DisconnectResult {
  const result = foreseenOne(prepared)
  return prepared.refusal === undefined ? result : { ...result, error: reportError(prepared.refusal) }
}

/** One after the other: each is a saga of its own. Between two of them an interruption ends it. */
export async function disconnectMany(
  deps: AccountDeps,
  prepared: readonly Preparation[],
  input: DisconnectInput,
): Promise<DisconnectResults> {
  const results: DisconnectResult[] = []
  for (const one of prepared) {
    if (deps.interruption.signal?.aborted === true)
      throw new CalreconnectError('INTERRUPTED', `Interrupted; ${prepared.length - results.length} accounts are left`)
    results.push(one.refusal === undefined ? await disconnect(deps, one, input) : refused(one))
  }
  return { results }
}

function refused(prepared: Preparation): DisconnectResult {
  const { plan: _plan, ...result } = foreseen(prepared)
  return result
}
