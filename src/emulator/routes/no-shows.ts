// POST /invitee_no_shows, GET and DELETE of one. Shapes: OpenAPI of 2023-04.
import { requireAdmin } from '../callers.ts'
import type { Meeting, NoShow } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { invalidArgument, notFound } from '../refusals.ts'
import { isRecord, jsonBody } from '../request.ts'
import { markNoShow, meetingOfInvitee, unmarkNoShow } from '../scheduling/no-shows.ts'
import type { Call, Route } from './route.ts'

export const noShowRoutes: readonly Route[] = [
  { method: 'POST', path: '/invitee_no_shows', oauthScope: 'scheduled_events:write', handle: mark },
  { method: 'GET', path: '/invitee_no_shows/{id}', oauthScope: 'scheduled_events:read', handle: getNoShow },
  { method: 'DELETE', path: '/invitee_no_shows/{id}', oauthScope: 'scheduled_events:write', handle: unmark },
]

function mark(call: Call) {
  const { world, request } = call
  const body = jsonBody(request)
  const invitee = isRecord(body) ? body['invitee'] : undefined
  if (invitee === undefined || invitee === null) throw invalidArgument({ parameter: 'invitee', message: 'is missing' })
  if (typeof invitee !== 'string' || !/^https:\/\/api\.calendly\.com\/scheduled_events\/[^/]+\/invitees\/[^/]+$/.test(invitee))
    throw invalidArgument({ parameter: 'invitee', message: 'is in invalid format' })
  const meeting = reachable(call, invitee)
  if (world.state.noShows.has(invitee)) throw invalidArgument({ parameter: 'invitee', message: 'is marked already' })
  return { status: 201, json: { resource: wireNoShow(markNoShow(world, meeting).row) } }
}

function getNoShow(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireNoShow(found(call)) } }
}

function unmark(call: Call) {
  unmarkNoShow(call.world, found(call))
  return { status: 204 }
}

/** @throws Refusal 404, 403 */
function found(call: Call): NoShow {
  const uri = `${API_ORIGIN}/invitee_no_shows/${call.id}`
  const row = [...call.world.state.noShows.values()].find((one) => one.uri === uri)
  if (row === undefined) throw notFound()
  reachable(call, row.invitee)
  return row
}

/** The meeting of an invitee. @throws Refusal 404, or 403 for those who neither hold it nor manage its organization */
function reachable({ world, caller }: Call, invitee: string): Meeting {
  const meeting = meetingOfInvitee(world, invitee)
  if (meeting === undefined) throw notFound()
  if (meeting.host !== caller.user.uri) requireAdmin(world, caller, meeting.organization)
  return meeting
}

function wireNoShow(row: NoShow): Record<string, unknown> {
  return { created_at: row.createdAt, invitee: row.invitee, uri: row.uri }
}
