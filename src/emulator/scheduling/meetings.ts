// Meetings that are booked, canceled and rescheduled, and what subscriptions are told of them. Knows nothing of who asked.
import { wireTime } from '../clock.ts'
import type { Delivery, EventType, Meeting, User } from '../entities.ts'
import { API_ORIGIN, findUser, firstOf } from '../lookup.ts'
import { inviteePayload } from '../payloads/invitee.ts'
import { uuid } from '../random-ids.ts'
import { BadInput } from '../seed-schema.ts'
import type { World } from '../world.ts'
import { defaultEventType, nextWholeMinute } from './event-types.ts'

/** What is booked; everything has a default. */
export interface Booking {
  /** E-mail, id or URI of the user who is met; default the first. */
  readonly host?: string | undefined
  /** URI of an event type; default the host's first. */
  readonly eventType?: string | undefined
  readonly name?: string | undefined
  readonly inviteeName?: string | undefined
  readonly inviteeEmail?: string | undefined
  /** Default: in a day. The next whole minute is taken. */
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

/** @throws BadInput for an unknown host or event type */
export function bookMeeting(world: World, booking: Booking): Booked {
  const type = booking.eventType === undefined ? undefined : world.state.eventTypes.get(booking.eventType)
  if (booking.eventType !== undefined && type === undefined) throw new BadInput('meeting', 'event_type', `names none: ${booking.eventType}`)
  const host = booking.host === undefined ? ownerOf(world, type) : findUser(world.state, booking.host)
  const meeting = addMeeting(world, host, { ...booking, eventType: type?.uri }, null)
  return { meeting, deliveries: tell(world, 'invitee.created', meeting, host) }
}

/** @throws BadInput for an unknown or a canceled meeting */
export function cancelMeeting(world: World, uri: string, cancellation: Cancellation): Booked {
  const meeting = world.state.meetings.get(uri)
  if (meeting === undefined) throw new BadInput('meeting', 'uri', `names none: ${uri}`)
  if (meeting.canceled !== null) throw new BadInput('meeting', 'uri', `is canceled already: ${uri}`)
  const host = findUser(world.state, meeting.host)
  const byType = cancellation.by ?? 'invitee'
  const at = wireTime(world.clock.nowMs())
  const by = byType === 'host' ? host.name : meeting.inviteeName
  meeting.canceled = { at, reason: cancellation.reason ?? '', by, byType }
  meeting.updatedAt = at
  world.state.touch()
  if (cancellation.reschedule !== true) return { meeting, deliveries: tell(world, 'invitee.canceled', meeting, host) }
  const anew = addMeeting(world, host, { ...meeting, startsInMs: meeting.startMs - world.clock.nowMs() }, meeting.inviteeUri)
  meeting.rescheduled = true
  meeting.newInvitee = anew.inviteeUri
  const told = [...tell(world, 'invitee.canceled', meeting, host), ...tell(world, 'invitee.created', anew, host)]
  return { meeting: anew, deliveries: told }
}

/** Puts a meeting into the calendar without telling anybody. */
export function addMeeting(
  world: Pick<World, 'state' | 'clock' | 'random'>,
  host: User,
  booking: Booking,
  oldInvitee: string | null = null,
): Meeting {
  const nowMs = world.clock.nowMs()
  const uri = `${API_ORIGIN}/scheduled_events/${uuid(world.random)}`
  const startMs = nextWholeMinute(nowMs + (booking.startsInMs ?? DAY_MS))
  const type = world.state.eventTypes.get(booking.eventType ?? '') ?? defaultEventType(world.state, host)
  const meeting: Meeting = {
    uri,
    inviteeUri: `${uri}/invitees/${uuid(world.random)}`,
    organization: host.currentOrganization,
    host: host.uri,
    eventType: type.uri,
    name: booking.name ?? type.name,
    inviteeName: booking.inviteeName ?? 'John Doe',
    inviteeEmail: booking.inviteeEmail ?? 'test@example.com',
    startMs,
    endMs: startMs + type.durationMinutes * 60_000,
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

function ownerOf({ state }: World, type: EventType | undefined): User {
  return type === undefined ? firstOf(state.users) : findUser(state, type.owner)
}

function tell(world: World, event: string, meeting: Meeting, host: User): Delivery[] {
  return world.announce({ event, organization: meeting.organization, host, payload: inviteePayload(world.state, meeting) })
}
