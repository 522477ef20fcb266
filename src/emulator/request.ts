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
  /** Turns an identifier that the client was given into the one that is kept. */
  readonly identifier: (text: string) => string
}

/** Reads a request to its end. @throws Refusal 400 for a target that is no path, 413 for a body above 1 MiB */
export async function readRequest(message: IncomingMessage, identifier: (text: string) => string): Promise<EmulatorRequest> {
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
  const query = new URLSearchParams([...url.searchParams].map(([name, value]): [string, string] => [name, identifier(value)]))
  return { method: message.method ?? 'GET', path: url.pathname, query, headers, body: Buffer.concat(chunks), identifier }
}

/** The media type without its parameters, lower case; empty if none. */
export function contentType(request: EmulatorRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
}

/** The body as JSON; undefined if it is not. */
export function jsonBody(request: EmulatorRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'), (_key, value: unknown) =>
      typeof value === 'string' ? request.identifier(value) : value,
    )
  } catch {
    return undefined
  }
}

/** The fields of a urlencoded body in their order, repeated ones too. */
export function formPairs(request: EmulatorRequest): [name: string, value: string][] {
  return [...new URLSearchParams(request.body.toString('utf8'))].map(([name, value]) => [name, request.identifier(value)])
}

/**
 * The body's fields, from a form or a JSON object of strings (both are seen to work at Calendly), or from multipart where the
 * switch accepts that; null for anything else. A field that is given twice counts as malformed (RFC 6749 section 3.2).
 */
export function formFields(request: EmulatorRequest, acceptMultipart = false): Map<string, string> | null {
  const type = contentType(request)
  if (type === 'application/x-www-form-urlencoded') return onceEach(formPairs(request))
  if (type === 'multipart/form-data') return acceptMultipart ? onceEach(multipartPairs(request)) : null
  const json = type === 'application/json' ? jsonBody(request) : null
  if (!isRecord(json)) return null
  const pairs = Object.entries(json).map(([name, value]): [string, unknown] => [name, value])
  return pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string') ? onceEach(pairs) : null
}

function onceEach(pairs: readonly (readonly [string, string])[] | null): Map<string, string> | null {
  const fields = new Map(pairs ?? [])
  return pairs === null || fields.size !== pairs.length ? null : fields
}

/** The text fields of a multipart body (RFC 7578); null if its frame is broken. Files count as broken. */
function multipartPairs(request: EmulatorRequest): [string, string][] | null {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(request.headers['content-type'] ?? '')
  const marker = boundary?.[1] ?? boundary?.[2]
  if (marker === undefined) return null
  const parts = `\r\n${request.body.toString('utf8')}`.split(`\r\n--${marker}`)
  if (parts.length < 3 || !/^--\s*$/.test(parts.at(-1) ?? '')) return null
  const pairs: [string, string][] = []
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n')
    const name = /^content-disposition:\s*form-data;\s*name="([^"]*)"\s*$/im.exec(part.slice(0, end))?.[1]
    if (end === -1 || name === undefined) return null
    pairs.push([name, request.identifier(part.slice(end + 4))])
  }
  return pairs
}

/** A JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
