// The connections that requests travel on: keep-alive ones, fresh ones, and those through a proxy. Loads undici on first use.

import { setFlagsFromString } from 'node:v8'

import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'

import { rememberingCertificates, trusting } from './certificates.ts'
import { type ProxyServer, proxiesOf } from './proxy.ts'

/** For one address of a host that has several; all of them together have the connection's own limit. */
const ADDRESS_TIMEOUT_MS = 5_000

export interface Connections {
  /** @param fresh on a connection of its own, which no other request used before */
  dispatcher(url: URL, fresh: boolean): Promise<Dispatcher>
  close(): Promise<void>
}

/** What a person or a company decided about the way to the network. */
export interface NetworkSettings {
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY in both spellings, NODE_EXTRA_CA_CERTS. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** --cacert: certificate authorities that are trusted as well. */
  readonly caFile: string | null
}

/** How each connection is made: limits for all of a host's addresses and for each, and whom to trust. */
export interface ConnectSettings {
  readonly timeout: number
  readonly autoSelectFamily: boolean
  readonly autoSelectFamilyAttemptTimeout: number
  readonly secureContext?: SecureContext
}

interface Opened {
  readonly dispatcher: Dispatcher
  destroy(): Promise<void>
}

/**
 * @throws USAGE, FILE_UNREADABLE at once for a setting that cannot be used, before anybody is asked for anything
 */
export function openConnections(settings: NetworkSettings, connectTimeoutMs: number): Connections {
  const proxies = proxiesOf(settings.env)
  const trust = trustOf(settings)
  const opened = new Map<string, Promise<Opened>>()
  return {
    async dispatcher(url, fresh) {
      const proxy = proxies.proxyFor(url)
      const name = `${proxy?.origin ?? 'direct'} ${fresh ? 'fresh' : 'kept'}`
      const known = opened.get(name) ?? open(proxy, { ...trust, timeout: connectTimeoutMs }, fresh)
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

/** Nothing where Node's own authorities are enough: it has them at hand, with those of NODE_EXTRA_CA_CERTS. @throws FILE_UNREADABLE */
export function trustOf({ env, caFile }: NetworkSettings): { readonly secureContext?: SecureContext } {
  return caFile === null ? {} : { secureContext: trusting(caFile, env['NODE_EXTRA_CA_CERTS']?.trim() || null) }
}

async function open(proxy: ProxyServer | null, given: Pick<ConnectSettings, 'timeout' | 'secureContext'>, fresh: boolean): Promise<Opened> {
  // Pipelining 0 closes each connection after its one answer.
  const pipelining = fresh ? 0 : 1
  // Most of undici's cost in a short run is the optimising compile of its wasm parser; the baseline code of the parser is
  // fast enough for a JSON API. Process-wide, and before the first wasm: nothing else here uses any.
  setFlagsFromString('--liftoff-only')
  // The runtime gives each address of a host a quarter of a second, which fails for people far away.
  const settings: ConnectSettings = { ...given, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS }
  if (proxy !== null) {
    const { openTunnels } = await import('./tunnel.ts')
    return openTunnels({ proxy, settings, pipelining })
  }
  const [{ default: Agent }, { default: buildConnector }] = await Promise.all([
    import('undici/lib/dispatcher/agent.js'),
    import('undici/lib/core/connect.js'),
  ])
  const dispatcher = new Agent({ connect: rememberingCertificates(buildConnector(settings)), pipelining })
  return { dispatcher, destroy: () => dispatcher.destroy() }
}
