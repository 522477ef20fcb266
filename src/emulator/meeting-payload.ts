// The payload of `invitee.*` deliveries, in the order of keys that was captured. Knows nothing of sending.
import type { Meeting, User } from './entities.ts'
import { wireTime } from './clock.ts'

/** What Calendly says about a booked or canceled meeting; a cancellation stands at both places where Calendly puts it. */
export function meetingPayload(meeting: Meeting, host: User): Record<string, unknown> {
  const { canceled } = meeting
  const cancellation =
    canceled === null
      ? {}
      : { cancellation: { canceled_by: canceled.by, canceler_type: canceled.byType, created_at: canceled.at, reason: canceled.reason } }
  const inviteeId = meeting.inviteeUri.split('/').at(-1) ?? ''
  return {
    cancel_url: `https://calendly.com/cancellations/${inviteeId}`,
    ...cancellation,
    created_at: meeting.createdAt,
    email: meeting.inviteeEmail,
    event: meeting.uri,
    first_name: null,
    invitee_scheduled_by: null,
    last_name: null,
    name: meeting.inviteeName,
    new_invitee: meeting.newInvitee,
    no_show: null,
    old_invitee: meeting.oldInvitee,
    payment: null,
    questions_and_answers: [],
    reconfirmation: null,
    reschedule_url: `https://calendly.com/reschedulings/${inviteeId}`,
    rescheduled: meeting.rescheduled,
    routing_form_submission: null,
    scheduled_event: scheduledEvent(meeting, host, cancellation),
    scheduling_method: null,
    status: canceled === null ? 'active' : 'canceled',
    text_reminder_number: null,
    timezone: host.timezone,
    tracking: { utm_campaign: null, utm_source: null, utm_medium: null, utm_content: null, utm_term: null, salesforce_uuid: null },
    updated_at: meeting.updatedAt,
    uri: meeting.inviteeUri,
  }
}

function scheduledEvent(meeting: Meeting, host: User, cancellation: Record<string, unknown>): Record<string, unknown> {
  return {
    ...cancellation,
    created_at: meeting.createdAt,
    end_time: wireTime(meeting.endMs),
    event_guests: [],
    event_memberships: [{ user: host.uri, user_email: host.email, user_name: host.name }],
    event_type: 'https://api.calendly.com/event_types/AAAAAAAAAAAAAAAA',
    invitees_counter: { total: 1, active: meeting.canceled === null ? 1 : 0, limit: 1 },
    location: { location: null, type: 'custom' },
    meeting_notes_html: null,
    meeting_notes_plain: null,
    name: meeting.name,
    start_time: wireTime(meeting.startMs),
    status: meeting.canceled === null ? 'active' : 'canceled',
    updated_at: meeting.updatedAt,
    uri: meeting.uri,
  }
}
