// Writes an answer to a socket with the headers that were recorded on every answer of Calendly. Knows nothing of routes.
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { shownWith } from './origin.ts'
import { hex, uuid } from './random-ids.ts'
import type { Answer } from './refusals.ts'
import type { World } from './world.ts'

/** An answer ready to be sent. */
export interface Rendered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Puts body and headers together. `tookMs` is real time. */
export function render(world: World, answer: Answer, tookMs: number): Rendered {
  const json = answer.json === undefined ? '' : shownWith(world.origin, JSON.stringify(answer.json))
  const body = Buffer.from(answer.html === undefined ? json : shownWith(world.origin, answer.html))
  const type = answer.html === undefined ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'
  const basic = {
    date: new Date(world.clock.nowMs()).toUTCString(),
    ...(answer.status === 204 ? {} : { 'content-type': type, 'content-length': String(body.length) }),
  }
  if (answer.own === true) return { status: answer.status, headers: { ...basic, 'cache-control': 'no-store', ...answer.headers }, body }
  const headers: Record<string, string> = {
    ...basic,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag',
    'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD',
    'access-control-allow-headers': '*,x-requested-with,Content-Type,Accept,If-Modified-Since,If-None-Match,X-Token,Authorization',
    'access-control-max-age': '86400',
    'cache-control': answer.status < 300 ? 'max-age=0, private, must-revalidate' : 'no-cache',
    'x-request-id': uuid(world.random),
    'x-runtime': (tookMs / 1000).toFixed(6),
    'x-envoy-upstream-service-time': String(Math.ceil(tookMs)),
    vary: 'Accept-Encoding',
    server: 'cloudflare',
    'cf-cache-status': 'DYNAMIC',
    'cf-ray': `${hex(world.random, 8)}-PDX`,
    ...answer.headers,
  }
  if (answer.json !== undefined) headers['etag'] = `W/"${createHash('md5').update(json).digest('hex')}"`
  return { status: answer.status, headers, body }
}

/** Sends it. HEAD gets the headers alone. */
export function send(response: ServerResponse, rendered: Rendered, method: string): void {
  response.sendDate = false
  response.writeHead(rendered.status, { ...rendered.headers })
  response.end(method === 'HEAD' || rendered.status === 204 ? undefined : rendered.body)
}

/** Sends the headers and half of the body, then breaks the connection. */
export function sendHalf(response: ServerResponse, rendered: Rendered): void {
  response.sendDate = false
  response.writeHead(rendered.status, { ...rendered.headers, 'content-length': String(Math.max(2, rendered.body.length)) })
  const half = rendered.body.subarray(0, Math.floor(rendered.body.length / 2))
  response.write(half.length === 0 ? Buffer.from('{') : half, () => response.socket?.destroy())
}
