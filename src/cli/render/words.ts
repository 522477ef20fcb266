// Numbers, times and lists as people say them.

import stringWidth from 'fast-string-width'

const SECOND_MS = 1000
const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['year', 365 * 86_400 * SECOND_MS],
  ['month', 30 * 86_400 * SECOND_MS],
  ['day', 86_400 * SECOND_MS],
  ['hour', 3600 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
]

/** `3 subscriptions`, `1 subscription`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`
}

/** `about 2 hours`, `less than a minute`. */
export function duration(ms: number): string {
  for (const [name, unitMs] of UNITS) {
    if (ms >= unitMs) return count(Math.floor(ms / unitMs), name)
  }
  return ms >= SECOND_MS ? count(Math.floor(ms / SECOND_MS), 'second') : 'less than a second'
}

/** `3 days ago`, `in 2 hours`, `just now`. */
export function relativeTime(iso: string, nowMs: number): string {
  const differenceMs = nowMs - Date.parse(iso)
  if (Number.isNaN(differenceMs)) return iso
  if (Math.abs(differenceMs) < 60 * SECOND_MS) return 'just now'
  return differenceMs > 0 ? `${duration(differenceMs)} ago` : `in ${duration(-differenceMs)}`
}

/** `a, b and c`. */
export function listOf(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** How much of each id is shown: eight characters, and more where two of them begin alike. */
export function shortId(ids: readonly string[]): (id: string) => string {
  const longest = Math.max(ID_SHOWN, ...ids.map((id) => id.length))
  const different = new Set(ids).size
  let length = ID_SHOWN
  while (length < longest && new Set(ids.map((id) => id.slice(0, length))).size < different) length += 1
  return (id) => id.slice(0, length)
}

const ID_SHOWN = 8

/** `invitee.created, invitee.canceled` as `invitee.{created,canceled}`. */
export function eventFamilies(events: readonly string[]): string {
  const families = new Map<string, string[]>()
  for (const event of events) {
    const dot = event.indexOf('.')
    const family = dot === -1 ? event : event.slice(0, dot)
    families.set(family, [...(families.get(family) ?? []), dot === -1 ? '' : event.slice(dot + 1)])
  }
  return [...families].map(([family, ends]) => familyText(family, ends)).join(', ')
}

function familyText(family: string, ends: readonly string[]): string {
  const [only = ''] = ends
  if (ends.length > 1) return `${family}.{${ends.join(',')}}`
  return only === '' ? family : `${family}.${only}`
}

/** The last segment of a Calendly URI. */
export function idOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1)
}

const WRAP_MIN = 40
/** At spaces; a word longer than the width stays whole, so that a URL can be copied. */
export function wrap(text: string, width: number): string[] {
  const limit = Math.max(width, WRAP_MIN)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && stringWidth(line) + 1 + stringWidth(word) <= limit) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
