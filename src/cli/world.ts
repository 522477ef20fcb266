// The outside world behind lazy, memoised openers: nothing is loaded, opened or created before it is asked for.

import { appendFileSync } from 'node:fs'
import type { AccessTokens, Clock, Progress, Random } from '../core/ports.ts'
import type { ApiLogEntry } from '../core/store-ports.ts'
import { CalreconnectError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { Context } from './context.ts'
import type { Globals } from './globals.ts'
import { nonEmpty } from './globals.ts'
import { logAttribution } from './log-attribution.ts'
import { once } from './once.ts'
import { apiUrl, authUrl, checkStorePath, oauthApp } from './settings.ts'
import type { Host } from './streams.ts'
import { VERSION } from './version.ts'

type Openers = Pick<
  Context,
  | 'store'
  | 'storePath'
  | 'keySource'
  | 'storeKeys'
  | 'oauth'
  | 'accessTokens'
  | 'calendly'
  | 'runProgram'
  | 'listen'
  | 'browser'
  | 'remoteAdvice'
  | 'prompts'
  | 'readStdin'
>

interface Parts {
  readonly host: Host
  readonly globals: () => Globals
  readonly clock: Clock
  readonly random: Random
  readonly progress: () => Promise<Progress>
}

export interface World {
  readonly openers: Openers
  close(): Promise<void>
}

const MIN_VALIDITY_MS = 5 * 60_000

export function openWorld(parts: Parts): World {
  const { host, globals, clock, random, progress } = parts
  const crashpoint = crashpointOf(host)
  const attribution = logAttribution()
  const accountOf = new WeakMap<AccessTokens, string>()
  const paths = once(async () => (await import('env-paths')).default('calreconnect', { suffix: '' }))
  const storePath = once(async () => checkStorePath(globals().db ?? `${(await paths.get()).data}/calreconnect.db`))

  const keySource = once(async () => {
    const { openKeySource } = await import('../adapters/keys/key-source.ts')
    const configDir = nonEmpty(host.env['CALRECONNECT_CONFIG_DIR']) ?? (await paths.get()).config
    return openKeySource({ envKey: host.env['CALRECONNECT_KEY'], configDir, random })
  })

  const store = once(async () => {
    const [{ openStore }, key] = await Promise.all([import('../adapters/store/open.ts'), keySource.get()])
    const opened = await openStore({ path: await storePath.get(), key, clock, random, ...crashpoint })
    return { ...opened, runs: attribution.follow(opened.runs) }
  })

  const http = once(async () => {
    const { openHttp } = await import('../adapters/http/http.ts')
    const observers = []
    if (globals().debug) {
      const { debugPrinter } = await import('../adapters/http/debug-printer.ts')
      observers.push(debugPrinter((line) => host.stderr.write(`${line}\n`)))
    }
    const har = globals().har
    if (har !== null) observers.push((await import('../adapters/http/har.ts')).harRecorder({ file: har, version: VERSION }))
    const { apiLogRecorder } = await import('../adapters/http/api-log-recorder.ts')
    // With CALENDLY_TOKEN no store is opened for reading, and so none for the log.
    const append = async (entry: ApiLogEntry): Promise<void> => (store.peek() ? (await store.get()).apiLog.append(entry) : undefined)
    const onFailure = (error: unknown): void => {
      host.stderr.write(`Warning: The API log cannot be written: ${error instanceof Error ? error.message : String(error)}\n`)
    }
    observers.push(apiLogRecorder({ append, account: attribution.account, runId: attribution.runId, onFailure }))
    return openHttp({ env: host.env, clock, userAgent: `calreconnect/${VERSION}`, observers, ...crashpoint })
  })

  const oauth = once(async () => {
    const app = oauthApp(host.env)
    const { openOAuth } = await import('../adapters/oauth/client.ts')
    const clientSecret = app.clientSecret === null ? null : new Secret(app.clientSecret)
    return openOAuth({ authUrl: authUrl(host.env), clientId: app.clientId, clientSecret, http: await http.get(), clock })
  })

  return {
    openers: {
      store: store.get,
      storePath: storePath.get,
      keySource: async () => (await keySource.get()).describe(),
      async storeKeys() {
        const { storeKeys } = await import('../adapters/store/store-keys.ts')
        return storeKeys(await store.get(), await keySource.get(), clock, random)
      },
      oauth: oauth.get,
      async accessTokens(name, options) {
        const { accessTokens } = await import('../operations/access-token.ts')
        const { connections, refreshes, lock, budget } = await store.get()
        const [shown, { maxWaitMs }] = [await progress(), globals()]
        const deps = { connections, refreshes, lock, budget, oauth: oauth.get, clock, progress: shown, signal: host.signal, maxWaitMs }
        const tokens = accessTokens(deps, name, { minValidityMs: options?.minValidityMs ?? MIN_VALIDITY_MS })
        accountOf.set(tokens, name)
        return tokens
      },
      async calendly(tokens) {
        const { openCalendly } = await import('../adapters/calendly/client.ts')
        const maxWaitMs = globals().maxWaitMs
        const [opened, shown] = [await http.get(), await progress()]
        const api = openCalendly({
          apiUrl: apiUrl(host.env),
          http: opened,
          tokens,
          clock,
          random,
          maxWaitMs,
          signal: host.signal,
          progress: shown,
        })
        const account = accountOf.get(tokens)
        return account === undefined ? api : attribution.attribute(api, account)
      },
      async runProgram(command, args, env) {
        const { runChild } = await import('../adapters/child.ts')
        return runChild({ command, args, env, takeSignals: host.takeSignals })
      },
      async listen(options) {
        const { listenForRedirect } = await import('../adapters/oauth/redirect-listener.ts')
        return listenForRedirect({ ...options, issuer: (await oauth.get()).issuer })
      },
      async browser() {
        const onCommandFailed = (command: string, reason: string): void => {
          host.stderr.write(`Warning: BROWSER (${command}) cannot be run: ${reason}\n`)
        }
        return (await import('../adapters/browser.ts')).openBrowser({ env: host.env, onCommandFailed })
      },
      async remoteAdvice(way) {
        return (await import('../adapters/browser.ts')).describeRemote(host.env, way)
      },
      async prompts() {
        return (await import('../adapters/prompts.ts')).openPrompts({ stdin: host.stdin, stderr: host.stderr })
      },
      readStdin: () => readAll(host),
    },
    async close() {
      try {
        if (http.peek()) await (await http.get()).close()
      } finally {
        // A store that could not be opened was reported already.
        if (store.peek())
          await store.get().then(
            (opened) => opened.close(),
            () => {},
          )
      }
    },
  }
}

const STDIN_BYTES_MAX = 64 * 1024 * 1024

/** @throws USAGE when more is piped in than any delivery or token can be */
async function readAll(host: Host): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of host.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > STDIN_BYTES_MAX) throw new CalreconnectError('USAGE', 'Standard input is larger than 64 MiB')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const RECORD = 'record:'

/**
 * In tests of crashes the process kills itself at a named point: `CALRECONNECT_CRASHPOINT=http:POST /oauth/token:after`,
 * with `#2` behind it for the second time. `record:FILE` kills nothing and adds the name of every point that is passed to the
 * file, so that a test can enumerate them. Without NODE_ENV=test the variable means nothing.
 */
function crashpointOf(host: Host): { readonly crashpoint?: (name: string) => void } {
  const wanted = host.env['NODE_ENV'] === 'test' ? nonEmpty(host.env['CALRECONNECT_CRASHPOINT']) : null
  if (wanted === null) return {}
  if (wanted.startsWith(RECORD)) return { crashpoint: (name) => appendFileSync(wanted.slice(RECORD.length), `${name}\n`) }
  const [point, times] = wanted.split('#')
  let left = Number(times ?? 1)
  return {
    crashpoint(name) {
      if (name === point && (left -= 1) === 0) process.kill(process.pid, 'SIGKILL')
    },
  }
}
