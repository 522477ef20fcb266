// Everything that an audit looks at and Calendly has: subscriptions of every scope that the caller may list, and who is a member.
// Sends GET requests only. What the caller may not list is left out and named, never silently.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Membership, Scope, Subscription } from '../../core/calendly/model.ts'
import { isRole } from '../../core/calendly/understood.ts'
import type { Progress } from '../../core/ports/desk.ts'
import { mapBounded } from '../map-bounded.ts'
import type { Session } from '../observe/session.ts'

/** Why a list was left out: the caller's role, the token's OAuth scopes, or Calendly's refusal. */
export type LeftOut = 'role' | 'oauth_scope' | 'refused'

/** One kind of subscription and whether it was looked at. */
export interface AuditedScope {
  readonly scope: Scope
  /** Null: it was listed. */
  readonly leftOut: LeftOut | null
}

export interface AuditLists {
  /** Each URI once. */
  readonly observed: readonly Subscription[]
  readonly scopes: readonly AuditedScope[]
  /** Users whose own subscriptions were listed. */
  readonly users: readonly string[]
  /** Groups whose subscriptions were listed. */
  readonly groups: readonly string[]
  /** All of the organization's. Null: the caller may not list them. */
  readonly memberships: readonly Membership[] | null
  /** Calendly's answer, where it refused to list the members. */
  readonly membershipsRefusal: CalreconnectError | null
}

/** Groups asked for at the same time; the other lists run beside them. */
const GROUPS_AT_ONCE = 4

/**
 * @param others further users of the organization, of whom only what is their own is asked
 * @throws CALENDLY_UNAUTHENTICATED, CALENDLY_INSUFFICIENT_SCOPE (webhooks:read), CALENDLY_FORBIDDEN, NETWORK …
 */
export async function listForAudit(
  session: Session,
  progress: Pick<Progress, 'advance'>,
  others: readonly Session[] = [],
): Promise<AuditLists> {
  const { api, organizationUri: organization, userUri: user } = session
  const onPage = (rows: number): void => progress.advance(rows)
  const isAdmin = session.role !== 'user'
  const asked = [
    isAdmin ? listOrganization(session, onPage) : Promise.resolve('role' as const),
    api.subscriptions({ organization, scope: 'user', user }, onPage),
    isAdmin ? listGroups(session, onPage) : Promise.resolve(leftOut('role')),
    isAdmin ? listMembers(session) : Promise.resolve({ memberships: null, refusal: null }),
    mapBounded(others, GROUPS_AT_ONCE, (other) => other.api.subscriptions({ organization, scope: 'user', user: other.userUri }, onPage)),
  ] as const
  // A failure is thrown when all have ended, so that no request outlives the command.
  await Promise.allSettled(asked)
  const [ofOrganization, ofUser, ofGroups, members, ofOthers] = await Promise.all(asked)
  const isListed = typeof ofOrganization !== 'string'
  const observed = new Map(
    [...(isListed ? ofOrganization : []), ...ofUser, ...ofOthers.flat(), ...ofGroups.observed].map((one) => [one.uri, one]),
  )
  return {
    observed: [...observed.values()],
    scopes: [
      { scope: 'organization', leftOut: isListed ? null : ofOrganization },
      { scope: 'user', leftOut: null },
      { scope: 'group', leftOut: ofGroups.leftOut },
    ],
    users: [user, ...others.map(({ userUri }) => userUri)],
    groups: ofGroups.groups,
    memberships: members.memberships,
    membershipsRefusal: members.refusal,
  }
}

/** Whether a role that is not known here may list it, only Calendly can say. */
async function listOrganization({ api, organizationUri: organization, role }: Session, onPage: (rows: number) => void) {
  try {
    return await api.subscriptions({ organization, scope: 'organization' }, onPage)
  } catch (error) {
    if (!isRole(role) && isOneOf(error, ['CALENDLY_FORBIDDEN'])) return 'refused' as const
    throw error
  }
}

interface GroupLists {
  readonly observed: readonly Subscription[]
  readonly groups: readonly string[]
  readonly leftOut: LeftOut | null
}

async function listGroups(session: Session, onPage: (rows: number) => void): Promise<GroupLists> {
  const { api, organizationUri: organization } = session
  if (!mayBeGranted(session, 'groups:read')) return leftOut('oauth_scope')
  try {
    const groups = (await api.groups(organization)).map(({ uri }) => uri)
    const lists = await mapBounded(groups, GROUPS_AT_ONCE, (group) =>
      api.subscriptions({ organization, scope: 'group', group }, onPage).catch(nothingIfGone),
    )
    return { observed: lists.flat(), groups, leftOut: null }
  } catch (error) {
    if (isOneOf(error, ['CALENDLY_INSUFFICIENT_SCOPE'])) return leftOut('oauth_scope')
    if (isOneOf(error, ['CALENDLY_FORBIDDEN', 'CALENDLY_NOT_FOUND'])) return leftOut('refused')
    throw error
  }
}

function leftOut(why: LeftOut): GroupLists {
  return { observed: [], groups: [], leftOut: why }
}

async function listMembers({ api, organizationUri: organization }: Session) {
  try {
    return { memberships: await api.memberships({ organization }), refusal: null }
  } catch (error) {
    if (isOneOf(error, ['CALENDLY_INSUFFICIENT_SCOPE', 'CALENDLY_FORBIDDEN'])) return { memberships: null, refusal: error }
    throw error
  }
}

/** A personal access token, and a token from before scopes, do not say what they may. */
function mayBeGranted({ grantedScopes }: Session, scope: string): boolean {
  if (grantedScopes === null || grantedScopes.includes('default')) return true
  return grantedScopes.includes(scope) || grantedScopes.includes(scope.replace(/:read$/, ':write'))
}

/** A group may be removed while the others are listed. */
function nothingIfGone(error: unknown): readonly Subscription[] {
  if (isOneOf(error, ['CALENDLY_NOT_FOUND'])) return []
  throw error
}

function isOneOf(error: unknown, codes: readonly string[]): error is CalreconnectError {
  return error instanceof CalreconnectError && codes.includes(error.code)
}
