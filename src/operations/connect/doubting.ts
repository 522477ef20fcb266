// The last station when what is stored of the user no longer holds: refused although it should be allowed, role and organization are
// read anew, once; what can be done then is done, and what stays out of reach is named with who may remove it.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import { barOf, type Change, type Stranded, strandedOf, strandedText, type Whereabouts } from '../../core/connection/whereabouts.ts'
import { inUserScope } from '../../core/plan/overlap.ts'
import { isFor, isManaged, isWantedByOthers } from '../../core/plan/standing.ts'
import { contradicts, doubt, type Doubted, membershipEnded } from '../accounts/doubt.ts'
import type { Session } from '../observe/session.ts'
import type { AccountDeps } from './input.ts'

/** What became of it, beside the result itself. */
export interface Doubts {
  /** Webhooks of this connection that its user may not touch any more. */
  readonly stranded?: readonly Stranded[]
  /** What Calendly says of the user otherwise than it was stored. */
  readonly change?: Change
}

/**
 * Runs `attempt`, and once more where a refusal is explained by what Calendly says of the user now.
 * @throws what `attempt` throws, with what stays at Calendly; MEMBERSHIP_ENDED for somebody who is no member any more
 */
export async function doubting<T extends object>(
  deps: AccountDeps,
  connection: Connection,
  open: (connection: Connection) => Promise<Session>,
  attempt: (session: Session) => Promise<T>,
): Promise<T & Doubts> {
  const session = await open(connection)
  try {
    return await withStranded(deps, connection, await attempt(session))
  } catch (error) {
    if (!contradicts(error)) throw error
    const doubted = await doubt(deps, connection, session.api)
    const { change } = doubted
    if (change === null || change.kind === 'removed') throw await explained(deps, doubted, error)
    deps.warn(change.text)
    try {
      const result = await attempt(await open(doubted.connection))
      return { ...(await withStranded(deps, doubted.connection, result)), change }
    } catch (again) {
      throw contradicts(again) ? await explained(deps, doubted, again) : again
    }
  }
}

/** Names what is out of reach, and still delivers. */
async function withStranded<T extends object>(deps: AccountDeps, connection: Connection, result: T): Promise<T & Doubts> {
  const { organizationUri, role } = connection
  const stranded = organizationUri === null ? [] : await strandedAt(deps, connection, { organizationUri, role })
  for (const one of stranded) deps.warn(strandedText(one))
  const doubts: Doubts = stranded.length === 0 ? {} : { stranded }
  return { ...result, ...doubts }
}

async function strandedAt(deps: AccountDeps, { name }: Connection, now: Whereabouts): Promise<readonly Stranded[]> {
  const known = (await deps.subscriptions.known(name)).filter(
    (one) => isManaged(one) && isFor(one, name) && !isWantedByOthers(one, name) && barOf(one, now) !== null,
  )
  if (known.length === 0) return []
  const connections = await deps.connections.list()
  return known.flatMap((one) => {
    const why = barOf(one, now)
    return why === null ? [] : [strandedOf(one, why, connections)]
  })
}

async function explained(deps: AccountDeps, { connection, now, change }: Doubted, error: CalreconnectError): Promise<CalreconnectError> {
  const outOfReach = await strandedAt(deps, connection, now)
  const stranded = outOfReach.map((one) => String(strandedText(one)))
  const { name } = connection
  if (now.role === null) return membershipEnded([change?.text ?? error.message, ...stranded].join('. '), name, error)
  const why = change === null ? [] : [change.text]
  const hint =
    error.code === 'ROLE_INSUFFICIENT'
      ? inUserScope(connection, { isTaken: outOfReach.some(({ callbackUrl }) => callbackUrl === connection.desired?.callbackUrl) })
      : error.advice
  return new CalreconnectError(error.code, [...why, error.message, ...stranded].join('. '), {
    ...error.answer,
    ...(hint === null ? {} : { hint }),
    cause: error,
  })
}
