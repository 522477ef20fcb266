// The connections that requests travel on: keep-alive ones, fresh ones, and those through a proxy. Loads undici on first use.

import { setFlagsFromString } from 'node:v8'

import type { Dispatcher } from 'undici'

export interface Connections {
  /** @param fresh on a connection of its own, which no other request used before */
  dispatcher(fresh: boolean): Promise<Dispatcher>
  close(): Promise<void>
}

/**
 * Connections according to the proxy settings in `env` (HTTPS_PROXY, HTTP_PROXY, NO_PROXY; lower case wins, as in curl).
 * Certificates of NODE_EXTRA_CA_CERTS are Node's own doing.
 */
export function openConnections(env: Readonly<Record<string, string | undefined>>, connectTimeoutMs: number): Connections {
  const opened = new Map<boolean, Promise<Dispatcher>>()
  return {
    dispatcher(fresh) {
      const known = opened.get(fresh) ?? open(env, connectTimeoutMs, fresh)
      opened.set(fresh, known)
      return known
    },
    async close() {
      const all = [...opened.values()]
      opened.clear()
      // `destroy`, not `close`: a request that was given up must not keep the process.
      await Promise.all(all.map(async (dispatcher) => (await dispatcher).destroy()))
    },
  }
}

async function open(env: Readonly<Record<string, string | undefined>>, connectTimeoutMs: number, fresh: boolean): Promise<Dispatcher> {
  const httpProxy = env['http_proxy'] ?? env['HTTP_PROXY'] ?? ''
  const httpsProxy = env['https_proxy'] ?? env['HTTPS_PROXY'] ?? ''
  // Pipelining 0 closes each connection after its one answer.
  const options = { connect: { timeout: connectTimeoutMs }, pipelining: fresh ? 0 : 1 }
  // Most of undici's cost in a short run is the optimising compile of its wasm parser; the baseline code of the parser is
  // fast enough for a JSON API. Process-wide, and before the first wasm: nothing else here uses any.
  setFlagsFromString('--liftoff-only')
  if (httpProxy === '' && httpsProxy === '') {
    const { default: Agent } = await import('undici/lib/dispatcher/agent.js')
    return new Agent(options)
  }
  // Whole: a tunnel is asked for by parts that only undici's main file puts together.
  const { EnvHttpProxyAgent } = await import('undici')
  return new EnvHttpProxyAgent({
    ...options,
    proxyTls: { timeout: connectTimeoutMs },
    requestTls: { timeout: connectTimeoutMs },
    httpProxy: proxyUrl(httpProxy),
    httpsProxy: proxyUrl(httpsProxy),
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  })
}

/** `proxy.example:3128` without a scheme is common and means http, as in curl. */
function proxyUrl(text: string): string {
  return text === '' || text.includes('://') ? text : `http://${text}`
}
