// Whether a delivery is Calendly's: `Calendly-Webhook-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(key, t + "." + raw body)>`.
// Works on the raw bytes. Must not know where body, header and keys come from.

import { timingSafeEqual } from 'node:crypto'

import type { Secret } from '../secrets/secret.ts'
import { explainMismatch } from './diagnosis.ts'
import { SignedBody } from './hmac.ts'
import { parseSignature } from './header.ts'
import type { ParsedSignature } from './header.ts'

/** A key that a delivery may be signed with, and where it comes from. */
export interface CandidateKey {
  readonly key: Secret
  readonly source: 'given' | 'environment' | 'store'
  readonly account: string | null
  readonly webhookUri: string | null
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
  /** False: a mismatch is called `wrong_key` without looking for its cause, which costs hundreds of HMACs. Default true. */
  readonly diagnose?: boolean
}

/** The verdict over one delivery. Never throws, whatever the bytes and the header. Keys are prepared once per `Secret` object. */
export function verifyDelivery(delivery: Delivery): Verdict {
  const { rawBody, header, keys } = delivery
  if (header === null || header.trim() === '') return refuse('missing_header', null, delivery)
  const signature = parseSignature(header)
  if (signature === null) return refuse('malformed_header', null, delivery)
  if (keys.length === 0) return refuse('no_key', signature, delivery)

  const signed = new SignedBody(signature.timestamp, rawBody)
  for (const candidate of keys) {
    if (matches(signed.hmac(candidate.key), signature)) return judgeAge(candidate, signature, delivery)
  }
  const cause = delivery.diagnose === false ? null : explainMismatch(rawBody, keys, signature, matches)
  if (cause === null) return refuse('wrong_key', signature, delivery)
  return { valid: false, reason: cause.reason, ...timesOf(signature, delivery), key: publicPart(cause.key), hint: cause.hint }
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

function judgeAge(candidate: CandidateKey, signature: ParsedSignature, delivery: Delivery): Verdict {
  const times = timesOf(signature, delivery)
  const key = publicPart(candidate)
  const { toleranceSeconds } = delivery
  if (toleranceSeconds !== null && times.ageSeconds > toleranceSeconds) {
    const hint = `Signed ${times.ageSeconds} s ago, ${toleranceSeconds} s are allowed: a replay, a late retry, or give --at for a captured one`
    return { valid: false, reason: 'too_old', ...times, key, hint }
  }
  if (toleranceSeconds !== null && times.ageSeconds < -toleranceSeconds) {
    const hint = `Signed ${-times.ageSeconds} s in the future, ${toleranceSeconds} s are allowed: check this machine's clock`
    return { valid: false, reason: 'in_future', ...times, key, hint }
  }
  return { valid: true, reason: 'ok', ...times, key, hint: null }
}

const REFUSAL_HINTS = {
  missing_header: 'Pass the Calendly-Webhook-Signature header with --signature or --headers',
  malformed_header: 'The header must read t=<unix seconds>,v1=<64 lower-case hex digits>, exactly as it was received',
  no_key: 'Pass --signing-key-file or --signing-key-stdin, or set CALENDLY_WEBHOOK_SIGNING_KEY',
  wrong_key: 'Signed with another key, or the body was changed: check which subscription delivered it',
} as const

function refuse(reason: keyof typeof REFUSAL_HINTS, signature: ParsedSignature | null, delivery: Delivery): Verdict {
  const times = signature === null ? { timestamp: null, ageSeconds: null } : timesOf(signature, delivery)
  return { valid: false, reason, ...times, key: null, hint: REFUSAL_HINTS[reason] }
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
