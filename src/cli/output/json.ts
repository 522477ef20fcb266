// The one door between our spelling and the JSON contract's.

import { visibleJson } from '../../core/secrets/visible.ts'
import { isCommand, type Invocation, NO_INVOCATION } from '../../core/errors/advice.ts'

/**
 * The same value with every object key in snake_case. Keys without capitals pass unchanged, so that Calendly's
 * own documents go through untouched. Undefined members are dropped, as JSON does.
 */
export function snakeKeys(value: unknown, invocation: Invocation = NO_INVOCATION): unknown {
  if (Array.isArray(value)) return value.map((item) => snakeKeys(item, invocation))
  if (typeof value !== 'object' || value === null) return value
  if (isCommand(value)) return value.render(invocation)
  if ('toJSON' in value) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [snakeCase(key), snakeKeys(member, invocation)]))
}

/** As it is printed: nothing in it moves a cursor or turns writing around, and a reader of JSON gets the same value. */
export function jsonText(value: unknown, indent = 0): string {
  return visibleJson(JSON.stringify(value, null, indent))
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
