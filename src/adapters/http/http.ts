// HTTP for every adapter: limits, own User-Agent, no redirects, observers, crash points. Knows no API and retries nothing.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock } from '../../core/ports/desk.ts'
import { redactBody, redactHeaders, redactUrl } from '../../core/secrets/redact.ts'
import { SecretRegistry } from '../../core/secrets/registry.ts'
import { type NetworkSettings, openConnections } from './connections.ts'
import { decodeBody } from './decode.ts'
import type { Exchange, ExchangeObserver } from './exchange.ts'
import { isLoopbackHost } from './loopback.ts'
import { harvestSecrets, secretsOfEnvironment } from './secrets-seen.ts'
import { send } from './send.ts'
import { watchWith } from './watch.ts'

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 30_000
/** A page of 100 subscriptions is some 60 kB; sample data a few kB. */
const BODY_BYTES_MAX = 8 * 1024 * 1024

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Gives up an answer that is under way. Leave it out where the other side may act on the request. */
  readonly signal?: AbortSignal
  /** 1 for the first try (the default); observers are told. */
  readonly attempt?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Calendly's `x-request-id`. */
  readonly requestId: string | null
  /** By our clock, epoch milliseconds. */
  readonly receivedAtMs: number
}

export interface HttpOptions extends NetworkSettings {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly userAgent: string
  readonly observers: readonly ExchangeObserver[]
  /** Told at the end, once for each observer that lost something: a sentence for people. */
  readonly onLost?: (text: string) => void
  /** Called before and after each request as `http:<METHOD> <path pattern>:before|after`; tests kill the process there. */
  readonly crashpoint?: (name: string) => void
  /** Default 10 s. */
  readonly connectTimeoutMs?: number
  /** Default 30 s. */
  readonly answerTimeoutMs?: number
  /** Default 8 MiB. */
  readonly bodyBytesMax?: number
}

export interface Http {
  /**
   * One request, one answer of any status; a redirect is never followed, since it would carry the token or the code to a place that nobody chose. A POST travels on a connection of its own: on an idle one it could meet
   * the other side's close, and nobody would know whether it was processed.
   * @throws NETWORK, TLS, TIMEOUT, UNEXPECTED_ANSWER (each says in `answer.requestSent` whether the request may have left),
   * INTERRUPTED, INVALID_URL for plain http to another machine
   */
  request(request: HttpRequest): Promise<HttpAnswer>
  /** The secrets that passed through, for masking them in text that comes from elsewhere. */
  readonly secrets: SecretRegistry
  /** Closes all connections at once; observers write what they hold back. */
  close(): Promise<void>
}

/**
 * Costs nothing until the first request: undici is loaded then.
 * @throws USAGE, FILE_UNREADABLE for network settings that cannot be used
 */
export function openHttp(options: HttpOptions): Http {
  const limits = {
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
  }
  const connections = openConnections(options, limits.connectTimeoutMs)
  const secrets = new SecretRegistry(secretsOfEnvironment(options.env))
  const watch = watchWith(options.observers, options.onLost ?? (() => {}))
  let unsearched: Error | null = null

  async function exchange(request: HttpRequest, headers: Record<string, string>): Promise<HttpAnswer> {
    const { method, url, signal } = request
    const dispatcher = await connections.dispatcher(url, method === 'POST')
    const raw = await send(dispatcher, { method, url, headers, body: request.body ?? null, signal }, limits)
    const body = await decodeBody(raw, url, limits.bodyBytesMax)
    return {
      status: raw.status,
      headers: raw.headers,
      body,
      requestId: raw.headers['x-request-id'] ?? null,
      receivedAtMs: options.clock.nowMs(),
    }
  }

  /** From now on they are masked wherever they turn up. The answer itself counts, whatever is odd about its text. */
  function learnSecrets(answer: HttpAnswer): void {
    try {
      secrets.add(...harvestSecrets(answer.headers, answer.body))
    } catch (reason) {
      unsearched = reason instanceof Error ? reason : new Error(String(reason))
    }
  }

  /** What could not be searched for secrets is shown to nobody, nor is anything after it. */
  function tellObservers(request: HttpRequest, headers: Record<string, string>, startedAtMs: number, outcome: Outcome): void {
    const endedAtMs = options.clock.nowMs()
    watch.tell(() => {
      if (unsearched !== null) throw unsearched
      return masked(request, { headers, startedAtMs, endedAtMs, outcome }, secrets)
    })
  }

  return {
    secrets,
    async request(request) {
      refusePlainHttp(request.url)
      const headers = { 'user-agent': options.userAgent, ...request.headers }
      secrets.add(...harvestSecrets(headers, request.body ?? null))
      const startedAtMs = options.clock.nowMs()
      const point = `http:${request.method} ${pathPattern(request.url.pathname)}`
      options.crashpoint?.(`${point}:before`)
      const answer = await exchange(request, headers).catch((error: unknown) => {
        tellObservers(request, headers, startedAtMs, { answer: null, failure: describe(error) })
        throw error
      })
      options.crashpoint?.(`${point}:after`)
      learnSecrets(answer)
      tellObservers(request, headers, startedAtMs, { answer, failure: null })
      return answer
    },
    async close() {
      await connections.close()
      await watch.close()
    },
  }
}

/** The path with identifiers replaced: `/webhook_subscriptions/{id}`. What crash points are named by. */
export function pathPattern(path: string): string {
  return path.replaceAll(/\/(webhook_subscriptions|organizations|organization_memberships|users|groups)\/(?!me(?:\/|$))[^/]+/g, '/$1/{id}')
}

/** @throws RangeError for what is nested too deep to be searched */
function masked(
  request: HttpRequest,
  course: { readonly headers: Record<string, string>; readonly startedAtMs: number; readonly endedAtMs: number; readonly outcome: Outcome },
  secrets: SecretRegistry,
): Exchange {
  const { headers, startedAtMs, endedAtMs } = course
  const { answer, failure } = course.outcome
  return {
    method: request.method,
    url: secrets.redact(redactUrl(request.url.href)),
    requestHeaders: redactHeaders(headers, secrets),
    requestBody: request.body === undefined ? null : redactBody(request.body, headers['content-type'] ?? null, secrets),
    status: answer?.status ?? null,
    responseHeaders: answer === null ? {} : redactHeaders(answer.headers, secrets),
    responseBody: answer === null ? null : redactBody(answer.body, answer.headers['content-type'] ?? null, secrets),
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
    attempt: request.attempt ?? 1,
    failure: failure === null ? null : secrets.redact(failure),
  }
}

interface Outcome {
  readonly answer: HttpAnswer | null
  readonly failure: string | null
}

function refusePlainHttp(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) return
  throw new CalreconnectError('INVALID_URL', `Requests go over https only, not to ${url.origin}`, {
    hint: 'Plain http is for loopback hosts: check CALENDLY_API_URL and CALENDLY_AUTH_URL',
    requestSent: false,
  })
}

function describe(error: unknown): string {
  return error instanceof CalreconnectError ? `${error.code}: ${error.message}` : String(error)
}
