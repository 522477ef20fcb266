// Meetings booked and canceled through the control API, and what subscriptions are told of them.
import { wireTime } from '../clock.ts'
import type { Deliveries } from '../deliveries.ts'
import type { Delivery, Meeting, User } from '../entities.ts'
import { API_ORIGIN, findUser, firstOf } from '../lookup.ts'
import { meetingPayload } from '../meeting-payload.ts'
import { uuid } from '../random-ids.ts'
import { BadInput } from '../seed-schema.ts'
import type { World } from '../world.ts'

/** What is booked; everything has a default. */
export interface Booking {
  /** E-mail, id or URI of the user who is met; default the first. */
  readonly host?: string | undefined
  readonly name?: string | undefined
  readonly inviteeName?: string | undefined
  readonly inviteeEmail?: string | undefined
  /** Default: in a day. */
  readonly startsInMs?: number | undefined
}

export interface Cancellation {
  readonly reason?: string | undefined
  readonly by?: 'host' | 'invitee' | undefined
  /** Books it anew at the same time: a cancel and a create are told. */
  readonly reschedule?: boolean | undefined
}

export interface Booked {
  readonly meeting: Meeting
  readonly deliveries: readonly Delivery[]
}

const DAY_MS = 86_400_000
const HALF_HOUR_MS = 1_800_000

/** @throws BadInput for an unknown host */
export function bookMeeting(world: World, deliveries: Deliveries, booking: Booking): Booked {
  const host = booking.host === undefined ? firstOf(world.state.users) : findUser(world.state, booking.host)
  const meeting = newMeeting(world, host, booking, null)
  return { meeting, deliveries: tell(deliveries, 'invitee.created', meeting, host) }
}

/** @throws BadInput for an unknown or a canceled meeting */
export function cancelMeeting(world: World, deliveries: Deliveries, uri: string, cancellation: Cancellation): Booked {
  const meeting = world.state.meetings.get(uri)
  if (meeting === undefined) throw new BadInput('meeting', 'uri', `names none: ${uri}`)
  if (meeting.canceled !== null) throw new BadInput('meeting', 'uri', `is canceled already: ${uri}`)
  const host = findUser(world.state, meeting.host)
  const byType = cancellation.by ?? 'invitee'
  const at = wireTime(world.clock.nowMs())
  const by = byType === 'host' ? host.name : meeting.inviteeName
  meeting.canceled = { at, reason: cancellation.reason ?? '', by, byType }
  meeting.updatedAt = at
  if (cancellation.reschedule !== true) return { meeting, deliveries: tell(deliveries, 'invitee.canceled', meeting, host) }
  const anew = newMeeting(world, host, { ...meeting, startsInMs: meeting.startMs - world.clock.nowMs() }, meeting.inviteeUri)
  meeting.rescheduled = true
  meeting.newInvitee = anew.inviteeUri
  const told = [...tell(deliveries, 'invitee.canceled', meeting, host), ...tell(deliveries, 'invitee.created', anew, host)]
  return { meeting: anew, deliveries: told }
}

function tell(deliveries: Deliveries, event: string, meeting: Meeting, host: User): Delivery[] {
  return deliveries.enqueue({ event, organization: meeting.organization, host, payload: meetingPayload(meeting, host) })
}

function newMeeting(world: World, host: User, booking: Booking, oldInvitee: string | null): Meeting {
  const nowMs = world.clock.nowMs()
  const uri = `${API_ORIGIN}/scheduled_events/${uuid(world.random)}`
  const startMs = nowMs + (booking.startsInMs ?? DAY_MS)
  const meeting: Meeting = {
    uri,
    inviteeUri: `${uri}/invitees/${uuid(world.random)}`,
    organization: host.currentOrganization,
    host: host.uri,
    name: booking.name ?? '30 Minute Meeting',
    inviteeName: booking.inviteeName ?? 'John Doe',
    inviteeEmail: booking.inviteeEmail ?? 'test@example.com',
    startMs,
    endMs: startMs + HALF_HOUR_MS,
    createdAt: wireTime(nowMs),
    updatedAt: wireTime(nowMs),
    canceled: null,
    rescheduled: false,
    oldInvitee,
    newInvitee: null,
  }
  world.state.meetings.set(uri, meeting)
  world.state.touch()
  return meeting
}
