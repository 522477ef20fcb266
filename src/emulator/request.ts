// A request as the routes see it: read once, limited in size, parsed but not yet believed. Knows nothing of routes.
import type { IncomingMessage } from 'node:http'
import { edgeRefusal } from './refusals.ts'

const BODY_BYTES_MAX = 1_048_576

export interface EmulatorRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Reads a request to its end. @throws Refusal 400 for a target that is no path, 413 for a body above 1 MiB */
export async function readRequest(message: IncomingMessage): Promise<EmulatorRequest> {
  const target = message.url ?? '/'
  if (!target.startsWith('/') || !URL.canParse(`http://emulator${target}`)) throw edgeRefusal(400, 'Bad Request')
  const url = new URL(`http://emulator${target}`)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  if (size > BODY_BYTES_MAX) throw edgeRefusal(413, 'Payload Too Large')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) if (value !== undefined) headers[name] = String(value)
  return { method: message.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks) }
}

/** The media type without its parameters, lower case; empty if none. */
export function contentType(request: EmulatorRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
}

/** The body as JSON; undefined if it is not. */
export function jsonBody(request: EmulatorRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * The body's fields, from a form or a JSON object of strings (both are seen to work at Calendly); null for anything else.
 * A field that is given twice counts as malformed (RFC 6749 section 3.2).
 */
export function formFields(request: EmulatorRequest): Map<string, string> | null {
  const fields = new Map<string, string>()
  if (contentType(request) === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new URLSearchParams(request.body.toString('utf8'))) {
      if (fields.has(name)) return null
      fields.set(name, value)
    }
    return fields
  }
  const json = contentType(request) === 'application/json' ? jsonBody(request) : null
  if (!isRecord(json)) return null
  for (const [name, value] of Object.entries(json)) {
    if (typeof value !== 'string') return null
    fields.set(name, value)
  }
  return fields
}

/** A JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
