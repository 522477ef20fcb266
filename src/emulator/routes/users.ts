// GET /users/me and /users/{id}.
import { PERMISSION, permissionDenied, notFound } from '../refusals.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { wireUser } from '../wire.ts'
import type { Call, Route } from './route.ts'

export const userRoutes: readonly Route[] = [{ method: 'GET', path: '/users/{id}', oauthScope: 'users:read', handle: getUser }]

function getUser({ world, caller, request, id }: Call) {
  checkQuery(request.query, [], world.switches.unknown_query)
  const user = id === 'me' ? caller.user : world.state.users.get(`${API_ORIGIN}/users/${id}`)
  if (user === undefined) throw notFound()
  const colleagues = user === caller.user || world.state.membershipOf(caller.user.uri, user.currentOrganization) !== undefined
  if (!colleagues) throw permissionDenied(PERMISSION.notInOrganization)
  return { status: 200, json: { resource: wireUser(user) } }
}
