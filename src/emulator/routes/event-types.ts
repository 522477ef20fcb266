// GET /event_types, one of them, and GET /event_type_available_times. Shapes and filters: OpenAPI of 2023-04, with the fields of
// 2026-10 and the 31 days of 2026-07-09.
import { requireMember } from '../callers.ts'
import type { EventType } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { schedulingUrl, wireEventType } from '../payloads/event-type.ts'
import { checkQuery } from '../parameters.ts'
import { notFound, PERMISSION, permissionDenied } from '../refusals.ts'
import { freeStarts } from '../scheduling/availability.ts'
import { wireTime } from '../clock.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const eventTypeRoutes: readonly Route[] = [
  { method: 'GET', path: '/event_types', oauthScope: 'event_types:read', handle: listEventTypes },
  { method: 'GET', path: '/event_types/{id}', oauthScope: 'event_types:read', handle: getEventType },
  { method: 'GET', path: '/event_type_available_times', oauthScope: 'availability:read', handle: listAvailableTimes },
]

const RANGE_MAX_MS = 31 * 86_400_000

function listEventTypes(call: Call) {
  const { world, caller } = call
  const query = new Query(call, ['active', 'organization', 'user', 'sort', 'admin_managed', 'page_token', 'count'])
  const organization = query.uri('organization', 'organizations')
  const user = query.uri('user', 'users')
  const active = query.oneOf('active', ['true', 'false'])
  const managed = query.oneOf('admin_managed', ['true', 'false'])
  const { field, descending } = query.sort(['name', 'position', 'created_at', 'updated_at'])
  if (organization === null && user === null) query.refuse('organization', 'is missing')
  query.done()
  if (organization !== null) requireMember(world, caller, organization)
  else if (user !== caller.user.uri) requireMember(world, caller, world.state.users.get(user ?? '')?.currentOrganization ?? '')
  const rows = [...world.state.eventTypes.values()].filter(
    (row) =>
      row.deletedAt === null &&
      managed !== 'true' &&
      (organization === null || row.organization === organization) &&
      (user === null || row.owner === user) &&
      (active === null || row.active === (active === 'true')),
  )
  const by = { name: (row: EventType) => row.name, position: () => '', created_at: createdAt, updated_at: updatedAt }[field]
  return listAnswer(call, { rows, key: (row) => `${by(row)} ${row.uri}`, wire: (row) => wireEventType(world.state, row), descending })
}

function createdAt(row: EventType): string {
  return row.createdAt
}

function updatedAt(row: EventType): string {
  return row.updatedAt
}

function getEventType(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireEventType(call.world.state, reachable(call, `${API_ORIGIN}/event_types/${call.id}`)) } }
}

/** @throws Refusal 404, or 403 for people of other organizations */
function reachable({ world, caller }: Call, uri: string): EventType {
  const row = world.state.eventTypes.get(uri)
  if (row === undefined || row.deletedAt !== null) throw notFound()
  if (world.state.membershipOf(caller.user.uri, row.organization) === undefined) throw permissionDenied(PERMISSION.notInOrganization)
  return row
}

/** Not paged, as documented: every start within the range. */
function listAvailableTimes(call: Call) {
  const { world } = call
  const query = new Query(call, ['event_type', 'start_time', 'end_time'])
  const uri = query.uri('event_type', 'event_types', true)
  const startMs = query.timeMs('start_time', true)
  const endMs = query.timeMs('end_time', true)
  if (startMs !== null && startMs < world.clock.nowMs()) query.refuse('start_time', 'must be in the future')
  if (startMs !== null && endMs !== null && endMs <= startMs) query.refuse('end_time', 'must be after start_time')
  if (startMs !== null && endMs !== null && endMs - startMs > RANGE_MAX_MS) query.refuse('end_time', 'must be within 31 days of start_time')
  query.done()
  const type = reachable(call, uri ?? '')
  const owner = world.state.users.get(type.owner)
  const starts = owner === undefined || !type.active ? [] : freeStarts(world.state, owner, type, startMs ?? 0, endMs ?? 0)
  const collection = starts.map((ms) => ({
    invitees_remaining: 1,
    scheduling_url: `${schedulingUrl(world.state, type)}/${new Date(ms).toISOString().replace('.000', '')}`,
    start_time: wireTime(ms),
    status: 'available',
  }))
  return { status: 200, json: { collection } }
}
