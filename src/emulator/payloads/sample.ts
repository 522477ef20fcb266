// Payloads for events that nothing kept stands behind: contacts and meeting recaps always, the others where nothing was booked,
// filled in or made yet. Knows nothing of sending.
import { wireTime } from '../clock.ts'
import type { Meeting, User } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { defaultEventType, nextWholeMinute } from '../scheduling/event-types.ts'
import { sampleSubmission } from '../scheduling/routing-forms.ts'
import type { World } from '../world.ts'
import { wireEventType } from './event-type.ts'
import { inviteePayload } from './invitee.ts'
import { wireSubmission } from './routing-form.ts'

const ID = 'AAAAAAAAAAAAAAAA'
const DAY_MS = 86_400_000

/** The payload of an event, made up for a user. */
export function samplePayload(world: World, event: string, user: User): Record<string, unknown> {
  const now = wireTime(world.clock.nowMs())
  const [family, verb] = event.split('.')
  const deleted = verb === 'deleted'
  if (family === 'contact') return contact(user, now, deleted)
  if (family === 'meeting_recap') return recap(now, deleted)
  if (family === 'routing_form_submission') return wireSubmission(sampleSubmission(world, user, now))
  if (family === 'event_type') {
    const row = { ...defaultEventType(world.state, user), updatedAt: now }
    return wireEventType(world.state, deleted ? { ...row, active: false, deletedAt: now } : row)
  }
  return invitee(world, user, event, now)
}

function invitee(world: World, user: User, event: string, now: string): Record<string, unknown> {
  const startMs = nextWholeMinute(world.clock.nowMs() + DAY_MS)
  const type = defaultEventType(world.state, user)
  const meeting: Meeting = {
    uri: `${API_ORIGIN}/scheduled_events/${ID}`,
    inviteeUri: `${API_ORIGIN}/scheduled_events/${ID}/invitees/${ID}`,
    organization: user.currentOrganization,
    host: user.uri,
    eventType: type.uri,
    name: type.name,
    inviteeName: 'John Doe',
    inviteeEmail: 'test@example.com',
    startMs,
    endMs: startMs + type.durationMinutes * 60_000,
    createdAt: now,
    updatedAt: now,
    canceled: event === 'invitee.canceled' ? { at: now, reason: 'Something came up', by: 'John Doe', byType: 'invitee' } : null,
    rescheduled: false,
    oldInvitee: null,
    newInvitee: null,
  }
  const noShow = event === 'invitee_no_show.created' ? { created_at: now, uri: `${API_ORIGIN}/invitee_no_shows/${ID}` } : null
  return { ...inviteePayload(world.state, meeting), no_show: noShow }
}

/**
 * The shape of the record as published: a list of e-mail addresses, where it came from, its dates. How an item of the lists is
 * made up inside is not known.
 */
function contact(user: User, now: string, deleted: boolean): Record<string, unknown> {
  const uri = `${API_ORIGIN}/contacts/${ID}`
  const row = deleted
    ? { deleted_at: now, uri }
    : {
        company: null,
        created_at: now,
        creation_source: 'scheduling',
        custom_fields: [],
        emails: [{ email: 'test@example.com', primary: true }],
        job_title: null,
        name: 'John Doe',
        phone_numbers: [],
        timezone: user.timezone,
        updated_at: now,
        uri,
      }
  return { contact: row, user_uuid: user.uri.split('/').at(-1) }
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
      created_at: now,
      discussion_md: 'Terms and dates',
      share_link: `https://calendly.com/recaps/${ID}`,
      summary_md: 'We agreed',
      transcript: `${uri}/transcript`,
      updated_at: now,
      uri,
    },
  }
}
