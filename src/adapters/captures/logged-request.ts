// Requests as functions, frameworks and logs write them down: an object with headers and a body somewhere in it. API Gateway v1 and
// v2, Lambda URLs, Netlify, Vercel, Azure, Node's and PHP's own names. The body's bytes are taken from the text as it stands.

import type { Capture } from '../../core/signature/capture.ts'
import { decoded, type JsonNode, parseJsonTree } from '../../core/signature/json-tree.ts'
import { fromHeaders, fromObject, isObject } from './header-values.ts'
import { loggedValues } from './logged-value.ts'

type Fields = Readonly<Record<string, unknown>>

/** How deep a request may be wrapped in what was logged. */
const DEPTH_MAX = 4
const REQUESTS_MAX = 100_000

/** The requests of a JSON document, one or a list; null when it is none. */
export function requestsIn(text: string): readonly Capture[] | null {
  const value = parsedJson(text)
  if (value === undefined) return null
  const list = Array.isArray(value) ? value.slice(0, REQUESTS_MAX) : [value]
  const found = list.flatMap((one) => captureIn(one, text) ?? [])
  return found.length === 0 || found.length < list.length ? null : found
}

/** The requests among what a program printed, with or without a log's prefixes; null when there is none. */
export function printedRequestsIn(text: string): readonly Capture[] | null {
  const found = loggedValues(text).flatMap((one) => captureIn(one, text) ?? [])
  return found.length === 0 ? null : found
}

/** The request that a value is, or holds. @param text where the value was parsed from, for a body that is no string */
export function captureIn(value: unknown, text: string, depth = 0): Capture | null {
  if (!isObject(value) || depth > DEPTH_MAX) return null
  const headers = HEADER_FIELDS.map((name) => value[name]).filter((one) => one !== undefined && one !== null)
  const hasOwn = fromObject(value) !== null
  if (headers.length > 0 || hasOwn) {
    const inner = isVercel(value) ? captureIn(parsedJson(String(value['body'])), text, depth + 1) : null
    if (inner !== null) return inner
    const rawBody = bodyIn(value, text)
    const header = headers.map(fromHeaders).find((one) => one !== null) ?? fromObject(value)
    if (rawBody !== null) return { rawBody, header }
  }
  if (isVercel(value)) return captureIn(parsedJson(String(value['body'])), text, depth + 1)
  for (const name of WRAPPERS) {
    const inner = captureIn(value[name], text, depth + 1)
    if (inner !== null) return inner
  }
  return null
}

const HEADER_FIELDS = [
  'headers',
  'Headers',
  'multiValueHeaders',
  'rawHeaders',
  'raw_headers',
  'header',
  'request_headers',
  'requestHeaders',
]
const WRAPPERS = ['request', 'req', 'event', 'Data', 'data', 'input', 'message', 'detail', 'http', 'trigger', 'json', 'Req', 'Request']

/** The bytes are likelier to be whole in the former. */
const BYTES_FIELDS = ['body_base64', 'bodyBase64', 'raw_body_base64', 'rawBodyBase64']
const TEXT_FIELDS = [
  'rawBody',
  'raw_body',
  'bodyRaw',
  'RawBody',
  'body',
  'Body',
  'request_body',
  'requestBody',
  'content',
  'Content',
  'data',
]

/** Null where there is none: an explicit null is an empty body. */
function bodyIn(value: Fields, text: string): Buffer | null {
  for (const name of BYTES_FIELDS) {
    const encoded = value[name]
    if (typeof encoded === 'string') return Buffer.from(encoded, 'base64')
  }
  const isBase64 = value['isBase64Encoded'] === true || value['encoding'] === 'base64' || value['bodyEncoding'] === 'base64'
  for (const name of TEXT_FIELDS) {
    const body = value[name]
    if (typeof body === 'string') return Buffer.from(body, isBase64 ? 'base64' : 'utf8')
    if (isObject(body) && body['type'] === 'Buffer' && Array.isArray(body['data'])) return Buffer.from(body['data'].map(Number))
    if (isObject(body) || Array.isArray(body)) return Buffer.from(sourceOf(text, name, body), 'utf8')
  }
  return 'body' in value && (value['body'] === null || value['body'] === undefined) ? Buffer.alloc(0) : null
}

/** A body that was parsed already, as it stands in the text: how it was written is what a diagnosis goes by. */
function sourceOf(text: string, name: string, body: unknown): string {
  const tree = parseJsonTree(text.trim())
  const wanted = JSON.stringify(body)
  const found = tree === null ? null : search(tree)
  return found === null ? wanted : text.trim().slice(found.start, found.end)

  function search(node: JsonNode): JsonNode | null {
    if (node.kind === 'array') return first(node.items)
    if (node.kind !== 'object') return null
    for (const { key, value } of node.members) {
      if (decoded(key) === name && JSON.stringify(JSON.parse(text.trim().slice(value.start, value.end))) === wanted) return value
    }
    return first(node.members.map(({ value }) => value))
  }
  function first(nodes: readonly JsonNode[]): JsonNode | null {
    for (const node of nodes) {
      const found = search(node)
      if (found !== null) return found
    }
    return null
  }
}

/** `{"Action":"Invoke","body":"{\"method\":…}"}` */
function isVercel(value: Fields): boolean {
  return typeof value['Action'] === 'string' && typeof value['body'] === 'string'
}

/** Undefined when it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // It may have been printed otherwise; the caller tries that next.
    return undefined
  }
}
