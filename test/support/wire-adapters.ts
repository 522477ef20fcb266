// Clocks, chance and tokens for tests of the adapters that speak to the network: nothing really waits.

import { CalreconnectError } from '../../src/core/errors/errors.ts'
import type { AccessTokens } from '../../src/core/ports/calendly.ts'
import type { Clock, Random } from '../../src/core/ports/desk.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import { type Http, type HttpOptions, openHttp } from '../../src/adapters/http/http.ts'
import type { Exchange } from '../../src/adapters/http/exchange.ts'
import { type ShownReport, shownReport } from './shown.ts'

export const USER_AGENT = 'calreconnect/0.0.0-test'

/** Real time, but sleeping takes none and is written down. */
export function sleeplessClock(): Clock & { readonly sleptMs: number[] } {
  const sleptMs: number[] = []
  return {
    sleptMs,
    nowMs: () => Date.now(),
    sleep: (ms) => {
      sleptMs.push(ms)
      return Promise.resolve()
    },
  }
}

/** Always the middle: jitter 0.5. */
export const steadyRandom: Random = {
  bytes: (length) => new Uint8Array(length).fill(128),
  uuid: () => '00000000-0000-4000-8000-000000000000',
}

/** Tokens `first`, then one per renewal; null when they are used up. */
export function tokensInTurn(first: string, ...renewed: readonly string[]): AccessTokens & { readonly rejected: string[] } {
  const rejected: string[] = []
  const left = [...renewed]
  return {
    rejected,
    get: () => Promise.resolve(new Secret(first)),
    renew: (token) => {
      rejected.push(token.reveal())
      const next = left.shift()
      return Promise.resolve(next === undefined ? null : new Secret(next))
    },
  }
}

export function testHttp(options: Partial<HttpOptions> = {}): Http & { readonly exchanges: Exchange[] } {
  const exchanges: Exchange[] = []
  const http = openHttp({
    env: {},
    caFile: null,
    clock: { nowMs: () => Date.now() },
    userAgent: USER_AGENT,
    observers: [{ name: 'The test', observe: (exchange) => void exchanges.push(exchange) }, ...(options.observers ?? [])],
    connectTimeoutMs: 2_000,
    answerTimeoutMs: 2_000,
    ...options,
    ...(options.observers === undefined
      ? {}
      : { observers: [{ name: 'The test', observe: (exchange: Exchange) => void exchanges.push(exchange) }, ...options.observers] }),
  })
  return { ...http, exchanges }
}

/** The error that `work` ends with, as `--json` shows it. */
export async function reportOf(work: Promise<unknown>): Promise<ShownReport> {
  return shownReport(await errorOf(work))
}

export async function errorOf(work: Promise<unknown>): Promise<CalreconnectError> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome instanceof CalreconnectError) return outcome
  throw new Error(`expected one of our errors, got ${String(outcome)}`)
}
