// Keeps every exchange in the store's API log. What it is given is redacted already.

import type { ApiLog, ApiLogEntry } from '../../core/ports/store.ts'
import { readErrorBody } from './error-body.ts'
import type { Exchange, ExchangeObserver } from './exchange.ts'

const BODY_CHARACTERS_MAX = 8_192

export interface ApiLogRecorderOptions extends Pick<ApiLog, 'append'> {
  /** Who is being acted for, and in which run, at the time of the exchange. */
  readonly account?: () => string | null
  readonly runId?: () => string | null
  /** False while there is no log to write to. */
  readonly isWatching?: () => boolean
}

export function apiLogRecorder(options: ApiLogRecorderOptions): ExchangeObserver {
  let pending: Promise<void> = Promise.resolve()
  /** Kept for the end: a full log must not stop a repair. */
  let failure: Error | null = null
  const append = async (entry: ApiLogEntry): Promise<void> => {
    if (failure !== null) return
    try {
      await options.append(entry)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
  }
  return {
    name: 'The API log',
    isWatching: () => failure === null && (options.isWatching?.() ?? true),
    observe(exchange) {
      const entry = entryOf(exchange, options.account?.() ?? null, options.runId?.() ?? null)
      // One after another, so that the log has the order of the exchanges.
      pending = pending.then(() => append(entry))
    },
    async close() {
      await pending
      if (failure !== null) throw failure
    },
  }
}

function entryOf(exchange: Exchange, account: string | null, runId: string | null): ApiLogEntry {
  const requestId = exchange.responseHeaders['x-request-id']
  const { message, ...stated } = exchange.status !== null && exchange.status >= 400 ? readErrorBody(exchange.responseBody ?? '') : {}
  return {
    atMs: exchange.startedAtMs,
    runId,
    account,
    method: exchange.method,
    path: pathOf(exchange.url),
    attempt: exchange.attempt,
    durationMs: exchange.durationMs,
    requestBody: bounded(exchange.requestBody),
    responseBody: bounded(exchange.responseBody),
    failure: exchange.failure,
    answer: {
      ...(exchange.status === null ? {} : { status: exchange.status }),
      ...(requestId === undefined ? {} : { requestId }),
      ...stated,
      ...(message === undefined ? {} : { message }),
    },
  }
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function bounded(body: string | null): string | null {
  return body !== null && body.length > BODY_CHARACTERS_MAX ? `${body.slice(0, BODY_CHARACTERS_MAX)}…` : body
}
