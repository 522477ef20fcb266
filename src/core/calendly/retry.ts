// When to try a request again, and how long to wait first. Pure: time and chance come in.

export interface Attempt {
  readonly method: string
  /** Null: the request got no answer (network, TLS handshake cut, timeout). */
  readonly status: number | null
  /** The answer is not Calendly's: its status says nothing, and the next one may be. */
  readonly isStrangers: boolean
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
/** A number larger than this is a moment in Unix seconds (2024-01-01), not a delay; a thousand times that, in milliseconds. */
const EPOCH_SECONDS_MIN = 1_704_067_200
const ASKED_DELAY_MAX_MS = 24 * 60 * 60 * 1000

const SAFE_METHODS = new Set(['GET', 'HEAD', 'DELETE'])
/** 520 to 524 are the edge's: it reached Calendly, and no answer came back. */
const PASSING_STATUSES = new Set([408, 500, 502, 503, 504, 520, 521, 522, 523, 524])

/**
 * Milliseconds to wait before the next try; null to give up. What the server asks for is taken as it is, our own back-off is
 * halved at most by the jitter. A POST is repeated after Calendly's own 429 only, which says that it was not processed.
 */
export function retryDelayMs(failed: Attempt): number | null {
  if (failed.status === 429 && !failed.isStrangers) {
    return failed.attempt < LIMITED_ATTEMPTS_MAX ? rateLimitDelayMs(failed.headers, failed.nowMs) : null
  }
  if (!SAFE_METHODS.has(failed.method) || failed.attempt >= ATTEMPTS_MAX) return null
  if (failed.status !== null && !failed.isStrangers && !PASSING_STATUSES.has(failed.status)) return null
  const asked = askedDelayMs(failed.headers['retry-after'], remoteNowMs(failed.headers, failed.nowMs))
  return asked ?? Math.round(backoffMs(failed.attempt) * (0.5 + failed.jitter / 2))
}

/**
 * How long a 429 asks one to wait, a day at most: Retry-After, else the IETF's fields, else X-RateLimit-Reset, else Calendly's window
 * of 60 s. A moment is measured by the clock of the one who names it, where the answer has a Date.
 */
export function rateLimitDelayMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  const thenMs = remoteNowMs(headers, nowMs)
  return (
    askedDelayMs(headers['retry-after'], thenMs) ??
    fieldDelayMs(headers['ratelimit']) ??
    askedDelayMs(headers['ratelimit-reset'], thenMs) ??
    askedDelayMs(headers['x-ratelimit-reset'], thenMs) ??
    WINDOW_MS
  )
}

function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1))
}

function remoteNowMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  return httpDateMs(headers['date']?.trim() ?? '') ?? nowMs
}

/** Seconds, or a moment: Unix seconds or milliseconds, an HTTP date (RFC 9110 section 5.6.7), an ISO 8601 time. */
function askedDelayMs(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d{1,16}(?:\.\d{1,9})?$/.test(text)) return bounded(ofNumber(Number(text), nowMs))
  const atMs = httpDateMs(text) ?? isoTimeMs(text)
  return atMs === null ? null : bounded(atMs - nowMs)
}

function ofNumber(number: number, nowMs: number): number {
  if (number >= EPOCH_SECONDS_MIN * 1000) return number - nowMs
  return number >= EPOCH_SECONDS_MIN ? number * 1000 - nowMs : number * 1000
}

const HTTP_DATES = [
  /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Za-z]{6,9}, \d{2}-[A-Za-z]{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  // C's asctime has no zone and means UTC.
  /^[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]

function httpDateMs(text: string): number | null {
  if (!HTTP_DATES.some((form) => form.test(text))) return null
  return timeMs(text.endsWith('GMT') ? text : `${text} GMT`)
}

function isoTimeMs(text: string): number | null {
  const [, day, time, zone = ''] =
    /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  return day === undefined || time === undefined ? null : timeMs(`${day}T${time}${zone === '' ? 'Z' : zone.toUpperCase()}`)
}

function timeMs(text: string): number | null {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

/**
 * The longest wait among the policies that are used up, in either form that drafts gave the field:
 * `"burst";r=0;t=30, "day";r=9;t=3600` and `limit=10, remaining=0, reset=30`.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
function fieldDelayMs(value: string | undefined): number | null {
  if (value === undefined) return null
  const policies = /\breset=/.test(value) ? [value] : value.slice(0, 2_000).split(',')
  const waits = policies.flatMap((policy) => {
    const seconds = /(?:^|[;,\s])(?:t|reset)=(\d{1,12})\b/.exec(policy)?.[1]
    const left = /(?:^|[;,\s])(?:r|remaining)=(\d{1,12})\b/.exec(policy)?.[1]
    return seconds === undefined ? [] : [{ ms: bounded(Number(seconds) * 1000), isUsedUp: left === undefined || Number(left) === 0 }]
  })
  const usedUp = waits.filter(({ isUsedUp }) => isUsedUp)
  const counting = usedUp.length > 0 ? usedUp : waits
  return counting.length === 0 ? null : Math.max(...counting.map(({ ms }) => ms))
}

function bounded(ms: number): number {
  return Math.ceil(Math.min(Math.max(ms, 0), ASKED_DELAY_MAX_MS))
}
