// Asks Calendly's API one thing: bearer token, renewal after a 401, retries of what is safe, waiting for rate limits.
// Knows no resource; client.ts does.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccessTokens } from '../../core/ports/calendly.ts'
import type { Clock, Progress, Random } from '../../core/ports/desk.ts'
import { retryDelayMs } from '../../core/calendly/retry.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Http, HttpAnswer } from '../http/http.ts'
import { rateLimited, refusal } from './refusals.ts'
import { openTurns, type RequestBudget } from './turns.ts'
import type { Reader } from './wire.ts'

export interface CallerOptions {
  /** Where requests go: `CALENDLY_API_URL`. A path in it is kept as a prefix. */
  readonly apiUrl: URL
  readonly http: Http
  readonly tokens: AccessTokens
  readonly clock: Clock
  readonly random: Random
  /** The longest that one call waits in all. */
  readonly maxWaitMs: number
  /** Ends waits and reads; a change that is under way is finished. */
  readonly signal?: AbortSignal | undefined
  readonly progress?: Pick<Progress, 'note'> | undefined
  /** What all processes on the store may ask in a minute. */
  readonly budget?: RequestBudget | undefined
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Absolute, as in Calendly's URIs: `/webhook_subscriptions`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string
  /** For messages, an infinitive: `list webhook subscriptions`. */
  readonly asked: string
}

export interface Caller {
  /** The answer with status 2xx. @throws the code that fits any other */
  call(call: Call): Promise<HttpAnswer>
  /** The same, read as JSON by `reader`. @throws UNEXPECTED_ANSWER besides */
  read<T>(call: Call, reader: Reader<T>): Promise<T>
  remoteNowMs: () => number
}

export function openCaller(options: CallerOptions): Caller {
  const { http, tokens, clock } = options
  const turns = openTurns(options)
  let remoteOffsetMs = 0

  async function attemptOnce(call: Call, token: Secret, attempt: number): Promise<HttpAnswer> {
    // A POST may be the second half of a replacement, which Ctrl-C must not part; who begins no new step sends no new POST.
    if (options.signal?.aborted === true && call.method !== 'POST')
      throw new CalreconnectError('INTERRUPTED', `Interrupted before it could ${call.asked}`)
    const answer = await http.request({
      method: call.method,
      url: urlOf(options.apiUrl, call),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token.reveal()}`,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      attempt,
      // A change is never given up half-way: nobody could tell whether it was made.
      ...(call.method === 'GET' && options.signal !== undefined ? { signal: options.signal } : {}),
    })
    turns.learn(answer.headers)
    const remoteMs = Date.parse(answer.headers['date'] ?? '')
    if (!Number.isNaN(remoteMs)) remoteOffsetMs = remoteMs - answer.receivedAtMs
    return answer
  }

  /** Waits before the next try, if there is to be one. */
  async function pause(call: Call, failed: HttpAnswer | null, attempt: number, waitedMs: number): Promise<number | null> {
    const nowMs = clock.nowMs()
    const jitter = (options.random.bytes(1)[0] ?? 0) / 256
    const status = failed?.status ?? null
    const delayMs = retryDelayMs({ method: call.method, status, headers: failed?.headers ?? {}, attempt, nowMs, jitter })
    if (delayMs === null || waitedMs + delayMs > options.maxWaitMs) {
      if (failed?.status === 429) throw rateLimited(failed, call.asked, { nowMs, maxWaitMs: options.maxWaitMs })
      return null
    }
    options.progress?.note(waitNote(status, delayMs))
    await clock.sleep(delayMs, call.method === 'POST' ? undefined : options.signal)
    return waitedMs + delayMs
  }

  async function call(wanted: Call): Promise<HttpAnswer> {
    let token = await tokens.get()
    let renewed = false
    let waitedMs = 0
    for (let attempt = 1; ; attempt += 1) {
      await turns.take(wanted, waitedMs)
      const outcome = await attemptOnce(wanted, token, attempt).catch((error: unknown) => error)
      if (!isAnswer(outcome)) {
        const again = isPassing(outcome) ? await pause(wanted, null, attempt, waitedMs) : null
        if (again === null) throw outcome
        waitedMs = again
        continue
      }
      if (outcome.status >= 200 && outcome.status < 300) return outcome
      if (outcome.status === 401 && !renewed) {
        renewed = true
        const other = await tokens.renew(token)
        if (other !== null) {
          token = other
          continue
        }
      }
      const again = await pause(wanted, outcome, attempt, waitedMs)
      if (again === null) throw refusal(outcome, wanted.asked, { secrets: http.secrets, refusedHint: tokens.refusedHint })
      waitedMs = again
    }
  }

  return {
    call,
    read: async (wanted, reader) => readAnswer(await call(wanted), reader, options.apiUrl.host),
    remoteNowMs: () => clock.nowMs() + remoteOffsetMs,
  }
}

/** A 429's own delay in words. Exported for tests of the line that people see. */
function waitNote(status: number | null, delayMs: number): string {
  const seconds = Math.max(1, Math.round(delayMs / 1000))
  if (status === 429) return `Calendly limits requests: waiting ${seconds} s`
  return `Calendly ${status === null ? 'cannot be reached' : `answered ${status}`}: trying again in ${seconds} s`
}

function urlOf(apiUrl: URL, { path, query }: Call): URL {
  const url = new URL(apiUrl)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  return url
}

function isAnswer(outcome: unknown): outcome is HttpAnswer {
  return typeof outcome === 'object' && outcome !== null && !(outcome instanceof Error) && 'status' in outcome
}

function isPassing(error: unknown): boolean {
  return error instanceof CalreconnectError && (error.code === 'NETWORK' || error.code === 'TIMEOUT')
}

function readAnswer<T>(answer: HttpAnswer, reader: Reader<T>, host: string): T {
  try {
    return reader(parseJson(answer, host))
  } catch (error) {
    throw error instanceof CalreconnectError ? withAnswer(error, answer) : error
  }
}

function parseJson(answer: HttpAnswer, host: string): unknown {
  try {
    return JSON.parse(answer.body)
  } catch (cause) {
    throw new CalreconnectError('UNEXPECTED_ANSWER', `${host} answered ${answer.status} with something that is not JSON`, {
      cause,
      hint: 'A proxy or a captive portal may answer in its place: check CALENDLY_API_URL and the network',
    })
  }
}

function withAnswer(error: CalreconnectError, answer: HttpAnswer): CalreconnectError {
  return new CalreconnectError(error.code, error.message, {
    ...error.answer,
    status: answer.status,
    ...(answer.requestId === null ? {} : { requestId: answer.requestId }),
    ...(error.hint === null ? {} : { hint: error.hint }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  })
}
