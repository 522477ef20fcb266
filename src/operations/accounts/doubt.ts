// Doubting what is stored of a connection's user: asked anew, once, where Calendly refuses what should be allowed.

import { CalreconnectError, type ErrorCode } from '../../core/errors/errors.ts'
import type { CalendlyApi } from '../../core/ports/calendly.ts'
import type { Connection } from '../../core/connection/model.ts'
import { type Change, changeOf, type Whereabouts } from '../../core/connection/whereabouts.ts'
import { next } from '../../core/errors/advice.ts'
import type { Session } from '../observe/session.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { identify, nameOf } from './identify.ts'

export interface Doubted {
  /** With what Calendly says now; it is stored. */
  readonly connection: Connection
  readonly now: Whereabouts
  /** Null: all is as it was stored. */
  readonly change: Change | null
}

/** Refusals that a changed role or organization would explain. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(['CALENDLY_FORBIDDEN', 'CALENDLY_NOT_FOUND', 'ROLE_INSUFFICIENT'])

/** Whether this failure contradicts what is stored of the caller. */
export function contradicts(error: unknown): error is CalreconnectError {
  return error instanceof CalreconnectError && isContradiction(error.code)
}

/** The same of a failure's code. */
export function isContradiction(code: ErrorCode): boolean {
  return CONTRADICTIONS.has(code)
}

/** Reads role and organization anew and stores them. @throws ACCOUNT_DIFFERS for another user's tokens, NEEDS_CONNECT, NETWORK … */
export async function doubt(
  deps: { readonly connections: Pick<ConnectionStore, 'update'> },
  connection: Connection,
  api: Pick<CalendlyApi, 'me' | 'memberships'>,
): Promise<Doubted> {
  const now = await whereabouts(api, connection)
  const { organizationUri, role } = now
  const fresh = await deps.connections.update(connection.name, { organizationUri, role: role ?? 'user' })
  return { connection: fresh, now, change: changeOf(connection, now) }
}

/** Asks and stores nothing. @throws as `doubt` */
export async function whereabouts(api: Pick<CalendlyApi, 'me' | 'memberships'>, connection: Connection): Promise<Whereabouts> {
  try {
    const { user, role, isMember } = await identify(api)
    if (connection.userUri !== null && user.uri !== connection.userUri) throw tokensOfAnother(connection, nameOf(user))
    return { organizationUri: user.currentOrganization, role: isMember ? role : null }
  } catch (error) {
    // Somebody who was removed may not even ask who they are.
    const isGone = error instanceof CalreconnectError && (error.code === 'CALENDLY_FORBIDDEN' || error.code === 'CALENDLY_NOT_FOUND')
    if (isGone && connection.organizationUri !== null) return { organizationUri: connection.organizationUri, role: null }
    throw error
  }
}

/** Tokens that were put into a connection by hand, or by a bug, and belong to somebody else. */
export function tokensOfAnother({ name, email, userUri }: Connection, owner: string): CalreconnectError {
  return new CalreconnectError('ACCOUNT_DIFFERS', `The tokens of ${name} belong to ${owner}, not to ${email ?? userUri ?? 'its user'}`)
}

/**
 * Runs `work` as `session`; once more as whoever the caller turns out to be, where a refusal is explained by that. Nothing that was
 * refused was done.
 * @param warn what is said of a change
 * @throws what `work` throws; MEMBERSHIP_ENDED for somebody who is no member any more
 */
export async function asWhoeverItIs<T>(
  deps: { readonly connections: () => Promise<Pick<ConnectionStore, 'update'>>; readonly warn: (text: string) => void },
  session: Session,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    return await work(session)
  } catch (error) {
    if (!contradicts(error) || session.connection === null) throw error
    const { connection, now, change } = await doubt({ connections: await deps.connections() }, session.connection, session.api)
    if (change === null) throw error
    if (now.role === null) throw membershipEnded(change.text, connection.name, error)
    deps.warn(change.text)
    return work({ ...session, organizationUri: now.organizationUri, role: now.role, connection })
  }
}

/** For somebody who can do nothing there any more. */
export function membershipEnded(text: string, name: string, cause: CalreconnectError): CalreconnectError {
  return new CalreconnectError('MEMBERSHIP_ENDED', text, { ...cause.answer, hint: next('disconnect', name), cause })
}
