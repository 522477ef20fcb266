// The part of a seed that is about scheduling: event types, routing forms, meetings, invitations. Knows nothing of HTTP or files.
import { wireTime, type EmulatorClock } from './clock.ts'
import { API_ORIGIN, findOrganization, findUser, firstOf } from './lookup.ts'
import { uuid, type RandomSource } from './random-ids.ts'
import { addEventType, firstEventType } from './scheduling/event-types.ts'
import { addMeeting } from './scheduling/meetings.ts'
import { firstRoutingForm } from './scheduling/routing-forms.ts'
import { BadInput, type Seed } from './seed-schema.ts'
import type { State } from './state.ts'

interface Maker {
  readonly state: State
  readonly clock: EmulatorClock
  readonly random: RandomSource
}

/** Gives every user an event type and every organization a routing form, then adds what the seed names. @throws BadInput */
export function plantScheduling(maker: Maker, seed: Seed): void {
  const { state } = maker
  for (const user of state.users.values()) addMissing(state.eventTypes, firstEventType(user))
  for (const organization of state.organizations.values()) addMissing(state.routingForms, firstRoutingForm(organization))
  seed.event_types.forEach(({ id, owner, duration, ...row }, index) => {
    const user = owner === undefined ? firstOf(state.users) : findUser(state, owner, `event_types.${index}.owner`)
    addEventType(maker, user, { ...row, durationMinutes: duration }, id)
  })
  seed.routing_forms.forEach(({ name, organization, status }, index) => {
    const of = organizationOf(state, organization, `routing_forms.${index}.organization`)
    const form = { ...firstRoutingForm(of, name), status }
    state.routingForms.set(form.uri, form)
  })
  seed.meetings.forEach((row, index) => plantMeeting(maker, row, `meetings.${index}`))
  seed.invitations.forEach(({ email, organization, status }, index) => {
    const of = organizationOf(state, organization, `invitations.${index}.organization`)
    const now = wireTime(maker.clock.nowMs())
    const uri = `${of.uri}/invitations/${uuid(maker.random)}`
    state.invitations.set(uri, {
      uri,
      organization: of.uri,
      email,
      status,
      user: status === 'accepted' ? findUser(state, email, `invitations.${index}.email`).uri : null,
      createdAt: now,
      updatedAt: now,
      lastSentAt: now,
    })
  })
}

function addMissing<T extends { uri: string }>(rows: Map<string, T>, row: T): void {
  if (!rows.has(row.uri)) rows.set(row.uri, row)
}

function organizationOf(state: State, reference: string | undefined, path: string) {
  return reference === undefined ? firstOf(state.organizations) : findOrganization(state, reference, path)
}

function plantMeeting(maker: Maker, row: Seed['meetings'][number], path: string): void {
  const { state } = maker
  const host = row.host === undefined ? firstOf(state.users) : findUser(state, row.host, `${path}.host`)
  const eventType = row.event_type === undefined ? undefined : eventTypeUri(row.event_type)
  if (eventType !== undefined && !state.eventTypes.has(eventType))
    throw new BadInput('seed', `${path}.event_type`, `names none: ${row.event_type ?? ''}`)
  for (let n = 1; n <= row.count; n++) {
    const fill = (text: string | undefined) => text?.replaceAll('{n}', String(n))
    const meeting = addMeeting(maker, host, {
      eventType,
      name: fill(row.name),
      inviteeName: fill(row.invitee_name),
      inviteeEmail: fill(row.invitee_email),
      startsInMs: row.starts_in_ms + (n - 1) * 3_600_000,
    })
    if (row.canceled) meeting.canceled = { at: meeting.createdAt, reason: '', by: meeting.inviteeName, byType: 'invitee' }
  }
}

function eventTypeUri(id: string): string {
  return id.startsWith('https://') ? id : `${API_ORIGIN}/event_types/${id}`
}
