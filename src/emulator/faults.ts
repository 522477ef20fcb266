// Scripted misbehaviour: which requests it hits and how often. What it does to a socket is the server's business.
import * as v from 'valibot'
import { parseInput } from './seed-schema.ts'

const delayMs = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000)), 0)

const FAULT_ACTIONS = [
  'drop_before',
  'drop_after',
  'rotate_and_lose',
  'reset_before',
  'reset_after',
  'stall',
  'stall_after',
  'half_body',
  'slow',
  'status',
  'status_after',
  'reshape',
] as const

/** One fault of a script. */
const FaultSchema = v.strictObject({
  /** Which requests: a method, or `*`. */
  method: v.optional(v.pipe(v.string(), v.toUpperCase()), '*'),
  /** Which path; `*` stands for any run of characters. */
  path: v.optional(v.pipe(v.string(), v.nonEmpty('must be filled')), '*'),
  /** Query parameters that must be there with this value (`*` as in path). */
  query: v.optional(v.record(v.string(), v.string()), {}),
  /** So many matching requests pass first. */
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  /** How many are hit after that; null: all. */
  times: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))), 1),
  /**
   * `drop_before`: the socket closes, nothing was done. `drop_after` and `rotate_and_lose`: it was done, the answer is lost.
   * `reset_before`, `reset_after`: the same with a TCP reset. `stall`: no answer, nothing done. `stall_after`: done, no answer.
   * `half_body`: done, the answer breaks off in the middle. `slow`: done and answered after the delay.
   * `status`: not done, answered with `status` and `body`. `status_after`: done, and then answered so.
   * `reshape`: done, and the JSON answer changed by `set` and `remove`.
   */
  action: v.picklist(FAULT_ACTIONS, 'is not an action'),
  /** Before it is done. */
  delay_ms: delayMs,
  /** After it is done, before the answer. */
  delay_after_ms: delayMs,
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 503),
  /** Text is sent as HTML, anything else as JSON; without a body the edge's HTML page is sent. */
  body: v.optional(v.unknown()),
  headers: v.optional(v.record(v.pipe(v.string(), v.toLowerCase()), v.string()), {}),
  /** For `reshape`: what to put where. A path is keys joined by dots; `*` is every item of a list: `collection.*.state`. */
  set: v.optional(v.record(v.string(), v.unknown()), {}),
  /** For `reshape`: which paths to leave out. */
  remove: v.optional(v.array(v.string()), []),
})

export type Fault = v.InferOutput<typeof FaultSchema>

/** A fault script: a list of faults, or an object that has them under `faults`. */
const FaultScriptSchema = v.union(
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
