// Payloads of deliveries for events that no booked meeting stands behind. Keys in Calendly's order. Knows nothing of sending.
import type { Meeting, User } from './entities.ts'
import { wireTime } from './clock.ts'
import { meetingPayload } from './meeting-payload.ts'
import { API_ORIGIN } from './lookup.ts'
import type { World } from './world.ts'

const ID = 'AAAAAAAAAAAAAAAA'
const DAY_MS = 86_400_000

/** The payload of an event, made up for a user. */
export function samplePayload(world: World, event: string, user: User): Record<string, unknown> {
  const now = wireTime(world.clock.nowMs())
  const [family, verb] = event.split('.')
  if (family === 'invitee' || family === 'invitee_no_show') return samplePayloadOfInvitee(world, user, event, now)
  if (family === 'routing_form_submission') return routingFormSubmission(now)
  const deleted = verb === 'deleted'
  if (family === 'contact') return contact(user, now, deleted)
  if (family === 'event_type') return eventType(user, now, deleted)
  return recap(now, deleted)
}

function samplePayloadOfInvitee(world: World, user: User, event: string, now: string): Record<string, unknown> {
  const startMs = world.clock.nowMs() + DAY_MS
  const meeting: Meeting = {
    uri: `${API_ORIGIN}/scheduled_events/${ID}`,
    inviteeUri: `${API_ORIGIN}/scheduled_events/${ID}/invitees/${ID}`,
    organization: user.currentOrganization,
    host: user.uri,
    name: '30 Minute Meeting',
    inviteeName: 'John Doe',
    inviteeEmail: 'test@example.com',
    startMs,
    endMs: startMs + 1_800_000,
    createdAt: now,
    updatedAt: now,
    canceled: event === 'invitee.canceled' ? { at: now, reason: 'Something came up', by: 'John Doe', byType: 'invitee' } : null,
    rescheduled: false,
    oldInvitee: null,
    newInvitee: null,
  }
  const noShow = event === 'invitee_no_show.created' ? { created_at: now, uri: `${API_ORIGIN}/invitee_no_shows/${ID}` } : null
  return { ...meetingPayload(meeting, user), no_show: noShow }
}

function routingFormSubmission(now: string): Record<string, unknown> {
  return {
    created_at: now,
    questions_and_answers: [
      { question_uuid: '123e4567-e89b-12d3-a456-426614174000', question: 'What is your industry?', answer: 'IT & Software' },
    ],
    result: { type: 'event_type', value: `${API_ORIGIN}/event_types/${ID}` },
    routing_form: `${API_ORIGIN}/routing_forms/${ID}`,
    submitter: `${API_ORIGIN}/scheduled_events/${ID}/invitees/${ID}`,
    submitter_type: 'Invitee',
    tracking: { utm_campaign: null, utm_source: null, utm_medium: null, utm_content: null, utm_term: null, salesforce_uuid: null },
    updated_at: now,
    uri: `${API_ORIGIN}/routing_form_submissions/${ID}`,
  }
}

function contact(user: User, now: string, deleted: boolean): Record<string, unknown> {
  const uri = `${API_ORIGIN}/contacts/${ID}`
  const row = deleted ? { deleted_at: now, uri } : { created_at: now, email: 'test@example.com', name: 'John Doe', updated_at: now, uri }
  return { contact: row, user_uuid: user.uri.split('/').at(-1) }
}

function eventType(user: User, now: string, deleted: boolean): Record<string, unknown> {
  return {
    active: !deleted,
    created_at: now,
    deleted_at: deleted ? now : null,
    duration: 30,
    kind: 'solo',
    name: '30 Minute Meeting',
    profile: { name: user.name, owner: user.uri, type: 'User' },
    scheduling_url: `https://calendly.com/${user.slug}/30min`,
    slug: '30min',
    updated_at: now,
    uri: `${API_ORIGIN}/event_types/${ID}`,
  }
}

function recap(now: string, deleted: boolean): Record<string, unknown> {
  const event = { uri: `${API_ORIGIN}/scheduled_events/${ID}` }
  const uri = `${API_ORIGIN}/meeting_recaps/${ID}`
  if (deleted) return { event, recap: { deleted_at: now, uri } }
  return {
    created_at: now,
    event: { ...event, name: '30 Minute Meeting' },
    recap: {
      action_items_md: '- Send the contract',
      discussion_md: 'Terms and dates',
      share_link: `https://calendly.com/recaps/${ID}`,
      summary_md: 'We agreed',
      transcript: null,
      uri,
    },
  }
}
