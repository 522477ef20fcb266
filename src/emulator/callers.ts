// Who a bearer token speaks for, and what that person may do in an organization. Knows nothing of single routes.
import type { Membership, User } from './entities.ts'
import type { EmulatorRequest } from './request.ts'
import type { World } from './world.ts'
import { grants } from './events.ts'
import { insufficientScope, PERMISSION, permissionDenied, tooManyRequests, unauthenticated } from './refusals.ts'

/** The person and app behind a request. */
export interface Caller {
  readonly user: User
  /** Null: a personal access token. */
  readonly clientId: string | null
  readonly scope: string
}

/** Finds the caller. @throws Refusal 401, the same for no token and for a dead one */
export function authenticate(world: World, request: EmulatorRequest): Caller {
  const token = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
  if (token === undefined) throw unauthenticated()
  const personal = world.state.personalAccessTokens.get(token)
  const grant = world.state.grantOfAccessToken(token)
  const alive = grant !== undefined && !grant.accessRevoked && grant.expiresAtMs > world.clock.nowMs()
  const owner = personal !== undefined && !personal.revoked ? personal : alive ? grant : undefined
  const user = owner === undefined ? undefined : world.state.users.get(owner.user)
  if (owner === undefined || user === undefined) throw unauthenticated()
  return { user, clientId: 'clientId' in owner ? owner.clientId : null, scope: owner.scope }
}

/** Counts a request; returns the rate headers of its answer. @throws Refusal 429 */
export function countRequest(world: World, caller: Caller): Record<string, string> {
  const tier = world.state.organizations.get(caller.user.currentOrganization)?.stage ?? 'free'
  const limit = tier === 'free' ? world.switches.rate_limit_free : world.switches.rate_limit_paid
  const userId = caller.user.uri.split('/').at(-1) ?? ''
  const key = caller.clientId === null ? `pat:${userId}` : `oauth:${caller.clientId}:${userId}`
  const left = world.limits.take(key, limit)
  const headers = { 'x-ratelimit-tier': tier, 'x-ratelimit-key': key }
  if (left === null) throw tooManyRequests(limit, headers)
  return { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(left), 'x-ratelimit-reset': '60', ...headers }
}

/** @throws Refusal 403 naming the scope that the token lacks */
export function requireScope(caller: Caller, scope: string): void {
  if (!grants(caller.scope, scope)) throw insufficientScope([scope])
}

/** The caller's membership. @throws Refusal 403 for people who are not in that organization, or one that does not exist */
export function requireMember(world: World, caller: Caller, organization: string): Membership {
  const membership = world.state.membershipOf(caller.user.uri, organization)
  if (membership === undefined) throw permissionDenied(PERMISSION.notInOrganization)
  return membership
}

/** @throws Refusal 403 for plain members */
export function requireAdmin(world: World, caller: Caller, organization: string): void {
  if (requireMember(world, caller, organization).role === 'user') throw permissionDenied(PERMISSION.notAdmin)
}

/** Who may see and make subscriptions of a scope: admins for organization and group, everybody their own. @throws Refusal 403 */
export function requireScopeRole(
  world: World,
  caller: Caller,
  wanted: { organization: string; scope: 'organization' | 'user' | 'group'; user: string | null; group: string | null },
): void {
  requireMember(world, caller, wanted.organization)
  if (wanted.scope === 'user') {
    if (wanted.user !== caller.user.uri) throw permissionDenied(PERMISSION.otherUser)
    return
  }
  requireAdmin(world, caller, wanted.organization)
  if (wanted.scope !== 'group') return
  const group = wanted.group === null ? undefined : world.state.groups.get(wanted.group)
  if (group?.organization !== wanted.organization) throw permissionDenied(PERMISSION.otherUser)
}
