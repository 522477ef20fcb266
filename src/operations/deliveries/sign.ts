// `sign`: the header that Calendly would send with a body.

import { type CandidateKey, signatureHeader, type Verdict } from '../../core/signature/verdict.ts'

/** `data` of `sign`. */
export interface Signed {
  /** The value of Calendly-Webhook-Signature. */
  readonly header: string
  /** ISO 8601 UTC. */
  readonly timestamp: string
  readonly key: NonNullable<Verdict['key']>
}

/** @param atMs epoch milliseconds; signatures have whole seconds */
export function signBody(rawBody: Uint8Array, candidate: CandidateKey, atMs: number): Signed {
  const seconds = Math.floor(atMs / 1000)
  const { source, account, webhookUri } = candidate
  return {
    header: signatureHeader(rawBody, candidate.key, seconds),
    timestamp: new Date(seconds * 1000).toISOString(),
    key: { source, account, webhookUri },
  }
}
