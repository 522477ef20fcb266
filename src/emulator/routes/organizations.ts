// GET /organizations/{id}.
import { requireMember } from '../callers.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { notFound } from '../refusals.ts'
import { wireOrganization } from '../wire.ts'
import type { Call, Route } from './route.ts'

export const organizationRoutes: readonly Route[] = [
  { method: 'GET', path: '/organizations/{id}', oauthScope: 'organizations:read', handle: getOrganization },
]

function getOrganization({ world, caller, request, id }: Call) {
  checkQuery(request.query, [], world.switches.unknown_query)
  const organization = world.state.organizations.get(`${API_ORIGIN}/organizations/${id}`)
  if (organization === undefined) throw notFound()
  requireMember(world, caller, organization.uri)
  return { status: 200, json: { resource: wireOrganization(organization) } }
}
