// Invitations to an organization: list, one, make, revoke. For owners and admins. Shapes: OpenAPI of 2023-04.
import { requireAdmin } from '../callers.ts'
import { wireTime } from '../clock.ts'
import type { Invitation } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { uuid } from '../random-ids.ts'
import { invalidArgument, notFound } from '../refusals.ts'
import { isRecord, jsonBody } from '../request.ts'
import { logActivity } from '../scheduling/activity.ts'
import { wireInvitation } from '../wire.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

const PATH = '/organizations/{id}/invitations'

export const invitationRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, oauthScope: 'organizations:read', handle: listInvitations },
  { method: 'POST', path: PATH, oauthScope: 'organizations:write', handle: invite },
  { method: 'GET', path: `${PATH}/{id}`, oauthScope: 'organizations:read', handle: getInvitation },
  { method: 'DELETE', path: `${PATH}/{id}`, oauthScope: 'organizations:write', handle: revokeInvitation },
]

function listInvitations(call: Call) {
  const { world } = call
  const query = new Query(call, ['count', 'page_token', 'sort', 'email', 'status'])
  const email = query.text('email')
  const status = query.oneOf('status', ['pending', 'accepted', 'declined'])
  const { field, descending } = query.sort(['created_at', 'email'])
  query.done()
  const organization = managed(call)
  const rows = [...world.state.invitations.values()].filter(
    (row) => row.organization === organization && (email === null || row.email === email) && (status === null || row.status === status),
  )
  const key = (row: Invitation) => `${field === 'email' ? row.email : row.createdAt} ${row.uri}`
  return listAnswer(call, { rows, key, wire: wireInvitation, descending })
}

/** @throws Refusal 400 for what is no e-mail address, and for people who are in or invited already */
function invite(call: Call) {
  const { world, request } = call
  const body = jsonBody(request)
  const email = isRecord(body) ? body['email'] : undefined
  if (email === undefined || email === null) throw invalidArgument({ parameter: 'email', message: 'is missing' })
  if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(email))
    throw invalidArgument({ parameter: 'email', message: 'is in invalid format' })
  const organization = managed(call)
  const member = [...world.state.users.values()].find((user) => user.email === email)
  const isIn = member !== undefined && world.state.membershipOf(member.uri, organization) !== undefined
  const isInvited = [...world.state.invitations.values()].some(
    (row) => row.organization === organization && row.email === email && row.status === 'pending',
  )
  if (isIn || isInvited) throw invalidArgument({ parameter: 'email', message: isIn ? 'is in the organization' : 'is invited' })
  const now = wireTime(world.clock.nowMs())
  const uri = `${organization}/invitations/${uuid(world.random)}`
  const row: Invitation = { uri, organization, email, status: 'pending', user: null, createdAt: now, updatedAt: now, lastSentAt: now }
  world.state.invitations.set(uri, row)
  logActivity(world, { organization, namespace: 'User', action: 'Invite', actor: call.caller.user.uri, details: { email } })
  return { status: 201, json: { resource: wireInvitation(row) } }
}

function getInvitation(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireInvitation(reachable(call)) } }
}

/** @throws Refusal 400 for one that was accepted */
function revokeInvitation(call: Call) {
  const row = reachable(call)
  if (row.status !== 'pending') throw invalidArgument({ parameter: 'uuid', message: 'is not pending' })
  call.world.state.invitations.delete(row.uri)
  call.world.state.touch()
  return { status: 204 }
}

/** @throws Refusal 404, 403 */
function reachable(call: Call): Invitation {
  const organization = managed(call)
  const row = call.world.state.invitations.get(`${organization}/invitations/${call.ids[1] ?? ''}`)
  if (row === undefined) throw notFound()
  return row
}

/** The organization of the path. @throws Refusal 404, or 403 for those who are no admin there */
function managed({ world, caller, id }: Call): string {
  const uri = `${API_ORIGIN}/organizations/${id}`
  if (!world.state.organizations.has(uri)) throw notFound()
  requireAdmin(world, caller, uri)
  return uri
}
