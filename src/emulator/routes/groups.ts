// GET /groups, /group_relationships, and one of each. Parameters: Calendly's pages, read 2026-11; shapes: fixtures of a public client.
import { requireAdmin } from '../callers.ts'
import type { Group } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { cutPage } from '../pages.ts'
import { checkQuery, isResourceUri } from '../parameters.ts'
import { invalidArgument, notFound } from '../refusals.ts'
import { derivedId } from '../random-ids.ts'
import { wireGroup, wireMembership } from '../wire.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const groupRoutes: readonly Route[] = [
  { method: 'GET', path: '/groups', oauthScope: 'groups:read', handle: listGroups },
  { method: 'GET', path: '/groups/{id}', oauthScope: 'groups:read', handle: getGroup },
  { method: 'GET', path: '/group_relationships', oauthScope: 'groups:read', handle: listRelationships },
  { method: 'GET', path: '/group_relationships/{id}', oauthScope: 'groups:read', handle: getRelationship },
]

function listGroups({ world, caller, request }: Call) {
  const { query } = request
  checkQuery(query, ['organization', 'count', 'page_token'], world.switches.unknown_query)
  const organization = query.get('organization')
  if (organization === null) throw invalidArgument({ parameter: 'organization', message: 'is missing' })
  if (!isResourceUri(organization, 'organizations')) throw invalidArgument({ parameter: 'organization', message: 'is in invalid format' })
  requireAdmin(world, caller, organization)
  const key = (row: { createdAt: string; uri: string }) => `${row.createdAt} ${row.uri}`
  const rows = [...world.state.groups.values()].filter((group) => group.organization === organization)
  rows.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const json = cutPage(world.pages, { path: request.path, query, rows, key, wire: wireGroup, paging: world.switches.paging })
  return { status: 200, json }
}

function getGroup({ world, caller, request, id }: Call) {
  checkQuery(request.query, [], world.switches.unknown_query)
  const group = world.state.groups.get(`${API_ORIGIN}/groups/${id}`)
  if (group === undefined) throw notFound()
  requireAdmin(world, caller, group.organization)
  return { status: 200, json: { resource: wireGroup(group) } }
}

/** One user's place in one group. Nobody is a group's admin here: the role is always `member`. */
interface Relationship {
  readonly group: Group
  readonly user: string
}

function listRelationships(call: Call) {
  const { world, caller } = call
  const query = new Query(call, ['organization', 'owner', 'group', 'count', 'page_token'])
  const organization = query.uri('organization', 'organizations')
  const group = query.uri('group', 'groups')
  const owner = query.text('owner')
  query.done()
  const where = organization ?? world.state.groups.get(group ?? '')?.organization ?? caller.user.currentOrganization
  requireAdmin(world, caller, where)
  const rows = relationshipsOf(world, where).filter(
    (row) =>
      (group === null || row.group.uri === group) &&
      (owner === null || world.state.membershipOf(row.user, row.group.organization)?.uri === owner),
  )
  return listAnswer(call, { rows, key: relationshipUri, wire: (row) => wireRelationship(world, row) })
}

function getRelationship(call: Call) {
  const { world, caller, id } = call
  checkQuery(call.request.query, [], world.switches.unknown_query)
  const uri = `${API_ORIGIN}/group_relationships/${id}`
  const row = relationshipsOf(world, null).find((one) => relationshipUri(one) === uri)
  if (row === undefined) throw notFound()
  requireAdmin(world, caller, row.group.organization)
  return { status: 200, json: { resource: wireRelationship(world, row) } }
}

function relationshipsOf({ state }: Call['world'], organization: string | null): Relationship[] {
  return [...state.groups.values()]
    .filter((group) => organization === null || group.organization === organization)
    .flatMap((group) => group.members.map((user) => ({ group, user })))
    .filter(({ group, user }) => state.membershipOf(user, group.organization) !== undefined)
}

function relationshipUri({ group, user }: Relationship): string {
  return `${API_ORIGIN}/group_relationships/${derivedId('relationship', group.uri, user)}`
}

function wireRelationship({ state }: Call['world'], row: Relationship): Record<string, unknown> {
  const { group } = row
  const membership = state.membershipOf(row.user, group.organization)
  const user = state.users.get(row.user)
  if (membership === undefined || user === undefined) throw notFound()
  return {
    created_at: group.createdAt,
    group: group.uri,
    organization: group.organization,
    owner: { type: 'OrganizationMembership', ...wireMembership(membership, user) },
    role: 'member',
    updated_at: group.updatedAt,
    uri: relationshipUri(row),
  }
}
