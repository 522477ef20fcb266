// What is beyond this machine: Calendly's API and its OAuth server, over one HTTP client with its observers.

import { MIN_VALIDITY_MS } from '../../core/connection/token.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccessTokens } from '../../core/ports/calendly.ts'
import type { ApiLogEntry, Store } from '../../core/ports/store.ts'
import type { Context } from '../context.ts'
import { once, type Once } from '../context/once.ts'
import { apiUrl } from '../input/settings.ts'
import { VERSION } from '../version.ts'
import { openOAuthApps } from './oauth-apps.ts'
import type { Wiring } from './parts.ts'

interface Network {
  readonly openers: Pick<Context, 'oauth' | 'oauthApps' | 'accessTokens' | 'calendly' | 'requests' | 'probes'>
  close(): Promise<void>
}

export function openNetwork(wiring: Wiring, store: Once<Store>): Network {
  const { host, globals, clock, random, progress, attribution, crashpoint } = wiring
  const accountOf = new WeakMap<AccessTokens, string>()

  const http = once(async () => {
    const { openHttp } = await import('../../adapters/http/http.ts')
    const observers = await openObservers(wiring, store)
    const onLost = (text: string): void => wiring.say(`Warning: ${text}`)
    return openHttp({
      env: host.env,
      caFile: globals().cacert,
      clock,
      userAgent: `calreconnect/${VERSION}`,
      observers,
      onLost,
      ...crashpoint,
    })
  })

  const { oauth, oauthApps } = openOAuthApps(wiring, store, http)

  async function callerOptions(tokens: AccessTokens) {
    const [opened, shown, { maxWaitMs }] = [await http.get(), await progress(), globals()]
    const budget = requestBudget(store, accountOf.get(tokens) ?? null, tokens)
    const { interruption } = host
    return { apiUrl: apiUrl(host.env), tokens, clock, random, maxWaitMs, budget, interruption, http: opened, progress: shown }
  }

  return {
    openers: {
      oauth,
      oauthApps,
      async accessTokens(name, options) {
        const { accessTokens } = await import('../../operations/tokens/access-token.ts')
        const { connections, refreshes, lock, budget } = await store.get()
        const [shown, { maxWaitMs }] = [await progress(), globals()]
        const { interruption } = host
        const deps = { connections, refreshes, lock, budget, oauth, clock, progress: shown, interruption, maxWaitMs }
        const tokens = accessTokens(deps, name, { minValidityMs: options?.minValidityMs ?? MIN_VALIDITY_MS })
        accountOf.set(tokens, name)
        return tokens
      },
      async calendly(tokens) {
        const { openCalendly } = await import('../../adapters/calendly/client.ts')
        const api = openCalendly(await callerOptions(tokens))
        const account = accountOf.get(tokens)
        return account === undefined ? api : attribution.attribute(api, account)
      },
      async requests(tokens) {
        const { openRequests } = await import('../../adapters/calendly/requests.ts')
        const requests = openRequests(await callerOptions(tokens))
        const account = accountOf.get(tokens)
        return account === undefined ? requests : attribution.attributeRequests(requests, account)
      },
      async probes() {
        const { openProbes } = await import('../../adapters/probes.ts')
        return openProbes({ network: { env: host.env, caFile: globals().cacert }, clock, platform: host.platform, http: http.get })
      },
    },
    async close() {
      // One that could not be opened was reported already.
      const opened = http.peek() ? await http.get().catch(() => null) : null
      await opened?.close()
    },
  }
}

/**
 * Calendly counts per app and user. Where nothing is stored (a reading command with CALENDLY_TOKEN) nothing is counted, and a store
 * that cannot be written keeps nobody from reading: Calendly's own 429 is there as well.
 */
function requestBudget(store: Once<Store>, account: string | null, tokens: AccessTokens) {
  const bucket = once(async () => {
    const { connections } = await store.get()
    const connection = account === null ? null : await connections.get(account)
    if (connection?.userUri) return `api ${connection.clientId ?? 'personal'} ${connection.userUri}`
    const { createHash } = await import('node:crypto')
    return `api token ${createHash('sha256')
      .update((await tokens.get()).reveal())
      .digest('hex')
      .slice(0, 16)}`
  })
  return {
    async take(limit: number, windowMs: number): Promise<number> {
      if (!store.peek()) return 0
      try {
        return await (await store.get()).budget.take(await bucket.get(), limit, windowMs)
      } catch (error) {
        if (error instanceof CalreconnectError && error.exit === 'store') return 0
        throw error
      }
    },
  }
}

async function openObservers({ globals, attribution, say }: Wiring, store: Once<Store>) {
  const { debug, har } = globals()
  const observers = []
  if (debug) {
    const { debugPrinter } = await import('../../adapters/http/debug-printer.ts')
    observers.push(debugPrinter(say))
  }
  if (har !== null) observers.push((await import('../../adapters/http/har.ts')).harRecorder({ file: har, version: VERSION }))
  const { apiLogRecorder } = await import('../../adapters/http/api-log-recorder.ts')
  observers.push(
    apiLogRecorder({
      // With CALENDLY_TOKEN no store is opened for reading, and so none for the log.
      isWatching: store.peek,
      append: async (entry: ApiLogEntry) => (await store.get()).apiLog.append(entry),
      account: attribution.account,
      runId: attribution.runId,
    }),
  )
  return observers
}
