// GET /organization_memberships and /organization_memberships/{id}. Everybody sees their own; owners and admins all.
import { requireAdmin, requireMember } from '../callers.ts'
import type { Membership } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { cutPage } from '../pages.ts'
import { checkQuery, isResourceUri } from '../parameters.ts'
import { invalidArgument, notFound, PERMISSION, permissionDenied } from '../refusals.ts'
import type { Detail } from '../refusals.ts'
import { wireMembership } from '../wire.ts'
import type { Call, Route } from './route.ts'

export const membershipRoutes: readonly Route[] = [
  { method: 'GET', path: '/organization_memberships', oauthScope: 'organizations:read', handle: listMemberships },
  { method: 'GET', path: '/organization_memberships/{id}', oauthScope: 'organizations:read', handle: getMembership },
]

function listMemberships({ world, caller, request }: Call) {
  const { query } = request
  checkQuery(query, ['user', 'organization', 'email', 'role', 'count', 'page_token'], world.switches.unknown_query)
  const user = query.get('user')
  const organization = query.get('organization')
  const role = query.get('role')
  const email = query.get('email')
  const wrong: Detail[] = []
  if (user === null && organization === null) wrong.push({ parameter: 'organization', message: 'is missing' })
  if (user !== null && !isResourceUri(user, 'users')) wrong.push({ parameter: 'user', message: 'is in invalid format' })
  if (organization !== null && !isResourceUri(organization, 'organizations'))
    wrong.push({ parameter: 'organization', message: 'is in invalid format' })
  if (role !== null && !['owner', 'admin', 'user'].includes(role))
    wrong.push({ parameter: 'role', message: 'must be one of: owner, admin, user' })
  if (email !== null && !email.includes('@')) wrong.push({ parameter: 'email', message: `${email} is an invalid email format` })
  if (wrong.length > 0) throw invalidArgument(...wrong)
  const own = user === caller.user.uri
  if (organization !== null && own) requireMember(world, caller, organization)
  if (organization !== null && !own) requireAdmin(world, caller, organization)
  if (organization === null && !own) throw permissionDenied(PERMISSION.otherUser)
  const rows: { membership: Membership; key: string }[] = []
  for (const membership of world.state.memberships.values()) {
    const matches =
      (user === null || membership.user === user) &&
      (organization === null || membership.organization === organization) &&
      (role === null || membership.role === role) &&
      (email === null || world.state.users.get(membership.user)?.email === email)
    if (matches) rows.push({ membership, key: `${membership.createdAt} ${membership.uri}` })
  }
  rows.sort((a, b) => (a.key < b.key ? -1 : 1))
  const paging = world.switches.paging
  const json = cutPage(world.pages, {
    path: request.path,
    query,
    rows,
    key: (row) => row.key,
    wire: (row) => wire(world, row.membership),
    paging,
  })
  return { status: 200, json }
}

function getMembership({ world, caller, request, id }: Call) {
  checkQuery(request.query, [], world.switches.unknown_query)
  const uri = `${API_ORIGIN}/organization_memberships/${id}`
  const membership = [...world.state.memberships.values()].find((row) => row.uri === uri)
  if (membership === undefined) throw notFound()
  if (membership.user !== caller.user.uri) requireAdmin(world, caller, membership.organization)
  return { status: 200, json: { resource: wire(world, membership) } }
}

function wire(world: Call['world'], membership: Membership): Record<string, unknown> {
  const user = world.state.users.get(membership.user)
  if (user === undefined) throw notFound()
  return wireMembership(membership, user)
}
