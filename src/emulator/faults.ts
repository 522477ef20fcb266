// Scripted misbehaviour: which requests it hits and how often. What it does to a socket is the server's business.
import * as v from 'valibot'
import { parseInput } from './seed-schema.ts'

const delayMs = (meaning: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000), v.description(meaning))

/** What a fault does to a request that it hits. */
const ACTIONS = {
  drop_before: 'the socket closes; nothing was done',
  drop_after: 'it was done; the socket closes instead of an answer',
  rotate_and_lose: 'the same, for the token endpoint: the refresh token is spent for nothing',
  reset_before: 'a TCP reset; nothing was done',
  reset_after: 'it was done; a TCP reset instead of an answer',
  stall: 'no answer ever; nothing was done',
  stall_after: 'it was done; no answer ever',
  half_body: 'it was done; the answer breaks off in the middle',
  slow: 'done and answered, after delay_ms or delay_after_ms',
  status: 'not done; answered with status, body and headers',
  status_after: 'done, and then answered with status, body and headers',
  reshape: 'done; the JSON answer changed by set and remove',
} as const
type Action = keyof typeof ACTIONS

/** Every action with what it does, for help. */
export const FAULT_ACTIONS: readonly (readonly [action: string, does: string])[] = Object.entries(ACTIONS)

function isAction(value: string): value is Action {
  return Object.hasOwn(ACTIONS, value)
}

/** One fault of a script. */
export const FaultSchema = v.strictObject({
  method: v.optional(v.pipe(v.string(), v.toUpperCase(), v.description('which requests: a method, or *')), '*'),
  path: v.optional(v.pipe(v.string(), v.nonEmpty('must be filled'), v.description('which path; * stands for any run of characters')), '*'),
  query: v.optional(
    v.pipe(v.record(v.string(), v.string()), v.description('query parameters that must be there with this value; * as in path')),
    {},
  ),
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.description('so many matching requests pass first')), 0),
  times: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.description('how many are hit after that; null: all'))), 1),
  action: v.pipe(v.picklist(FAULT_ACTIONS.map(([action]) => action).filter(isAction), 'is not an action'), v.description('what happens')),
  delay_ms: v.optional(delayMs('before it is done'), 0),
  delay_after_ms: v.optional(delayMs('after it is done, before the answer'), 0),
  status: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599), v.description('the status of a spelled-out answer')),
    503,
  ),
  body: v.optional(
    v.pipe(v.unknown(), v.description('text is sent as HTML, anything else as JSON; without one the edge’s HTML page is sent')),
  ),
  headers: v.optional(v.pipe(v.record(v.pipe(v.string(), v.toLowerCase()), v.string()), v.description('on top of the usual ones')), {}),
  set: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.description('what to put where: keys joined by dots, * for every item: collection.*.state'),
    ),
    {},
  ),
  remove: v.optional(v.pipe(v.array(v.string()), v.description('which paths to leave out')), []),
})

export type Fault = v.InferOutput<typeof FaultSchema>

/** A fault script: a list of faults, or an object that has them under `faults`. */
export const FaultScriptSchema = v.union(
  [v.array(FaultSchema), v.strictObject({ faults: v.array(FaultSchema) })],
  'must be a list of faults, or an object with the key faults',
)

/** Parses a script. @throws BadInput */
export function parseFaults(input: unknown): Fault[] {
  const isList = Array.isArray(input)
  const isObject = typeof input === 'object' && input !== null && 'faults' in input
  // Parsed by the branch that is meant, so that the message tells the path inside it.
  if (isList) return parseInput('faults', v.array(FaultSchema), input)
  if (isObject) return parseInput('faults', v.strictObject({ faults: v.array(FaultSchema) }), input).faults
  const script = parseInput('faults', FaultScriptSchema, input)
  return Array.isArray(script) ? script : script.faults
}

/** The faults in force, each with the number of matching requests that it has seen. */
export class Faults {
  #active: { fault: Fault; seen: number; hits: number }[] = []

  add(faults: readonly Fault[]): void {
    this.#active.push(...faults.map((fault) => ({ fault, seen: 0, hits: 0 })))
  }

  clear(): void {
    this.#active = []
  }

  list(): (Fault & { seen: number; hits: number })[] {
    return this.#active.map(({ fault, seen, hits }) => ({ ...fault, seen, hits }))
  }

  /** The first fault that is due for this request. Every matching one counts it. */
  take(method: string, path: string, query: URLSearchParams): Fault | null {
    let due: Fault | null = null
    for (const entry of this.#active) {
      const { fault } = entry
      if (!matches(fault, method, path, query)) continue
      entry.seen += 1
      if (due !== null || entry.seen <= fault.after || (fault.times !== null && entry.hits >= fault.times)) continue
      entry.hits += 1
      due = fault
    }
    return due
  }
}

function matches(fault: Fault, method: string, path: string, query: URLSearchParams): boolean {
  if (fault.method !== '*' && fault.method !== method) return false
  if (!wildcard(fault.path, path)) return false
  return Object.entries(fault.query).every(([name, pattern]) => {
    const value = query.get(name)
    return value !== null && wildcard(pattern, value)
  })
}

/** `*` matches any run of characters. Done without a regular expression, so that no pattern can be slow. */
function wildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return text === pattern
  const last = rest.pop() ?? ''
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let from = first.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return from <= text.length - last.length
}
