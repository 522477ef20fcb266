// `--set path=value`: one field of a sample changed. Must not know what a sample means.

import { CalreconnectError } from '../errors/errors.ts'

type Fields = Readonly<Record<string, unknown>>

/** Their fields stand at the top of a delivery; everything else is in its payload. */
const ENVELOPE: ReadonlySet<string> = new Set(['created_at', 'created_by', 'event', 'payload'])

/**
 * A copy of `delivery` with one field changed, or added. `payload.email=a@b`, or `email=a@b` for short; lists by number.
 * The value is JSON where it reads as JSON, else text. @throws USAGE
 */
export function withField(delivery: Fields, assignment: string): Fields {
  const equals = assignment.indexOf('=')
  const path = equals < 1 ? [] : assignment.slice(0, equals).split('.')
  if (path.length === 0 || path.some((name) => name === '' || name === '__proto__')) {
    throw new CalreconnectError('USAGE', `--set takes PATH=VALUE, not “${assignment}”`, {
      hint: '--set payload.email=zoe@example.com',
    })
  }
  const whole = ENVELOPE.has(path[0] ?? '') ? path : ['payload', ...path]
  return { ...delivery, ...set(delivery, whole, valueOf(assignment.slice(equals + 1))) }
}

function set(into: unknown, [name = '', ...rest]: readonly string[], value: unknown): Fields {
  const inner = fieldsOf(into)[name]
  if (rest.length === 0) return { ...fieldsOf(into), [name]: value }
  if (!Array.isArray(inner)) return { ...fieldsOf(into), [name]: set(inner, rest, value) }
  const [index = '', ...deeper] = rest
  if (!/^\d{1,4}$/.test(index) || Number(index) > inner.length) {
    throw new CalreconnectError('USAGE', `--set: ${name} is a list of ${inner.length}; ${index} is no place in it`)
  }
  const items: unknown[] = [...inner]
  items[Number(index)] = deeper.length === 0 ? value : set(items[Number(index)], deeper, value)
  return { ...fieldsOf(into), [name]: items }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Most values are plain text, for which nobody wants to write quotes.
    return text
  }
}
