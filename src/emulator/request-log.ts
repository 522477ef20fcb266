// What was asked of the emulator, for tests to count and compare. Keeps no authorization header.
import { contentType, formFields, jsonBody, type EmulatorRequest } from './request.ts'

const ENTRIES_MAX = 10_000

/** One request as `GET /_emulator/requests` shows it; `status` is null while, or if, no answer was given. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string | string[]>
  readonly headers: Record<string, string>
  readonly body: unknown
  status: number | null
  readonly at: string
}

/** The latest 10,000 requests, oldest first. */
export class RequestLog {
  #entries: SeenRequest[] = []

  add(request: EmulatorRequest, atMs: number): SeenRequest {
    const headers = { ...request.headers }
    if (headers['authorization'] !== undefined) headers['authorization'] = '[redacted]'
    const entry: SeenRequest = {
      method: request.method,
      path: request.path,
      query: queryObject(request.query),
      headers,
      body: readableBody(request),
      status: null,
      at: new Date(atMs).toISOString(),
    }
    this.#entries.push(entry)
    // Cut in one go now and then: shifting an array of this size for each request would cost more.
    if (this.#entries.length > ENTRIES_MAX * 1.1) this.#entries = this.#entries.slice(-ENTRIES_MAX)
    return entry
  }

  list(): readonly SeenRequest[] {
    return this.#entries.slice(-ENTRIES_MAX)
  }

  clear(): void {
    this.#entries = []
  }
}

function queryObject(query: URLSearchParams): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    object[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return object
}

function readableBody(request: EmulatorRequest): unknown {
  if (request.body.length === 0) return null
  const type = contentType(request)
  const fields = type === 'application/x-www-form-urlencoded' ? formFields(request) : null
  if (fields !== null) return Object.fromEntries(fields)
  const json = type === 'application/json' ? jsonBody(request) : undefined
  return json === undefined ? request.body.toString('utf8') : json
}
