// The one door between our spelling and the JSON contract's.

/**
 * The same value with every object key in snake_case. Keys without capitals pass unchanged, so that Calendly's
 * own documents go through untouched. Undefined members are dropped, as JSON does.
 */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [snakeCase(key), snakeKeys(member)]))
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
