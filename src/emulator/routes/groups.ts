// GET /groups and /groups/{id}. How sure: the scope `groups:read` and group URIs are documented; the list's parameters are taken
// from the other lists (organization required, paged), because no copy of its page was read.
import { requireAdmin } from '../callers.ts'
import { API_ORIGIN } from '../lookup.ts'
import { cutPage } from '../pages.ts'
import { checkQuery, isResourceUri } from '../parameters.ts'
import { invalidArgument, notFound } from '../refusals.ts'
import { wireGroup } from '../wire.ts'
import type { Call, Route } from './route.ts'

export const groupRoutes: readonly Route[] = [
  { method: 'GET', path: '/groups', oauthScope: 'groups:read', handle: listGroups },
  { method: 'GET', path: '/groups/{id}', oauthScope: 'groups:read', handle: getGroup },
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
