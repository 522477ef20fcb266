// What is said where stored connections are shown whose tokens nobody can read.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { unreadableTokens } from '../../core/connection/usable.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { Context } from '../context.ts'

/** One warning with the way on. Nothing when every token can be read. */
export function warnOfUnreadable(ctx: Context, connections: readonly Connection[]): void {
  const [problem] = connections.flatMap((connection) => unreadableTokens(connection) ?? [])
  if (problem === undefined) return
  ctx.warn(`${problem.message}. What is shown is what is not encrypted; nothing can be asked of Calendly`)
  if (problem instanceof CalreconnectError && problem.hint !== null) ctx.say(`Hint: ${problem.hint}`)
}
