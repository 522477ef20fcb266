// What `-f key=value` makes of a request: a query, or the members of a JSON body. Knows no resource.

import { CalreconnectError } from '../errors/errors.ts'

type Fields = Readonly<Record<string, string | readonly string[]>>

/** `key[]=a` adds to a list. @throws USAGE for what has no key */
export function parseFields(given: readonly string[]): Fields {
  const fields = new Map<string, string | readonly string[]>()
  for (const text of given) {
    const at = text.indexOf('=')
    if (at < 1) throw new CalreconnectError('USAGE', `-f takes key=value, not “${text}”`)
    const [key, value] = [text.slice(0, at), text.slice(at + 1)]
    if (!key.endsWith('[]')) {
      fields.set(key, value)
      continue
    }
    const before = fields.get(key.slice(0, -2))
    fields.set(key.slice(0, -2), [...(Array.isArray(before) ? before : []), value])
  }
  return Object.fromEntries(fields)
}

/** As Calendly reads lists in a query: with commas. */
export function asQuery(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? value : value.join(',')]))
}
