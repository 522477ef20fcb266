// Invitees and scheduled events, as the API lists them and as `invitee.*` and `invitee_no_show.*` deliveries carry them, in the
// order of keys that was captured. Knows nothing of sending.
import { wireTime } from '../clock.ts'
import type { Meeting, User } from '../entities.ts'
import type { State } from '../state.ts'

/** What a delivery says about a meeting; a cancellation stands at both places where Calendly puts it. */
export function inviteePayload(state: State, meeting: Meeting): Record<string, unknown> {
  const { calendar_event: _notDelivered, ...scheduledEvent } = wireEvent(state, meeting)
  const payload = { ...wireInvitee(state, meeting), scheduled_event: scheduledEvent, scheduling_method: null }
  return Object.fromEntries(Object.entries(payload).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An item of `GET /scheduled_events/{id}/invitees`. */
export function wireInvitee(state: State, meeting: Meeting): Record<string, unknown> {
  const inviteeId = meeting.inviteeUri.split('/').at(-1) ?? ''
  const noShow = state.noShows.get(meeting.inviteeUri)
  return {
    cancel_url: `https://calendly.com/cancellations/${inviteeId}`,
    ...cancellationOf(meeting),
    created_at: meeting.createdAt,
    email: meeting.inviteeEmail,
    event: meeting.uri,
    first_name: null,
    invitee_scheduled_by: null,
    last_name: null,
    name: meeting.inviteeName,
    new_invitee: meeting.newInvitee,
    no_show: noShow === undefined ? null : { created_at: noShow.createdAt, uri: noShow.uri },
    old_invitee: meeting.oldInvitee,
    payment: null,
    questions_and_answers: [],
    reconfirmation: null,
    reschedule_url: `https://calendly.com/reschedulings/${inviteeId}`,
    rescheduled: meeting.rescheduled,
    routing_form_submission: null,
    status: statusOf(meeting),
    text_reminder_number: null,
    timezone: hostOf(state, meeting)?.timezone ?? null,
    tracking: { utm_campaign: null, utm_source: null, utm_medium: null, utm_content: null, utm_term: null, salesforce_uuid: null },
    updated_at: meeting.updatedAt,
    uri: meeting.inviteeUri,
  }
}

/** An item of `GET /scheduled_events`. */
export function wireEvent(state: State, meeting: Meeting): Record<string, unknown> {
  const host = hostOf(state, meeting)
  return {
    calendar_event: null,
    ...cancellationOf(meeting),
    created_at: meeting.createdAt,
    end_time: wireTime(meeting.endMs),
    event_guests: [],
    event_memberships: [{ user: meeting.host, user_email: host?.email ?? '', user_name: host?.name ?? '' }],
    event_type: meeting.eventType,
    invitees_counter: { total: 1, active: meeting.canceled === null ? 1 : 0, limit: 1 },
    location: { location: null, type: 'custom' },
    meeting_notes_html: '',
    meeting_notes_plain: null,
    name: meeting.name,
    start_time: wireTime(meeting.startMs),
    status: statusOf(meeting),
    updated_at: meeting.updatedAt,
    uri: meeting.uri,
  }
}

/** What `POST /scheduled_events/{id}/cancellation` answers; null while it is not canceled. */
export function wireCancellation({ canceled }: Meeting): Record<string, unknown> | null {
  if (canceled === null) return null
  return { canceled_by: canceled.by, canceler_type: canceled.byType, created_at: canceled.at, reason: canceled.reason }
}

function cancellationOf(meeting: Meeting): Record<string, unknown> {
  const cancellation = wireCancellation(meeting)
  return cancellation === null ? {} : { cancellation }
}

function statusOf(meeting: Meeting): 'active' | 'canceled' {
  return meeting.canceled === null ? 'active' : 'canceled'
}

/** Undefined once the host's account is gone. */
function hostOf(state: State, meeting: Meeting): User | undefined {
  return state.users.get(meeting.host)
}
