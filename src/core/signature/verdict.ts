// Whether a delivery is Calendly's: `Calendly-Webhook-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(key, t + "." + raw body)>`.
// Works on the raw bytes. Must not know where body, header and keys come from.

import { timingSafeEqual } from 'node:crypto'

import type { Secret } from '../secrets/secret.ts'
import type { Inflate } from './body-layers.ts'
import { explainMismatch, type Recipe } from './diagnosis.ts'
import { malformedHint, parseSignature, type ParsedSignature } from './header.ts'
import { SignedBody } from './hmac.ts'
import { suspectBody } from './suspicion.ts'

/** A key that a delivery may be signed with, and where it comes from. */
export interface CandidateKey {
  readonly key: Secret
  readonly source: 'given' | 'environment' | 'store'
  readonly account: string | null
  readonly webhookUri: string | null
  /** How it had to be read to be text at all (`UTF-16`): whatever it matches, it matches as `key_encoding`. */
  readonly readAs?: string
}

export type VerdictReason =
  | 'ok'
  | 'malformed_header'
  | 'missing_header'
  | 'no_key'
  | 'wrong_key'
  /** Some re-encoding of this body would match. */
  | 're_serialized_body'
  | 'too_old'
  | 'in_future'
  /** The key matches once it is trimmed or decoded. */
  | 'key_encoding'
  /** The body matches once base64, UTF-16, gzip or the like is undone. */
  | 'body_encoding'

export interface Verdict {
  /** True exactly when `reason` is `ok`. */
  readonly valid: boolean
  readonly reason: VerdictReason
  /** When it was signed, ISO 8601; null when the header does not tell a date. */
  readonly timestamp: string | null
  /** Whole seconds from signing to the judgement's now; negative for the future. */
  readonly ageSeconds: number | null
  /** The key that matched, also where the verdict is not `ok`. */
  readonly key: Pick<CandidateKey, 'source' | 'account' | 'webhookUri'> | null
  readonly hint: string | null
}

export interface Delivery {
  readonly rawBody: Uint8Array
  /** The header's value; null when the delivery has none. */
  readonly header: string | null
  readonly keys: readonly CandidateKey[]
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** Null: age is not judged. Else both directions are, the bound itself included. */
  readonly toleranceSeconds: number | null
  /**
   * How far to look for the cause of a mismatch, which costs hundreds of HMACs. Default `thorough`; `likely`: only for what explained
   * others; `none`: it is called `wrong_key`.
   */
  readonly diagnosis?: 'thorough' | 'likely' | 'none'
  /** What explained others of the same archive. */
  readonly likely?: readonly Recipe[]
  /** Without it, compression is not seen through. */
  readonly inflate?: Inflate
}

/** A verdict, and what explained it where something did. */
export interface Judgement {
  readonly verdict: Verdict
  readonly recipe: Recipe | null
}

/** The verdict over one delivery. Never throws, whatever the bytes and the header. Keys are prepared once per `Secret` object. */
export function verifyDelivery(delivery: Delivery): Verdict {
  return judgeDelivery(delivery).verdict
}

/** As `verifyDelivery`, for an archive: what explains one delivery usually explains the next. */
export function judgeDelivery(delivery: Delivery): Judgement {
  const { rawBody, header, keys, diagnosis = 'thorough', likely = [] } = delivery
  const only = (verdict: Verdict): Judgement => ({ verdict, recipe: null })
  if (header === null || header.trim() === '') return only(refuse('missing_header', null, delivery, REFUSAL_HINTS.missing_header))
  const signature = parseSignature(header)
  if (signature === null) return only(refuse('malformed_header', null, delivery, malformedHint(header)))
  if (keys.length === 0) return only(refuse('no_key', signature, delivery, REFUSAL_HINTS.no_key))

  const signed = new SignedBody(signature.timestamp, rawBody)
  for (const candidate of keys) {
    if (matches(signed.hmac(candidate.key), signature)) return only(judgeMatch(candidate, signature, delivery))
  }
  if (diagnosis === 'none') return only(refuse('wrong_key', signature, delivery, REFUSAL_HINTS.wrong_key))
  const thorough = diagnosis === 'thorough'
  const inflate = delivery.inflate ?? (() => null)
  const cause = explainMismatch({ rawBody, keys, signature, matches, inflate, likely, thorough })
  if (cause === null) {
    const hint = suspectKeys(keys, signature) ?? (thorough ? suspectBody(rawBody) : null) ?? REFUSAL_HINTS.wrong_key
    return only(refuse('wrong_key', signature, delivery, hint))
  }
  const { reason, hint, recipe } = cause
  return { verdict: { valid: false, reason, ...timesOf(signature, delivery), key: publicPart(cause.key), hint }, recipe }
}

/** The header's value for a body. */
export function signatureHeader(rawBody: Uint8Array, key: Secret, timestampSeconds: number): string {
  const timestamp = String(timestampSeconds)
  return `t=${timestamp},v1=${new SignedBody(timestamp, rawBody).hmac(key).toString('hex')}`
}

/** In constant time for each of the header's signatures. */
function matches(digest: Uint8Array, { digests }: ParsedSignature): boolean {
  let found = false
  for (const one of digests) {
    // `timingSafeEqual` throws on different lengths.
    if (one.byteLength === digest.byteLength && timingSafeEqual(one, digest)) found = true
  }
  return found
}

/** Authentic; what is left to be judged is how the key was read, and the age where that was asked for. */
function judgeMatch(candidate: CandidateKey, signature: ParsedSignature, delivery: Delivery): Verdict {
  const times = timesOf(signature, delivery)
  const key = publicPart(candidate)
  const { toleranceSeconds } = delivery
  if (candidate.readAs !== undefined) {
    return { valid: false, reason: 'key_encoding', ...times, key, hint: `The key matches once it is decoded from ${candidate.readAs}` }
  }
  if (toleranceSeconds !== null && times.ageSeconds > toleranceSeconds) {
    const hint = `Authentic, but signed ${times.ageSeconds} s ago where ${toleranceSeconds} s are allowed: a replay or a late retry; for a captured one give --at, or leave --tolerance out`
    return { valid: false, reason: 'too_old', ...times, key, hint }
  }
  if (toleranceSeconds !== null && times.ageSeconds < -toleranceSeconds) {
    const hint = `Authentic, but signed ${-times.ageSeconds} s in the future where ${toleranceSeconds} s are allowed: check this machine's clock, or --at`
    return { valid: false, reason: 'in_future', ...times, key, hint }
  }
  return { valid: true, reason: 'ok', ...times, key, hint: null }
}

const REFUSAL_HINTS = {
  missing_header:
    'Pass the Calendly-Webhook-Signature header with --signature or --headers; without one in the request, the subscription has no signing key',
  no_key: 'Pass --signing-key-file or --signing-key-stdin, or set CALENDLY_WEBHOOK_SIGNING_KEY: without a key nobody can tell',
  wrong_key: 'Signed with another key, or the body was changed: check which subscription delivered it',
} as const

/** The signature taken for the key is a mistake that is made again and again. */
function suspectKeys(keys: readonly CandidateKey[], { digests }: ParsedSignature): string | null {
  const hex = digests.map((digest) => Buffer.from(digest).toString('hex'))
  const isSignature = keys.some(({ key }) => hex.some((one) => key.reveal().includes(one)))
  return isSignature
    ? 'What was given as the key is the signature itself: the signing key belongs to the subscription or the OAuth app'
    : null
}

type Refusal = 'missing_header' | 'malformed_header' | 'no_key' | 'wrong_key'

function refuse(reason: Refusal, signature: ParsedSignature | null, delivery: Delivery, hint: string): Verdict {
  const times = signature === null ? { timestamp: null, ageSeconds: null } : timesOf(signature, delivery)
  return { valid: false, reason, ...times, key: null, hint }
}

/** A `Date` ends at this many seconds after (and before) 1970. */
const DATE_SECONDS_MAX = 8_640_000_000_000

function timesOf({ seconds }: ParsedSignature, { nowMs }: Delivery): { readonly timestamp: string | null; readonly ageSeconds: number } {
  return {
    timestamp: seconds <= DATE_SECONDS_MAX ? new Date(seconds * 1000).toISOString() : null,
    ageSeconds: Math.floor(nowMs / 1000) - seconds,
  }
}

function publicPart({ source, account, webhookUri }: CandidateKey): NonNullable<Verdict['key']> {
  return { source, account, webhookUri }
}
