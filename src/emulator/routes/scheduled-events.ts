// GET /scheduled_events, one of them, its invitees, and POST …/cancellation. Shapes and filters: Calendly's OpenAPI of 2023-04.
import { requireAdmin, requireMember } from '../callers.ts'
import type { Meeting } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { wireCancellation, wireEvent, wireInvitee } from '../payloads/invitee.ts'
import { checkQuery } from '../parameters.ts'
import { invalidArgument, notFound, PERMISSION, permissionDenied } from '../refusals.ts'
import { isRecord, jsonBody } from '../request.ts'
import { cancelMeeting } from '../scheduling/meetings.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const scheduledEventRoutes: readonly Route[] = [
  { method: 'GET', path: '/scheduled_events', oauthScope: 'scheduled_events:read', handle: listEvents },
  { method: 'GET', path: '/scheduled_events/{id}', oauthScope: 'scheduled_events:read', handle: getEvent },
  { method: 'GET', path: '/scheduled_events/{id}/invitees', oauthScope: 'scheduled_events:read', handle: listInvitees },
  { method: 'GET', path: '/scheduled_events/{id}/invitees/{id}', oauthScope: 'scheduled_events:read', handle: getInvitee },
  { method: 'POST', path: '/scheduled_events/{id}/cancellation', oauthScope: 'scheduled_events:write', handle: cancel },
]

const REASON_MAX = 10_000
const PARAMETERS = [
  'user',
  'organization',
  'group',
  'invitee_email',
  'status',
  'sort',
  'min_start_time',
  'max_start_time',
  'page_token',
  'count',
]

function listEvents(call: Call) {
  const { world } = call
  const query = new Query(call, PARAMETERS)
  const user = query.uri('user', 'users')
  const organization = query.uri('organization', 'organizations')
  const group = query.uri('group', 'groups')
  const email = query.text('invitee_email')
  const status = query.oneOf('status', ['active', 'canceled'])
  const minMs = query.timeMs('min_start_time')
  const maxMs = query.timeMs('max_start_time')
  const { descending } = query.sort(['start_time'])
  if (user === null && organization === null && group === null) query.refuse('organization', 'is missing')
  query.done()
  requireView(call, { user, organization, group })
  const members = group === null ? null : (world.state.groups.get(group)?.members ?? [])
  const rows = [...world.state.meetings.values()].filter(
    (row) =>
      (user === null || row.host === user) &&
      (organization === null || row.organization === organization) &&
      (members === null || members.includes(row.host)) &&
      (email === null || row.inviteeEmail === email) &&
      (status === null || (row.canceled === null) === (status === 'active')) &&
      (minMs === null || row.startMs > minMs) &&
      (maxMs === null || row.startMs < maxMs),
  )
  const key = (row: Meeting) => `${String(row.startMs).padStart(16, '0')} ${row.uri}`
  return listAnswer(call, { rows, key, wire: (row) => wireEvent(world.state, row), descending })
}

/** One's own alone, or anybody's as owner or admin. @throws Refusal 403 */
function requireView(
  { world, caller }: Call,
  { user, organization, group }: { user: string | null; organization: string | null; group: string | null },
): void {
  if (user === caller.user.uri) {
    if (organization !== null) requireMember(world, caller, organization)
    return
  }
  const ofGroup = group === null ? undefined : world.state.groups.get(group)?.organization
  const where = organization ?? ofGroup
  if (where === undefined) throw permissionDenied(PERMISSION.otherUser)
  requireAdmin(world, caller, where)
}

/** The meeting of the path. @throws Refusal 404, or 403 for those who neither hold it nor manage its organization */
function reachable({ world, caller, id }: Call): Meeting {
  const meeting = world.state.meetings.get(`${API_ORIGIN}/scheduled_events/${id}`)
  if (meeting === undefined) throw notFound()
  if (meeting.host !== caller.user.uri) requireAdmin(world, caller, meeting.organization)
  return meeting
}

function getEvent(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireEvent(call.world.state, reachable(call)) } }
}

function listInvitees(call: Call) {
  const { world } = call
  const query = new Query(call, ['status', 'sort', 'email', 'page_token', 'count'])
  const status = query.oneOf('status', ['active', 'canceled'])
  const email = query.text('email')
  const { descending } = query.sort(['created_at'])
  query.done()
  const meeting = reachable(call)
  const matches =
    (status === null || (meeting.canceled === null) === (status === 'active')) && (email === null || meeting.inviteeEmail === email)
  const rows = matches ? [meeting] : []
  return listAnswer(call, { rows, key: (row) => row.createdAt, wire: (row) => wireInvitee(world.state, row), descending })
}

function getInvitee(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  const meeting = reachable(call)
  if (!meeting.inviteeUri.endsWith(`/invitees/${call.ids[1] ?? ''}`)) throw notFound()
  return { status: 200, json: { resource: wireInvitee(call.world.state, meeting) } }
}

/** @throws Refusal 403 with Calendly's two texts for what can be canceled no more */
function cancel(call: Call) {
  const { world, request } = call
  const body = request.body.length === 0 ? {} : jsonBody(request)
  const reason = isRecord(body) ? (body['reason'] ?? '') : null
  if (typeof reason !== 'string' || reason.length > REASON_MAX) throw invalidArgument({ parameter: 'reason', message: 'is invalid' })
  const meeting = reachable(call)
  if (meeting.canceled !== null) throw permissionDenied('Event is already canceled')
  if (meeting.startMs < world.clock.nowMs()) throw permissionDenied('Event in the past')
  cancelMeeting(world, meeting.uri, { reason, by: 'host' })
  return { status: 201, json: { resource: wireCancellation(meeting) } }
}
