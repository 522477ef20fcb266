// A receiver of deliveries on the loopback interface: whole bodies, byte for byte, within limits. Knows nothing of signatures.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Answer, DeliveryListener, IncomingDelivery } from '../../core/ports/deliveries.ts'
import type { Clock } from '../../core/ports/desk.ts'

/** Calendly's deliveries have a few kB. */
const BODY_BYTES_MAX = 10 * 1024 * 1024
const HEADER_BYTES_MAX = 64 * 1024
/** A body that comes slower is nobody's delivery. */
const REQUEST_TIMEOUT_MS = 10_000
const CONNECTIONS_MAX = 256
/** On closing, for what is being answered. */
const CLOSE_WAIT_MS = 2_000

/** @param port 0: any free one @throws PORT_TAKEN */
export async function listenForDeliveries(
  port: number,
  clock: Pick<Clock, 'nowMs'>,
  handle: (delivery: IncomingDelivery) => Promise<Answer>,
): Promise<DeliveryListener> {
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    void receive(request, clock, handle).then(
      (answer) => write(response, answer),
      () => write(response, { status: 500, text: 'Internal error' }),
    )
  }
  const first = await open(port, '127.0.0.1', respond, false)
  if (first === null) throw new CalreconnectError('PORT_TAKEN', `Cannot listen on port ${port}`)
  const bound = addressOf(first)
  // `localhost` is ::1 for some senders; a machine without IPv6 does without it.
  const second = await open(bound, '::1', respond, true)
  return {
    url: `http://localhost:${bound}`,
    close: async () => {
      await Promise.all([first, second].flatMap((server) => (server === null ? [] : [closed(server)])))
    },
  }
}

async function receive(
  request: IncomingMessage,
  clock: Pick<Clock, 'nowMs'>,
  handle: (delivery: IncomingDelivery) => Promise<Answer>,
): Promise<Answer> {
  if (request.method !== 'POST') {
    request.resume()
    return { status: 405, text: 'Deliveries are sent with POST' }
  }
  const receivedAtMs = clock.nowMs()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > BODY_BYTES_MAX) return { status: 413, text: 'Larger than any delivery' }
    chunks.push(bytes)
  }
  return handle({ headers: headersOf(request.rawHeaders), rawBody: Buffer.concat(chunks), receivedAtMs })
}

function headersOf(raw: readonly string[]): [string, string][] {
  const headers: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return headers
}

function write(response: ServerResponse, { status, text }: Answer): void {
  // The sender may be gone by now.
  if (response.destroyed || response.headersSent) return
  const allow = status === 405 ? { allow: 'POST' } : {}
  const close = status === 413 ? { connection: 'close' } : {}
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(`${text}\n`), ...allow, ...close }
  response.writeHead(status, headers).end(`${text}\n`)
}

function open(
  port: number,
  host: string,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
  optional: boolean,
): Promise<Server | null> {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1_000 }
  const server = createServer({ ...limits, maxHeaderSize: HEADER_BYTES_MAX }, respond)
  server.maxConnections = CONNECTIONS_MAX
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (optional) resolve(null)
      else reject(portError(error, port))
    })
    server.listen({ host, port, exclusive: true }, () => {
      // A later error, such as too many open files, must not end the process.
      server.on('error', () => server.closeIdleConnections())
      resolve(server)
    })
  })
}

function addressOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function portError(cause: NodeJS.ErrnoException, port: number): CalreconnectError {
  const what = cause.code === 'EADDRINUSE' ? `Port ${port} is in use` : `Cannot listen on port ${port}: ${cause.code ?? cause.message}`
  return new CalreconnectError('PORT_TAKEN', what, { hint: 'Pass --port with another one; 0 picks a free one', cause })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_WAIT_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
