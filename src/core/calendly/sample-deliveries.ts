// A delivery of each kind, made up, for trying a receiver without an account. In the order of keys and with the fields that captured
// deliveries and Calendly's published schema have. Must not hold anybody's data.

const API = 'https://api.calendly.com'
const USER = `${API}/users/AAAAAAAAAAAAAAAA`
const MEETING = `${API}/scheduled_events/BBBBBBBBBBBBBBBB`
const INVITEE = `${MEETING}/invitees/CCCCCCCCCCCCCCCC`
const DAY_MS = 86_400_000
const HALF_HOUR_MS = 1_800_000

type Payload = Readonly<Record<string, unknown>>

/** The body of a delivery as an object; null for an event that nobody knows. @param nowMs epoch milliseconds */
export function sampleDelivery(event: string, nowMs: number): Payload | null {
  const payload = payloadOf(event, nowMs)
  return payload === null ? null : { created_at: wireTime(Math.floor(nowMs / 1000) * 1000), created_by: USER, event, payload }
}

function payloadOf(event: string, nowMs: number): Payload | null {
  const now = wireTime(nowMs)
  switch (event) {
    case 'invitee.created':
      return invitee(nowMs, {})
    case 'invitee.canceled':
      return invitee(nowMs, {
        cancellation: { canceled_by: 'John Doe', canceler_type: 'invitee', created_at: now, reason: 'Something came up' },
      })
    case 'invitee_no_show.created':
      return invitee(nowMs, { noShow: { created_at: now, uri: `${API}/invitee_no_shows/DDDDDDDDDDDDDDDD` } })
    case 'invitee_no_show.deleted':
      return invitee(nowMs, {})
    case 'event_type.created':
    case 'event_type.updated':
      return eventType(now, null)
    case 'event_type.deleted':
      return eventType(now, now)
    case 'contact.created':
    case 'contact.updated':
      return { contact: contact(now), user_uuid: 'AAAAAAAAAAAAAAAA' }
    case 'contact.deleted':
      return { contact: { deleted_at: now, uri: `${API}/contacts/EEEEEEEEEEEEEEEE` }, user_uuid: 'AAAAAAAAAAAAAAAA' }
    case 'routing_form_submission.created':
      return routingFormSubmission(now)
    case 'meeting_recap.created':
    case 'meeting_recap.updated':
      return recap(nowMs)
    case 'meeting_recap.deleted':
      return { event: { uri: MEETING }, recap: { deleted_at: now, uri: `${API}/meeting_recaps/FFFFFFFFFFFFFFFF` } }
    default:
      return null
  }
}

function invitee(nowMs: number, what: { readonly cancellation?: Payload; readonly noShow?: Payload }): Payload {
  const now = wireTime(nowMs)
  const { cancellation, noShow } = what
  const canceled = cancellation === undefined ? {} : { cancellation }
  const status = cancellation === undefined ? 'active' : 'canceled'
  return {
    cancel_url: 'https://calendly.com/cancellations/CCCCCCCCCCCCCCCC',
    ...canceled,
    created_at: now,
    email: 'john.doe@example.com',
    event: MEETING,
    first_name: null,
    invitee_scheduled_by: null,
    last_name: null,
    name: 'John Doe',
    new_invitee: null,
    no_show: noShow ?? null,
    old_invitee: null,
    payment: null,
    questions_and_answers: [{ answer: 'This is a test', position: 0, question: 'What should we prepare?' }],
    reconfirmation: null,
    reschedule_url: 'https://calendly.com/reschedulings/CCCCCCCCCCCCCCCC',
    rescheduled: false,
    routing_form_submission: null,
    scheduled_event: { ...canceled, ...scheduledEvent(nowMs), status },
    scheduling_method: null,
    status,
    text_reminder_number: null,
    timezone: 'Europe/Berlin',
    tracking: TRACKING,
    updated_at: now,
    uri: INVITEE,
  }
}

const TRACKING = {
  utm_campaign: null,
  utm_source: null,
  utm_medium: null,
  utm_content: null,
  utm_term: null,
  salesforce_uuid: null,
}

/** Meetings begin on whole minutes. */
function scheduledEvent(nowMs: number): Payload {
  const now = wireTime(nowMs)
  const startMs = Math.floor((nowMs + DAY_MS) / HALF_HOUR_MS) * HALF_HOUR_MS
  return {
    created_at: now,
    end_time: wireTime(startMs + HALF_HOUR_MS),
    event_guests: [],
    event_memberships: [{ user: USER, user_email: 'host@example.com', user_name: 'Sample Host' }],
    event_type: `${API}/event_types/GGGGGGGGGGGGGGGG`,
    invitees_counter: { total: 1, active: 1, limit: 1 },
    location: { location: null, type: 'custom' },
    meeting_notes_html: '',
    meeting_notes_plain: null,
    name: '30 Minute Meeting',
    start_time: wireTime(startMs),
    status: 'active',
    updated_at: now,
    uri: MEETING,
  }
}

function eventType(now: string, deletedAt: string | null): Payload {
  return {
    active: deletedAt === null,
    admin_managed: false,
    booking_method: 'instant',
    color: '#8247f5',
    created_at: now,
    custom_questions: [],
    deleted_at: deletedAt,
    description_html: null,
    description_plain: null,
    duration: 30,
    duration_options: null,
    internal_note: null,
    is_paid: false,
    kind: 'solo',
    kind_description: 'One-on-One',
    locale: 'en',
    locations: [{ kind: 'custom', location: 'To be agreed' }],
    name: '30 Minute Meeting',
    pooling_type: null,
    position: 0,
    profile: { name: 'Sample Host', owner: USER, type: 'User' },
    scheduling_url: 'https://calendly.com/sample-host/30min',
    secret: false,
    slug: '30min',
    type: 'StandardEventType',
    updated_at: now,
    uri: `${API}/event_types/GGGGGGGGGGGGGGGG`,
  }
}

function contact(now: string): Payload {
  return {
    created_at: now,
    creation_source: 'manual',
    emails: ['john.doe@example.com'],
    name: 'John Doe',
    updated_at: now,
    uri: `${API}/contacts/EEEEEEEEEEEEEEEE`,
  }
}

function routingFormSubmission(now: string): Payload {
  return {
    created_at: now,
    questions_and_answers: [
      { question_uuid: '123e4567-e89b-12d3-a456-426614174000', question: 'What is your industry?', answer: 'IT & Software' },
    ],
    result: { type: 'event_type', value: `${API}/event_types/GGGGGGGGGGGGGGGG` },
    routing_form: `${API}/routing_forms/HHHHHHHHHHHHHHHH`,
    submitter: INVITEE,
    submitter_type: 'Invitee',
    tracking: TRACKING,
    updated_at: now,
    uri: `${API}/routing_form_submissions/IIIIIIIIIIIIIIII`,
  }
}

function recap(nowMs: number): Payload {
  return {
    created_at: wireTime(nowMs),
    event: scheduledEvent(nowMs),
    recap: {
      action_items_md: '- Send the contract',
      discussion_md: 'Terms and dates',
      share_link: 'https://calendly.com/recaps/FFFFFFFFFFFFFFFF',
      summary_md: 'We agreed',
      transcript: `${API}/meeting_recaps/FFFFFFFFFFFFFFFF/transcript`,
      uri: `${API}/meeting_recaps/FFFFFFFFFFFFFFFF`,
    },
  }
}

/** As Calendly writes it: UTC with six decimals. */
function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}
