// When to try a request again, and how long to wait first. Pure: time and chance come in.

export interface Attempt {
  readonly method: string
  /** Null: the request got no answer (network, TLS handshake cut, timeout). */
  readonly status: number | null
  /** Of the answer; lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** 1 for the first try: the one that has just failed. */
  readonly attempt: number
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** 0 up to 1. */
  readonly jitter: number
}

/** Tries in all, the first included, of a request that fails without being told to wait. */
export const ATTEMPTS_MAX = 4
/** Tries in all of a request that is told to wait: what bounds them in practice is --max-wait. */
export const LIMITED_ATTEMPTS_MAX = 10

const BACKOFF_FIRST_MS = 500
const BACKOFF_MAX_MS = 8_000
/** Calendly's window; its 429 has been seen without Retry-After. @see https://developer.calendly.com/api-docs/overview/rate-limits */
const WINDOW_MS = 60_000
/** A number larger than this is a moment in Unix seconds (2024-01-01), not a delay. */
const EPOCH_SECONDS_MIN = 1_704_067_200
const ASKED_DELAY_MAX_MS = 24 * 60 * 60 * 1000

const SAFE_METHODS = new Set(['GET', 'HEAD', 'DELETE'])
const PASSING_STATUSES = new Set([500, 502, 503, 504])

/**
 * Milliseconds to wait before the next try; null to give up. What the server asks for is taken as it is, our own back-off is
 * halved at most by the jitter. A POST is repeated after a 429 only, which says that it was not processed.
 */
export function retryDelayMs(failed: Attempt): number | null {
  if (failed.status === 429) {
    return failed.attempt < LIMITED_ATTEMPTS_MAX ? rateLimitDelayMs(failed.headers, failed.nowMs) : null
  }
  if (!SAFE_METHODS.has(failed.method) || failed.attempt >= ATTEMPTS_MAX) return null
  if (failed.status !== null && !PASSING_STATUSES.has(failed.status)) return null
  const asked = retryAfterMs(failed.headers['retry-after'], failed.nowMs)
  return asked ?? Math.round(backoffMs(failed.attempt) * (0.5 + failed.jitter / 2))
}

/** How long a 429 asks one to wait: Retry-After, else X-RateLimit-Reset, else Calendly's window of 60 s. */
export function rateLimitDelayMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  return retryAfterMs(headers['retry-after'], nowMs) ?? delayMs(headers['x-ratelimit-reset'], nowMs) ?? WINDOW_MS
}

function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1))
}

/** Seconds, or an HTTP date. @see RFC 9110 section 10.2.3 */
function retryAfterMs(value: string | undefined, nowMs: number): number | null {
  const seconds = delayMs(value, nowMs)
  if (seconds !== null || value === undefined || !/^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value.trim()))
    return seconds
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? null : bounded(atMs - nowMs)
}

function delayMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined || !/^\d{1,12}(?:\.\d+)?$/.test(value.trim())) return null
  const number = Number(value)
  return bounded(number >= EPOCH_SECONDS_MIN ? number * 1000 - nowMs : number * 1000)
}

function bounded(ms: number): number {
  return Math.ceil(Math.min(Math.max(ms, 0), ASKED_DELAY_MAX_MS))
}
