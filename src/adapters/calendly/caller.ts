// Asks Calendly's API one thing: bearer token, renewal after a 401, retries of what is safe, waiting for rate limits.
// Knows no resource; client.ts does.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccessTokens } from '../../core/ports/calendly.ts'
import type { Clock, Interruption, Progress, Random, Stake } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { judgeAnswer, type Shape, strangerError } from '../http/authenticity.ts'
import type { Http, HttpAnswer, HttpRequest } from '../http/http.ts'
import { type Answered, isAnswered, openPauses } from './pauses.ts'
import { refusal } from './refusals.ts'
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
  readonly interruption: Interruption
  readonly progress?: Pick<Progress, 'note'> | undefined
  /** What all processes on the store may ask in a minute. */
  readonly budget?: RequestBudget | undefined
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute, as in Calendly's URIs: `/webhook_subscriptions`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string
  /** For messages, an infinitive: `list webhook subscriptions`. */
  readonly asked: string
}

export interface Caller {
  /** Returns once Calendly says that it is done, in the one way in which it says so of `call`: a 204 without a body. @throws as `read` */
  act(call: Call): Promise<void>
  /** What Calendly answered, read by `reader`. @throws UNEXPECTED_ANSWER for what is not Calendly's, else the code that fits its refusal */
  read<T>(call: Call, reader: Reader<T>): Promise<T>
  /** Whatever Calendly answered, JSON or nothing. @throws as `read` */
  answer(call: Call): Promise<{ readonly answer: HttpAnswer; readonly json: unknown }>
  remoteNowMs: () => number
}

export function openCaller(options: CallerOptions): Caller {
  const { http, tokens, clock } = options
  const turns = openTurns(options)
  const pause = openPauses(options)
  let remoteOffsetMs = 0

  async function attemptOnce(call: Call, shape: Shape, token: Secret, attempt: number): Promise<Answered> {
    // A POST may be the second half of a replacement, which Ctrl-C must not part; who begins no new step sends no new POST.
    const { signal } = options.interruption
    if (signal?.aborted === true && call.method !== 'POST') {
      throw new CalreconnectError('INTERRUPTED', `Interrupted before it could ${call.asked}`)
    }
    const request = requestFor(call, options, { token, attempt })
    const isAloneAtStake = call.method !== 'GET' && signal !== undefined
    const answer = await (isAloneAtStake ? options.interruption.finish(stakeOf(call), () => http.request(request)) : http.request(request))
    const judged = judgeAnswer(answer, shape)
    // Neither the limits nor the clock of a stranger are Calendly's.
    if (judged.kind !== 'stranger') learn(answer)
    return { answer, judged }
  }

  function learn({ headers, receivedAtMs }: HttpAnswer): void {
    turns.learn(headers)
    const remoteMs = Date.parse(headers['date'] ?? '')
    if (!Number.isNaN(remoteMs)) remoteOffsetMs = remoteMs - receivedAtMs
  }

  /** The first answer in `shape`, with its JSON. */
  async function call(wanted: Call, shape: Shape): Promise<{ readonly answer: HttpAnswer; readonly json: unknown }> {
    let token = await tokens.get()
    let renewed = false
    let waitedMs = 0
    for (let attempt = 1; ; attempt += 1) {
      await turns.take(wanted, waitedMs)
      const outcome = await attemptOnce(wanted, shape, token, attempt).catch((error: unknown) => error)
      if (isAnswered(outcome)) {
        const { answer, judged } = outcome
        if (judged.kind === 'done') return { answer, json: judged.json }
        // A stranger's 401 is no reason to spend the refresh token.
        if (judged.kind === 'refused' && answer.status === 401 && !renewed) {
          renewed = true
          const other = await tokens.renew(token)
          if (other !== null) {
            token = other
            continue
          }
        }
      }
      const again = await pause(wanted, outcome, { attempt, waitedMs })
      if (again === null) throw isAnswered(outcome) ? errorFor(outcome, wanted, options) : outcome
      waitedMs = again
    }
  }

  return {
    async act(wanted) {
      await call(wanted, { done: 'nothing', errors: 'api' })
    },
    async read(wanted, { isOfKind, read }) {
      const { answer, json } = await call(wanted, { done: isOfKind, errors: 'api' })
      try {
        return read(json)
      } catch (error) {
        throw error instanceof CalreconnectError ? withAnswer(error, answer) : error
      }
    },
    answer: (wanted) => call(wanted, { done: 'anything', errors: 'api' }),
    remoteNowMs: () => clock.nowMs() + remoteOffsetMs,
  }
}

function errorFor({ answer, judged }: Answered, { asked }: Call, { http: { secrets }, tokens }: CallerOptions): CalreconnectError {
  return judged.kind === 'refused'
    ? refusal(answer, judged.said, asked, { secrets, refusedHint: tokens.refusedHint })
    : strangerError(answer, asked, { secrets, setting: 'CALENDLY_API_URL' })
}

function requestFor(call: Call, options: CallerOptions, { token, attempt }: { token: Secret; attempt: number }): HttpRequest {
  const { method, body } = call
  const { signal } = options.interruption
  return {
    method,
    url: urlOf(options.apiUrl, call),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token.reveal()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    attempt,
    // A change is never given up half-way: nobody could tell whether it was made.
    ...(method === 'GET' && signal !== undefined ? { signal } : {}),
  }
}

/** Of a change that is no part of something larger. */
function stakeOf({ asked }: Call): Stake {
  return { awaited: `Calendly's answer to the request to ${asked}`, cost: 'nobody knows whether that was done', mend: null }
}

function urlOf(apiUrl: URL, { path, query }: Call): URL {
  const url = new URL(apiUrl)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  return url
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
