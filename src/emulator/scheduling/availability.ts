// When a user can be booked: Monday to Friday, nine to five of their own clock, less what is booked. Knows nothing of requests.
import type { EventType, User } from '../entities.ts'
import type { State } from '../state.ts'

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const
const FROM_HOUR = 9
const TO_HOUR = 17
const STEP_MS = 30 * 60_000

/** The rules of the one schedule that everybody has. */
export function workingHours(): { type: 'wday'; wday: (typeof DAYS)[number]; intervals: { from: string; to: string }[] }[] {
  return DAYS.map((wday) => ({
    type: 'wday',
    wday,
    intervals: isWorkday(wday) ? [{ from: `0${FROM_HOUR}:00`, to: `${TO_HOUR}:00` }] : [],
  }))
}

/** Starts of free slots on every half hour within a range, in epoch milliseconds. */
export function freeStarts(state: State, user: User, type: EventType, startMs: number, endMs: number): number[] {
  const lengthMs = type.durationMinutes * 60_000
  const booked = [...state.meetings.values()].filter((row) => row.host === user.uri && row.canceled === null)
  const zone = new Intl.DateTimeFormat('en-US', {
    timeZone: user.timezone,
    weekday: 'long',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  })
  const starts: number[] = []
  for (let ms = Math.ceil(startMs / STEP_MS) * STEP_MS; ms < endMs; ms += STEP_MS) {
    const { weekday, minutes } = onTheClock(zone, ms)
    const fits = isWorkday(weekday) && minutes >= FROM_HOUR * 60 && minutes + type.durationMinutes <= TO_HOUR * 60
    if (fits && !booked.some((row) => row.startMs < ms + lengthMs && row.endMs > ms)) starts.push(ms)
  }
  return starts
}

function isWorkday(weekday: string): boolean {
  return weekday !== 'saturday' && weekday !== 'sunday'
}

function onTheClock(zone: Intl.DateTimeFormat, ms: number): { weekday: string; minutes: number } {
  const parts = new Map(zone.formatToParts(ms).map(({ type, value }) => [type, value]))
  return {
    weekday: (parts.get('weekday') ?? '').toLowerCase(),
    minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}
