// Invitees who did not come. Knows nothing of who may say so.
import { wireTime } from '../clock.ts'
import type { Meeting, NoShow } from '../entities.ts'
import { API_ORIGIN, findUser } from '../lookup.ts'
import { inviteePayload } from '../payloads/invitee.ts'
import { uuid } from '../random-ids.ts'
import type { World } from '../world.ts'
import type { Told } from './event-types.ts'

/** Marks an invitee, once, and tells subscriptions the first time. */
export function markNoShow(world: World, meeting: Meeting): Told<NoShow> {
  const known = world.state.noShows.get(meeting.inviteeUri)
  if (known !== undefined) return { row: known, deliveries: [] }
  const createdAt = wireTime(world.clock.nowMs())
  const row: NoShow = { uri: `${API_ORIGIN}/invitee_no_shows/${uuid(world.random)}`, invitee: meeting.inviteeUri, createdAt }
  world.state.noShows.set(row.invitee, row)
  world.state.touch()
  return { row, deliveries: tell(world, 'invitee_no_show.created', meeting) }
}

/** Takes a mark back and tells subscriptions. */
export function unmarkNoShow(world: World, row: NoShow): Told<NoShow> {
  world.state.noShows.delete(row.invitee)
  world.state.touch()
  const meeting = meetingOfInvitee(world, row.invitee)
  return { row, deliveries: meeting === undefined ? [] : tell(world, 'invitee_no_show.deleted', meeting) }
}

/** The meeting that an invitee booked. */
export function meetingOfInvitee({ state }: World, invitee: string): Meeting | undefined {
  const meeting = state.meetings.get(invitee.replace(/\/invitees\/[^/]+$/, ''))
  return meeting?.inviteeUri === invitee ? meeting : undefined
}

function tell(world: World, event: string, meeting: Meeting) {
  const host = findUser(world.state, meeting.host)
  return world.announce({ event, organization: meeting.organization, host, payload: inviteePayload(world.state, meeting) })
}
