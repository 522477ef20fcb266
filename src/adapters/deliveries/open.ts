// Deliveries on the wire: the listener, the archive, and posting through the same connections (and proxies) as every other request.

import { performance } from 'node:perf_hooks'
import type { DeliveryPorts } from '../../core/ports/deliveries.ts'
import type { Clock } from '../../core/ports/desk.ts'
import { type Connections, type NetworkSettings, openConnections } from '../http/connections.ts'
import { send } from '../http/send.ts'
import { openCaptureLog } from './capture-log.ts'
import { listenForDeliveries } from './listener.ts'

/** What a receiver says beside its status is of no interest. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024

/** Costs nothing until it is used. */
export function openDeliveries(settings: NetworkSettings, clock: Pick<Clock, 'nowMs'>): DeliveryPorts {
  const opened = new Map<number, Connections>()
  const connectionsOf = (connectTimeoutMs: number): Connections => {
    const connections = opened.get(connectTimeoutMs) ?? openConnections(settings, connectTimeoutMs)
    opened.set(connectTimeoutMs, connections)
    return connections
  }
  return {
    listen: (port, handle) => listenForDeliveries(port, clock, handle),
    openLog: openCaptureLog,
    async post({ url, headers, rawBody, connectTimeoutMs, answerTimeoutMs, signal }) {
      const dispatcher = await connectionsOf(connectTimeoutMs).dispatcher(url, true)
      const limits = { connectTimeoutMs, answerTimeoutMs, bodyBytesMax: ANSWER_BYTES_MAX }
      const startedAtMs = performance.now()
      const { status } = await send(
        dispatcher,
        { method: 'POST', url, headers: Object.fromEntries(headers), body: rawBody, signal },
        limits,
      )
      return { status, durationMs: Math.round(performance.now() - startedAtMs) }
    },
    async close() {
      await Promise.all([...opened.values()].map((connections) => connections.close()))
    },
  }
}
