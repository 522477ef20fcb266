// Sends one request through an undici dispatcher and collects the answer within its limits. Knows nothing of Calendly, retries or
// redaction. The dispatch interface is used rather than `request()`, because only it tells whether the request ever left.

import type { Dispatcher } from 'undici'

import { CalreconnectError } from '../../core/errors/errors.ts'
import { translateFailure } from './failures.ts'

export interface Limits {
  /** Until the request leaves: name resolution, connection, TLS, proxy tunnel. */
  readonly connectTimeoutMs: number
  /** From the request's leaving to the last byte of the answer. */
  readonly answerTimeoutMs: number
  readonly bodyBytesMax: number
}

export interface RawAnswer {
  readonly status: number
  /** Lower-case names; repeated ones joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Outgoing {
  readonly method: string
  readonly url: URL
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | null
  readonly signal: AbortSignal | undefined
}

/** @throws NETWORK, TLS, TIMEOUT, UNEXPECTED_ANSWER (each with `requestSent`), INTERRUPTED */
export function send(dispatcher: Dispatcher, outgoing: Outgoing, limits: Limits): Promise<RawAnswer> {
  const { url, signal } = outgoing
  return new Promise((resolve, reject) => {
    let sent = false
    let settled = false
    let abort: (() => void) | null = null
    let cancelTimer = deadline(limits.connectTimeoutMs, () => {
      fail(timeoutError(url, limits.connectTimeoutMs, 'accept the connection', false))
    })

    function settle(): boolean {
      if (settled) return false
      settled = true
      cancelTimer()
      signal?.removeEventListener('abort', interrupt)
      return true
    }
    function fail(error: CalreconnectError): void {
      if (!settle()) return
      reject(error)
      abort?.()
    }
    function interrupt(): void {
      fail(new CalreconnectError('INTERRUPTED', `Interrupted while asking ${url.host}`, { requestSent: sent }))
    }
    if (signal?.aborted === true) return interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })

    const collected = collector(url, limits.bodyBytesMax)
    dispatcher.dispatch(dispatchOptions(outgoing), {
      onRequestStart(controller) {
        abort = () => controller.abort(new Error('given up'))
        // Given up while connecting: the request must not leave any more.
        if (settled) return abort()
        sent = true
        cancelTimer()
        cancelTimer = deadline(limits.answerTimeoutMs, () => fail(timeoutError(url, limits.answerTimeoutMs, 'answer', true)))
      },
      onResponseStart(_controller, status, headers) {
        collected.start(status, headers)
      },
      onResponseData(_controller, chunk) {
        const tooLarge = collected.add(chunk)
        if (tooLarge !== null) fail(tooLarge)
      },
      onResponseEnd() {
        if (settle()) afterTwoTurns(() => resolve(collected.answer()))
      },
      onResponseError(_controller, error) {
        fail(translateFailure(error, url, sent))
      },
    })
  })
}

/**
 * undici checks an idle connection before it counts as free, which takes a turn of the event loop: a caller that asks on at once
 * would open a second connection, with its TLS handshake, for the second of two requests.
 */
function afterTwoTurns(work: () => void): void {
  setImmediate(() => setImmediate(work))
}

/** A timer this late: the process stood still (SIGSTOP, a suspended machine), and an answer may have arrived meanwhile. */
const STOOD_STILL_MS = 1_000
const READING_MS = 2_000

/** Calls `over` when the time is up, but not before what lies unread in the socket could be read: it may be a rotated token. */
function deadline(timeoutMs: number, over: () => void): () => void {
  const dueMs = performance.now() + timeoutMs
  let timer = setTimeout(() => {
    if (performance.now() - dueMs < STOOD_STILL_MS) over()
    else timer = setTimeout(over, READING_MS)
  }, timeoutMs)
  return () => clearTimeout(timer)
}

function dispatchOptions({ method, url, headers, body }: Outgoing): Dispatcher.DispatchOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers,
    body,
    // The limits above are absolute; undici's are between two bytes, which a slow drip never exceeds.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

function collector(url: URL, bodyBytesMax: number) {
  let status = 0
  let headers: Readonly<Record<string, string>> = {}
  let bytes = 0
  const chunks: Buffer[] = []
  return {
    start(answeredStatus: number, answered: Readonly<Record<string, string | string[] | undefined>>): void {
      status = answeredStatus
      headers = flatten(answered)
    },
    add(chunk: Buffer): CalreconnectError | null {
      bytes += chunk.length
      if (bytes > bodyBytesMax) {
        return new CalreconnectError('UNEXPECTED_ANSWER', `The answer of ${url.host} is larger than ${bodyBytesMax} bytes`, {
          status,
          requestSent: true,
        })
      }
      chunks.push(chunk)
      return null
    },
    answer: (): RawAnswer => ({ status, headers, body: Buffer.concat(chunks) }),
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

function timeoutError(url: URL, timeoutMs: number, what: string, requestSent: boolean): CalreconnectError {
  return new CalreconnectError('TIMEOUT', `${url.host} did not ${what} within ${timeoutMs / 1000} s`, { requestSent })
}
