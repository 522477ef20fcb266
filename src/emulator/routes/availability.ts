// GET /user_availability_schedules, one of them, and GET /user_busy_times. Shapes: OpenAPI of 2023-04.
import { requireMember } from '../callers.ts'
import { wireTime } from '../clock.ts'
import type { User } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { derivedId } from '../random-ids.ts'
import { notFound, PERMISSION, permissionDenied } from '../refusals.ts'
import { workingHours } from '../scheduling/availability.ts'
import { Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const availabilityRoutes: readonly Route[] = [
  { method: 'GET', path: '/user_availability_schedules', oauthScope: 'availability:read', handle: listSchedules },
  { method: 'GET', path: '/user_availability_schedules/{id}', oauthScope: 'availability:read', handle: getSchedule },
  { method: 'GET', path: '/user_busy_times', oauthScope: 'availability:read', handle: listBusyTimes },
]

const RANGE_MAX_MS = 7 * 86_400_000

function listSchedules(call: Call) {
  const query = new Query(call, ['user'])
  const user = query.uri('user', 'users', true)
  query.done()
  return { status: 200, json: { collection: [wireSchedule(colleague(call, user ?? ''))] } }
}

function getSchedule(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  const uri = `${API_ORIGIN}/user_availability_schedules/${call.id}`
  const user = [...call.world.state.users.values()].find((one) => scheduleUri(one) === uri)
  if (user === undefined) throw notFound()
  return { status: 200, json: { resource: wireSchedule(colleague(call, user.uri)) } }
}

function listBusyTimes(call: Call) {
  const { world } = call
  const query = new Query(call, ['user', 'start_time', 'end_time'])
  const user = query.uri('user', 'users', true)
  const startMs = query.timeMs('start_time', true)
  const endMs = query.timeMs('end_time', true)
  if (startMs !== null && endMs !== null && endMs <= startMs) query.refuse('end_time', 'must be after start_time')
  if (startMs !== null && endMs !== null && endMs - startMs > RANGE_MAX_MS) query.refuse('end_time', 'must be within 7 days of start_time')
  query.done()
  const { uri } = colleague(call, user ?? '')
  const rows = [...world.state.meetings.values()].filter(
    (row) => row.host === uri && row.canceled === null && row.startMs < (endMs ?? 0) && row.endMs > (startMs ?? 0),
  )
  rows.sort((a, b) => a.startMs - b.startMs)
  const collection = rows.map((row) => ({
    buffered_end_time: wireTime(row.endMs),
    buffered_start_time: wireTime(row.startMs),
    end_time: wireTime(row.endMs),
    event: { uri: row.uri },
    start_time: wireTime(row.startMs),
    type: 'calendly',
  }))
  return { status: 200, json: { collection } }
}

/** Oneself, or somebody of an organization that one is in. @throws Refusal 404, 403 */
function colleague({ world, caller }: Call, uri: string): User {
  const user = world.state.users.get(uri)
  if (user === undefined) throw permissionDenied(PERMISSION.otherUser)
  if (user.uri !== caller.user.uri) requireMember(world, caller, user.currentOrganization)
  return user
}

function scheduleUri(user: User): string {
  return `${API_ORIGIN}/user_availability_schedules/${derivedId('schedule', user.uri)}`
}

function wireSchedule(user: User): Record<string, unknown> {
  return { default: true, name: 'Working hours', rules: workingHours(), timezone: user.timezone, uri: scheduleUri(user), user: user.uri }
}
