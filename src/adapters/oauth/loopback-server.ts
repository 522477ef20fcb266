// The sockets at the redirect URI: which addresses, which limits, opened together and closed at once. Knows nothing of OAuth.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { CalreconnectError } from '../../core/errors/errors.ts'
import { readGiven } from '../given-file.ts'
import { portOwner } from './port-owner.ts'

/** Sockets open at a time; one more and the oldest that waits for no answer goes, so that idle ones never lock the browser out. */
const SOCKETS_MAX = 128
const PEM_BYTES_MAX = 1024 * 1024
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 500,
  keepAlive: false,
}

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface LoopbackServer {
  /** Differs from the one asked for when that was 0. */
  readonly port: number
  /** At once: idle connections and half-sent requests are cut. */
  close(): Promise<void>
}

/** The addresses that `hostname` (as in a URL) stands for, or null when it is not this machine. */
export function loopbackAddresses(hostname: string): readonly string[] | null {
  // Browsers try either family for the name, and the one where nobody listens could be somebody else's.
  if (hostname === 'localhost') return ['127.0.0.1', '::1']
  if (hostname === '[::1]') return ['::1']
  return /^127\.\d+\.\d+\.\d+$/.test(hostname) ? [hostname] : null
}

/** @throws PORT_TAKEN, SETTING_MISSING for https without files, FILE_UNREADABLE, INVALID_URL for another machine */
export async function openLoopbackServer(
  redirectUri: URL,
  tls: TlsFiles | undefined,
  handle: Handler,
  signal?: AbortSignal,
): Promise<LoopbackServer> {
  const addresses = loopbackAddresses(redirectUri.hostname)
  if (addresses === null || !['http:', 'https:'].includes(redirectUri.protocol)) {
    throw new CalreconnectError('INVALID_URL', `Nothing can listen at ${redirectUri.href}: it is not on this machine`, {
      hint: 'Open the authorize URL and paste the URL that the browser ends at',
    })
  }
  const makeServer = await serverMaker(redirectUri, tls, signal)
  const opened: { server: Server; port: number }[] = []
  let port = redirectUri.port === '' ? (redirectUri.protocol === 'https:' ? 443 : 80) : Number(redirectUri.port)
  try {
    for (const address of addresses) {
      const server = makeServer(handle)
      const bound = await listen(server, address, port, opened.length > 0)
      if (bound === null) continue
      port = bound
      opened.push({ server, port })
    }
  } catch (error) {
    await Promise.all(opened.map(({ server }) => closeServer(server)))
    throw error
  }
  return {
    port,
    close: async () => {
      await Promise.all(opened.map(({ server }) => closeServer(server)))
    },
  }
}

async function serverMaker(
  redirectUri: URL,
  tls: TlsFiles | undefined,
  signal: AbortSignal | undefined,
): Promise<(handle: Handler) => Server> {
  if (redirectUri.protocol === 'http:') {
    const http = await import('node:http')
    return (handle) => limited(http.createServer(LIMITS, handle), 'connection')
  }
  if (tls === undefined) {
    throw new CalreconnectError('SETTING_MISSING', `To listen at ${redirectUri.origin} a certificate is needed`, {
      hint: 'Pass --tls-cert and --tls-key (mkcert makes them), or paste the URL that the browser ends at',
    })
  }
  const [cert, key] = await Promise.all([tls.certFile, tls.keyFile].map((file) => readGiven(file, PEM_BYTES_MAX, signal)))
  const https = await import('node:https')
  return (handle) => {
    try {
      return limited(https.createServer({ ...LIMITS, handshakeTimeout: 5_000, cert, key }, handle), 'secureConnection')
    } catch (cause) {
      throw new CalreconnectError('FILE_UNREADABLE', `Not a certificate with its key: ${tls.certFile}, ${tls.keyFile}`, { cause })
    }
  }
}

function limited(server: Server, connection: 'connection' | 'secureConnection'): Server {
  const idle = new Set<Socket>()
  // Sockets that never finish their TLS handshake are not in the set: they end by its time limit.
  server.maxConnections = SOCKETS_MAX * 8
  server.on(connection, (socket: Socket) => {
    idle.add(socket)
    socket.once('close', () => idle.delete(socket))
    const oldest = idle.size > SOCKETS_MAX ? idle.values().next().value : undefined
    oldest?.destroy()
  })
  // Once asked, it is answered at once or is the redirect itself, which may wait for its answer as long as it takes.
  server.on('request', (request: IncomingMessage) => idle.delete(request.socket))
  server.on('clientError', (_error: unknown, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return server
}

/** The bound port; null where this machine has no such address family and another address is bound already. */
function listen(server: Server, address: string, port: number, another: boolean): Promise<number | null> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (another && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) resolve(null)
      else void portError(error, address, port).then(reject)
    })
    server.listen({ host: address, port, exclusive: true }, () => {
      const bound = server.address()
      // A later error, such as too many open files on accept, must not end the process.
      server.on('error', () => server.closeIdleConnections())
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}

async function portError(cause: NodeJS.ErrnoException, address: string, port: number): Promise<CalreconnectError> {
  const hint = 'Free the port, or pass --redirect-uri with another one that is registered at Calendly'
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  if (cause.code === 'EADDRINUSE') {
    const owner = await portOwner(port)
    return new CalreconnectError('PORT_TAKEN', `${where} is in use${owner === null ? '' : ` by ${owner}`}`, { hint, cause })
  }
  const reason = cause.code === 'EACCES' ? 'this user may not listen there' : (cause.code ?? cause.message)
  return new CalreconnectError('PORT_TAKEN', `Cannot listen on ${where}: ${reason}`, { hint, cause })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
