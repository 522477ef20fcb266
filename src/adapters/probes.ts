// Looks at this machine and the way to Calendly for `doctor`. Changes nothing, sends no credentials.

import { lookup } from 'node:dns/promises'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../core/ports/desk.ts'
import type { Probes, Reached } from '../core/ports/probes.ts'
import { type NetworkSettings, openConnections, trustOf } from './http/connections.ts'
import { judgeAnswer, strangerError } from './http/authenticity.ts'
import type { Http } from './http/http.ts'
import { proxiesOf } from './http/proxy.ts'
import { send } from './http/send.ts'
import { canListenAt, listenForRedirect } from './oauth/redirect-listener.ts'

const STEP_TIMEOUT_MS = 10_000

/** What it says beside its status is of no interest. */
const RECEIVER_LIMITS = { connectTimeoutMs: STEP_TIMEOUT_MS, answerTimeoutMs: STEP_TIMEOUT_MS, bodyBytesMax: 8 * 1024 * 1024 }

/** `f_type` of statfs on Linux. SQLite's WAL needs shared memory, which these have not got between machines. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9P'],
])

export function openProbes(options: {
  readonly network: NetworkSettings
  readonly clock: Pick<Clock, 'nowMs'>
  readonly http: () => Promise<Http>
  readonly platform: NodeJS.Platform
}): Probes {
  const { clock, network, http, platform } = options
  const { env } = network
  const proxyFor = (url: URL): string | null => {
    const proxy = proxiesOf(env).proxyFor(url)
    return proxy === null ? null : `${proxy.origin} (${proxy.variable})`
  }
  return {
    nodeVersion: process.versions.node,
    async mode(path) {
      if (platform === 'win32') return null
      const found = await ifThere(stat(path))
      return found === null ? null : (found.mode & 0o777).toString(8).padStart(4, '0')
    },
    async networkFileSystem(path) {
      if (platform !== 'linux') return null
      const found = await ifThere(statfs(path))
      return found === null ? null : (NETWORK_FILE_SYSTEMS.get(found.type) ?? null)
    },
    async unreadable(path) {
      return access(path, constants.R_OK).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
    },
    proxyFor: async (url) => proxyFor(url),
    async reach(url, expected) {
      const opened = await http()
      const startedAtMs = clock.nowMs()
      const answer = await opened.request({ method: 'GET', url, headers: { accept: 'application/json' } })
      if (expected === 'calendly' && judgeAnswer(answer, { done: () => false, errors: 'api' }).kind === 'stranger') {
        throw strangerError(answer, `ask ${url.host}`, { secrets: opened.secrets, setting: 'CALENDLY_API_URL' })
      }
      const totalMs = clock.nowMs() - startedAtMs
      const proxy = proxyFor(url)
      const remoteMs = Date.parse(answer.headers['date'] ?? '')
      const steps = proxy === null ? await timedSteps(url, clock, network) : { dnsMs: null, tcpMs: null, tlsMs: null }
      return { status: answer.status, proxy, ...steps, totalMs, skewMs: Number.isNaN(remoteMs) ? null : remoteMs - answer.receivedAtMs }
    },
    async askReceiver(url) {
      const connections = openConnections(network, STEP_TIMEOUT_MS)
      try {
        const startedAtMs = clock.nowMs()
        const outgoing = { method: 'OPTIONS', url, headers: {}, body: null, signal: undefined }
        const { status } = await send(await connections.dispatcher(url, true), outgoing, RECEIVER_LIMITS)
        return { status, durationMs: clock.nowMs() - startedAtMs }
      } finally {
        await connections.close()
      }
    },
    async canListen(redirectUri) {
      if (!canListenAt(redirectUri)) return false
      // For the port alone: with certificates or without makes no difference to it.
      const plain = new URL(redirectUri)
      if (plain.port === '') plain.port = plain.protocol === 'https:' ? '443' : '80'
      const http = new URL(plain.href.replace(/^https:/, 'http:'))
      await (await listenForRedirect({ redirectUri: http, state: '', issuer: null, onReject: () => {} })).close()
      return true
    },
  }
}

/** The steps once more, by hand: the HTTP client does not tell them apart. A step that fails now, and did not before, is not told. */
async function timedSteps(
  url: URL,
  clock: Pick<Clock, 'nowMs'>,
  network: NetworkSettings,
): Promise<Pick<Reached, 'dnsMs' | 'tcpMs' | 'tlsMs'>> {
  const timed = { dnsMs: null as number | null, tcpMs: null as number | null, tlsMs: null as number | null }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isTls = url.protocol === 'https:'
  let socket: Socket | null = null
  let secure: Socket | null = null
  try {
    let startedAtMs = clock.nowMs()
    const { address } = await lookup(host)
    timed.dnsMs = clock.nowMs() - startedAtMs
    startedAtMs = clock.nowMs()
    socket = await opened(connectTcp({ host: address, port: Number(url.port === '' ? (isTls ? 443 : 80) : url.port) }), 'connect')
    timed.tcpMs = clock.nowMs() - startedAtMs
    if (!isTls) return timed
    const trust = trustOf(network)
    startedAtMs = clock.nowMs()
    secure = await opened(connectTls({ socket, servername: host, ...trust }), 'secureConnect')
    timed.tlsMs = clock.nowMs() - startedAtMs
    return timed
  } catch {
    // The host was reached a moment ago: there is no more to say than that.
    return timed
  } finally {
    secure?.destroy()
    socket?.destroy()
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(STEP_TIMEOUT_MS, () => socket.destroy(new Error('timed out')))
    socket.once(event, () => resolve(socket))
    socket.once('error', reject)
  })
}

async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
