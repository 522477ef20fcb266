// What can be booked with whom, and what happens to it. Every user has one event type without being asked.
import { wireTime } from '../clock.ts'
import type { Delivery, EventType, User } from '../entities.ts'
import { API_ORIGIN, findUser, firstOf } from '../lookup.ts'
import { wireEventType } from '../payloads/event-type.ts'
import { derivedId, uuid } from '../random-ids.ts'
import { BadInput } from '../seed-schema.ts'
import type { State } from '../state.ts'
import type { World } from '../world.ts'

const MINUTE_MS = 60_000

/** Meetings begin on whole minutes. */
export function nextWholeMinute(ms: number): number {
  return Math.ceil(ms / MINUTE_MS) * MINUTE_MS
}

/** The one that a user has had from the start; its id follows from the user's. */
export function firstEventType(user: User): EventType {
  return {
    uri: `${API_ORIGIN}/event_types/${derivedId('event type', user.uri)}`,
    owner: user.uri,
    organization: user.currentOrganization,
    name: '30 Minute Meeting',
    slug: '30min',
    durationMinutes: 30,
    active: true,
    secret: false,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    deletedAt: null,
  }
}

/** What is booked with a user when nothing is said: their first active event type. */
export function defaultEventType(state: State, user: User): EventType {
  for (const row of state.eventTypes.values()) if (row.owner === user.uri && row.active && row.deletedAt === null) return row
  return firstEventType(user)
}

/** What may be said about one; everything has a default. */
export interface EventTypeFields {
  readonly name?: string | undefined
  readonly slug?: string | undefined
  readonly durationMinutes?: number | undefined
  readonly active?: boolean | undefined
  readonly secret?: boolean | undefined
}

/** Makes one without telling anybody. @param id instead of a drawn one */
export function addEventType(
  world: Pick<World, 'state' | 'clock' | 'random'>,
  owner: User,
  fields: EventTypeFields,
  id?: string,
): EventType {
  const now = wireTime(world.clock.nowMs())
  const name = fields.name ?? 'Meeting'
  const row: EventType = {
    uri: id?.startsWith('https://') === true ? id : `${API_ORIGIN}/event_types/${id ?? uuid(world.random)}`,
    owner: owner.uri,
    organization: owner.currentOrganization,
    name,
    slug: fields.slug ?? name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    durationMinutes: fields.durationMinutes ?? 30,
    active: fields.active ?? true,
    secret: fields.secret ?? false,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  }
  world.state.eventTypes.set(row.uri, row)
  world.state.touch()
  return row
}

/** Makes one and tells subscriptions. @throws BadInput */
export function createEventType(world: World, user: string | undefined, fields: EventTypeFields): Told<EventType> {
  const owner = user === undefined ? firstOf(world.state.users) : findUser(world.state, user)
  const row = addEventType(world, owner, fields)
  return { row, deliveries: tell(world, 'event_type.created', row, owner) }
}

/** Changes one, or deletes it, and tells subscriptions. @throws BadInput for an unknown or deleted one */
export function changeEventType(world: World, uri: string, change: EventTypeFields | 'delete'): Told<EventType> {
  const row = world.state.eventTypes.get(uri)
  if (row === undefined || row.deletedAt !== null) throw new BadInput('event type', 'uri', `names none: ${uri}`)
  const now = wireTime(world.clock.nowMs())
  const given = change === 'delete' ? { active: false, deletedAt: now } : Object.fromEntries(Object.entries(change).filter(isGiven))
  Object.assign(row, given, { updatedAt: now })
  world.state.touch()
  const owner = findUser(world.state, row.owner)
  return { row, deliveries: tell(world, change === 'delete' ? 'event_type.deleted' : 'event_type.updated', row, owner) }
}

/** What was made or changed, and the deliveries that tell of it. */
export interface Told<T> {
  readonly row: T
  readonly deliveries: readonly Delivery[]
}

function isGiven([, value]: readonly [string, unknown]): boolean {
  return value !== undefined
}

function tell(world: World, event: string, row: EventType, host: User): Delivery[] {
  return world.announce({ event, organization: row.organization, host, payload: wireEventType(world.state, row) })
}
