// Changes a JSON answer as a fault script asks: a field of another kind, one that is missing, a value nobody has seen yet.
// Knows nothing of requests.
import { isRecord } from './request.ts'

/** A copy of `json` with the paths in `set` set, and those in `remove` left out. What a path does not lead to stays as it is. */
export function reshape(json: unknown, change: { set: Readonly<Record<string, unknown>>; remove: readonly string[] }): unknown {
  let shaped: unknown = structuredClone(json)
  for (const [path, value] of Object.entries(change.set)) shaped = at(shaped, path.split('.'), () => value)
  for (const path of change.remove) shaped = at(shaped, path.split('.'), () => undefined)
  return shaped
}

/** The value with what stands at a path replaced; `undefined` takes it out (JSON has no such value). An empty path is the whole. */
function at(value: unknown, path: readonly string[], replace: () => unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined || key === '') return replace()
  const inner = (known: unknown) => (rest.length === 0 ? replace() : at(known, rest, replace))
  if (Array.isArray(value)) {
    const mapped = value.map((item: unknown, index) => (key === '*' || key === String(index) ? inner(item) : item))
    return mapped.filter((item) => item !== undefined)
  }
  if (!isRecord(value) || (rest.length > 0 && !Object.hasOwn(value, key))) return value
  return { ...value, [key]: inner(value[key]) }
}
