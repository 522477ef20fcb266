// A delivery as Calendly sends it, for tests that mangle it as frameworks, functions, shells and databases do. Written by hand
// after captured ones: compact, envelope first, keys in Calendly's order, with text that every encoding treats differently.

import { createHmac } from 'node:crypto'
import type { CandidateKey } from '../../src/core/signature/verdict.ts'
import { Secret } from '../../src/core/secrets/secret.ts'

export const KEY_TEXT = '5mEzn9C-I28UtwOjZJtFoob0sAAFZ95GbZkqj4y3i0I'
export const SIGNED_AT = 1_795_200_000
export const GIVEN_KEY: CandidateKey = { key: new Secret(KEY_TEXT), source: 'given', account: null, webhookUri: null }

const DELIVERY = {
  created_at: '2026-11-20T10:00:00.000000Z',
  created_by: 'https://api.calendly.com/users/AAAA1111BBBB2222',
  event: 'invitee.created',
  payload: {
    cancel_url: 'https://calendly.com/cancellations/CCCC',
    created_at: '2026-11-20T09:59:58.123456Z',
    email: 'zoe+calendly@example.org',
    event: 'https://api.calendly.com/scheduled_events/DDDD',
    first_name: 'Zoë',
    invitee_scheduled_by: null,
    last_name: 'O’Brien-Łukasz',
    name: 'Zoë O’Brien-Łukasz',
    new_invitee: null,
    no_show: null,
    old_invitee: null,
    payment: null,
    questions_and_answers: [
      { answer: 'Line one\nLine two\tand 5 < 6 & "quotes"', position: 0, question: 'What / how much (€)?' },
      { answer: 'A back\\slash and 日本語 😀', position: 1, question: 'Anything else?' },
    ],
    reconfirmation: null,
    reschedule_url: 'https://calendly.com/reschedulings/CCCC',
    rescheduled: false,
    routing_form_submission: null,
    scheduled_event: {
      created_at: '2026-11-20T09:59:58.000000Z',
      end_time: '2026-11-21T10:30:00.000000Z',
      event_guests: [],
      event_memberships: [{ user: 'https://api.calendly.com/users/AAAA1111BBBB2222', user_email: 'host@example.org', user_name: 'Host' }],
      event_type: 'https://api.calendly.com/event_types/EEEE',
      invitees_counter: { total: 1, active: 1, limit: 1 },
      location: { location: 'Café “Zum Löwen”', type: 'physical' },
      name: '30 Minute Meeting',
      start_time: '2026-11-21T10:00:00.000000Z',
      status: 'active',
      updated_at: '2026-11-20T09:59:58.000000Z',
      uri: 'https://api.calendly.com/scheduled_events/DDDD',
    },
    scheduling_method: null,
    status: 'active',
    text_reminder_number: null,
    timezone: 'Europe/Berlin',
    tracking: {
      utm_campaign: null,
      utm_source: null,
      utm_medium: null,
      utm_content: null,
      utm_term: null,
      salesforce_uuid: null,
    },
    updated_at: '2026-11-20T09:59:58.123456Z',
    uri: 'https://api.calendly.com/scheduled_events/DDDD/invitees/CCCC',
  },
}

/** The raw body, to the byte. */
export const BODY_TEXT = JSON.stringify(DELIVERY)
export const RAW_BODY = Buffer.from(BODY_TEXT, 'utf8')
/** The same without a character beyond ASCII. */
export const ASCII_BODY_TEXT = JSON.stringify({ ...DELIVERY, payload: { email: 'a@example.org', name: 'Ada', status: 'active' } })

/** Independent of the code under test. */
export function sign(body: string | Uint8Array, key: string | Uint8Array = KEY_TEXT, t: number | string = SIGNED_AT): string {
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.`).update(body).digest('hex')}`
}

export const HEADER = sign(RAW_BODY)

/** As PostgreSQL's jsonb prints it: keys by length, a space after every colon and comma. */
export function jsonb(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonb).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${jsonb(member)}`).join(', ')}}`
}

/** Keys by the alphabet, as PHP's ksort and Python's sort_keys have them. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortedKeys(member)]),
  )
}

/** As a server frames what has no length, in chunks of `size` bytes. */
export function chunked(body: Buffer, size = 300): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
