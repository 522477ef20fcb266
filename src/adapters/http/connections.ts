// The connections that requests travel on: keep-alive ones, fresh ones, and those through a proxy. Loads undici on first use.

import { setFlagsFromString } from 'node:v8'

import type { Dispatcher } from 'undici'

import { type ProxyServer, proxiesOf } from './proxy.ts'

/** For one address of a host that has several; all of them together have the connection's own limit. */
const ADDRESS_TIMEOUT_MS = 5_000

export interface Connections {
  /** @param fresh on a connection of its own, which no other request used before */
  dispatcher(url: URL, fresh: boolean): Promise<Dispatcher>
  close(): Promise<void>
}

interface Opened {
  readonly dispatcher: Dispatcher
  destroy(): Promise<void>
}

/**
 * Connections according to the proxy settings in `env`. Certificates of NODE_EXTRA_CA_CERTS are Node's own doing.
 * @throws USAGE at once for a proxy setting that cannot be used, before anybody is asked for anything
 */
export function openConnections(env: Readonly<Record<string, string | undefined>>, connectTimeoutMs: number): Connections {
  const proxies = proxiesOf(env)
  const opened = new Map<string, Promise<Opened>>()
  return {
    async dispatcher(url, fresh) {
      const proxy = proxies.proxyFor(url)
      const name = `${proxy?.origin ?? 'direct'} ${fresh ? 'fresh' : 'kept'}`
      const known = opened.get(name) ?? open(proxy, connectTimeoutMs, fresh)
      opened.set(name, known)
      return (await known).dispatcher
    },
    async close() {
      const all = [...opened.values()]
      opened.clear()
      // `destroy`, not `close`: a request that was given up must not keep the process.
      await Promise.all(all.map(async (each) => (await each).destroy()))
    },
  }
}

async function open(proxy: ProxyServer | null, connectTimeoutMs: number, fresh: boolean): Promise<Opened> {
  // Pipelining 0 closes each connection after its one answer.
  const pipelining = fresh ? 0 : 1
  // Most of undici's cost in a short run is the optimising compile of its wasm parser; the baseline code of the parser is
  // fast enough for a JSON API. Process-wide, and before the first wasm: nothing else here uses any.
  setFlagsFromString('--liftoff-only')
  // The runtime gives each address of a host a quarter of a second, which fails for people far away.
  const connect = { timeout: connectTimeoutMs, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS }
  if (proxy !== null) {
    const { openTunnels } = await import('./tunnel.ts')
    return openTunnels({ proxy, connect, pipelining })
  }
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js')
  const dispatcher = new Agent({ connect, pipelining })
  return { dispatcher, destroy: () => dispatcher.destroy() }
}
