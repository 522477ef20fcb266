// An event type, as `GET /event_types` lists it and `event_type.*` deliveries carry it: the whole of it in both.
// Knows nothing of sending.
import type { EventType } from '../entities.ts'
import type { State } from '../state.ts'

/** Every field of the published schema of 2026-10, keys in alphabetical order. */
export function wireEventType(state: State, row: EventType): Record<string, unknown> {
  const owner = state.users.get(row.owner)
  return {
    active: row.active,
    admin_managed: false,
    booking_method: 'instant',
    color: '#8247f5',
    created_at: row.createdAt,
    custom_questions: [
      {
        answer_choices: [],
        enabled: true,
        include_other: false,
        name: 'Please share anything that will help prepare for our meeting.',
        position: 0,
        required: false,
        type: 'text',
      },
    ],
    deleted_at: row.deletedAt,
    description_html: null,
    description_plain: null,
    duration: row.durationMinutes,
    duration_options: null,
    internal_note: null,
    is_paid: false,
    kind: 'solo',
    kind_description: 'One-on-One',
    locale: 'en',
    locations: null,
    name: row.name,
    pooling_type: null,
    position: 0,
    profile: { name: owner?.name ?? '', owner: row.owner, type: 'User' },
    scheduling_url: schedulingUrl(state, row),
    secret: row.secret,
    slug: row.slug,
    type: 'StandardEventType',
    updated_at: row.updatedAt,
    uri: row.uri,
  }
}

/** Where an invitee would book it. */
export function schedulingUrl(state: State, row: EventType): string {
  return `https://calendly.com/${state.users.get(row.owner)?.slug ?? 'someone'}/${row.slug}`
}
