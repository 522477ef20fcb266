// What Calendly says of one stored connection, for `status --remote`: its token, where its user is now, its webhook.
// Never a refresh, nothing written. What could not be found out is unknown; what is stored is never passed off as an answer.

import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { AccessTokens, CalendlyApi } from '../../core/ports/calendly.ts'
import type { OpenOAuth } from '../../core/ports/oauth.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { SeenWebhook } from './describe.ts'
import { identify } from './identify.ts'

export interface RemoteDeps {
  readonly oauth: OpenOAuth
  readonly calendly: (tokens: AccessTokens) => Promise<CalendlyApi>
}

/** What Calendly says about the stored access token, and about whoever it belongs to. */
export interface RemoteStatus {
  /** Null: it could not be found out. */
  readonly active: boolean | null
  readonly checkedBy: 'introspection' | 'users_me' | null
  /** Where the user is now. Null: it could not be found out. */
  readonly organizationUri: string | null
  /** What the user may do there. Null: it could not be found out, or the user is no member. */
  readonly role: string | null
  readonly error: ErrorReport | null
  /** Why the webhook could not be looked at. */
  readonly webhookError: ErrorReport | null
}

type TokenStatus = Pick<RemoteStatus, 'active' | 'checkedBy' | 'error'>
type Whereabouts = Pick<RemoteStatus, 'organizationUri' | 'role' | 'error'>

/** The server says so itself: this token does not work. */
const INACTIVE: ReadonlySet<string> = new Set(['CALENDLY_UNAUTHENTICATED'])
const NOWHERE: Whereabouts = { organizationUri: null, role: null, error: null }

/** @param webhookUri the connection's own subscription, as it is known here */
export async function askRemote(
  deps: RemoteDeps,
  connection: Connection,
  webhookUri: string | null,
): Promise<{ readonly remote: RemoteStatus; readonly seen: SeenWebhook }> {
  const token = connection.accessToken
  const unseen = { kind: 'unknown' } as const
  if (token === null) {
    return { remote: { active: false, checkedBy: null, ...NOWHERE, webhookError: null }, seen: unseen }
  }
  const api = await deps.calendly({ get: async () => token, renew: async () => null })
  const introspected = connection.auth === 'oauth' ? await introspect(deps, connection, token) : null
  const asked = introspected?.active === false || introspected?.active === null ? null : await askedForUser(api)
  const { active, checkedBy, error } = introspected ?? asked?.token ?? { active: null, checkedBy: null, error: null }
  const where = asked?.where ?? NOWHERE
  const remote = { active, checkedBy, ...where, error: error ?? where.error }
  if (active !== true || webhookUri === null) return { remote: { ...remote, webhookError: null }, seen: unseen }
  const hasMoved = where.organizationUri !== null && where.organizationUri !== connection.organizationUri
  const { seen, problem } = await lookAtWebhook(api, webhookUri, hasMoved)
  return { remote: { ...remote, webhookError: problem }, seen }
}

/** Null where this client may not introspect (a native one, or another than the token's): `/users/me` tells as well. */
async function introspect(deps: RemoteDeps, { clientId }: Connection, token: Secret): Promise<TokenStatus | null> {
  try {
    const oauth = await deps.oauth({ issuedTo: clientId })
    // Another client's token reads as inactive (RFC 7662 section 4).
    if (clientId !== null && clientId !== oauth.clientId) return null
    const { active } = await oauth.introspect(token)
    return { active, checkedBy: 'introspection', error: null }
  } catch (error) {
    const refused = error instanceof CalreconnectError && (error.exit === 'auth' || error.exit === 'refused' || error.exit === 'usage')
    return refused ? null : { active: null, checkedBy: 'introspection', error: reportError(error) }
  }
}

async function askedForUser(api: CalendlyApi): Promise<{ readonly token: TokenStatus; readonly where: Whereabouts }> {
  try {
    const { user, role, isMember } = await identify(api)
    const where = { organizationUri: user.currentOrganization, role: isMember ? role : null, error: null }
    return { token: { active: true, checkedBy: 'users_me', error: null }, where }
  } catch (error) {
    const isInactive = error instanceof CalreconnectError && INACTIVE.has(error.code)
    const report = isInactive ? null : reportError(error)
    // A token that may not read memberships is one that was accepted.
    const active = isInactive ? false : report?.code === 'CALENDLY_INSUFFICIENT_SCOPE' ? true : null
    return { token: { active, checkedBy: 'users_me', error: report }, where: { ...NOWHERE, error: report } }
  }
}

/**
 * Gone is what Calendly itself answers 404 to. Somebody who has moved to another organization may be told so of what is
 * there and only out of their sight: then nobody knows.
 */
async function lookAtWebhook(
  api: CalendlyApi,
  uri: string,
  hasMoved: boolean,
): Promise<{ readonly seen: SeenWebhook; readonly problem: ErrorReport | null }> {
  try {
    return { seen: { kind: 'seen', subscription: await api.subscription(uri) }, problem: null }
  } catch (error) {
    if (!(error instanceof CalreconnectError)) throw error
    if (error.code === 'CALENDLY_NOT_FOUND' && !hasMoved) return { seen: { kind: 'gone' }, problem: null }
    return { seen: { kind: 'unknown' }, problem: reportError(error) }
  }
}
