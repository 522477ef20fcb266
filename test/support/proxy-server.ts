// A proxy as companies run them: CONNECT tunnels, with credentials or not, over TLS or not, and one that looks into the TLS of its users.

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request as httpRequest, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { INSPECTED_CERT_FILE, INSPECTED_KEY_FILE } from './tls.ts'

export interface ProxyServer {
  readonly url: string
  readonly port: number
  /** Each tunnel that was asked for. */
  readonly tunnels: { readonly target: string; readonly authorization: string | undefined }[]
  close(): void
}

export interface ProxyOptions {
  /** Its own listener speaks TLS, with the corporate certificate. */
  readonly tls?: boolean
  /** `user:password` that it asks for. */
  readonly credentials?: string
  /** What it answers to a CONNECT, instead of opening a tunnel. */
  readonly answer?: string
  /** Ends the TLS of every tunnel itself, and asks this http URL instead of the target. */
  readonly inspectFor?: string
}

const AUTHENTICATE = 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n'

export async function startProxy({ tls = false, credentials, answer, inspectFor }: ProxyOptions = {}): Promise<ProxyServer> {
  const certificate = { cert: readFileSync(INSPECTED_CERT_FILE), key: readFileSync(INSPECTED_KEY_FILE) }
  const refuse: RequestListener = (_request, response) => void response.writeHead(500).end()
  const server = tls ? createTlsServer(certificate, refuse) : createServer(refuse)
  const inspector = inspectFor === undefined ? null : createTlsServer(certificate, forwardTo(inspectFor))
  const tunnels: ProxyServer['tunnels'] = []
  const sockets = new Set<Socket>()
  const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const authorization = request.headers['proxy-authorization']
    tunnels.push({ target: request.url ?? '', authorization })
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    if (answer !== undefined) return void socket.end(answer)
    if (wanted !== undefined && authorization !== wanted) return void socket.end(AUTHENTICATE)
    if (inspector !== null) {
      socket.write(ESTABLISHED)
      return void inspector.emit('connection', socket)
    }
    // Whatever the name: it is here.
    const upstream = connect(Number((request.url ?? '').split(':').at(-1)), '127.0.0.1', () => {
      socket.write(ESTABLISHED)
      socket.pipe(upstream).pipe(socket)
    })
    upstream.on('error', () => socket.destroy())
    sockets.add(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    tunnels,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections()
      inspector?.closeAllConnections()
    },
  }
}

function forwardTo(origin: string): RequestListener {
  return (request, response) => {
    // Its own Host: the emulator answers to no other.
    const { host: _host, ...headers } = request.headers
    const upstream = httpRequest(`${origin}${request.url}`, { method: request.method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  }
}
