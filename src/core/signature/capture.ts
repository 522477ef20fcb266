// A delivery that somebody recorded: the exact bytes of the body, and the header that signs them.

import type { Secret } from '../secrets/secret.ts'

export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface Capture {
  readonly rawBody: Uint8Array
  /** The value of `Calendly-Webhook-Signature`; null when the delivery had none. */
  readonly header: string | null
}

/** Some deliveries of an input, in its order. */
export interface CaptureBatch {
  /** How many there are. Those that are not among `captures` were found authentic while reading. */
  readonly total: number
  /** Each with its place in the batch, from 0. */
  readonly captures: readonly (Capture & { readonly at: number })[]
  /** Lines of an archive that hold no delivery that could be read. */
  readonly unreadable: readonly UnreadableLine[]
}

export interface UnreadableLine {
  /** From 1. */
  readonly line: number
  /** Completes "line 17 …". */
  readonly why: string
}

/** What the deliveries of a long archive are held against while they are read. */
export interface QuickCheck {
  /** Tried in this order. */
  readonly keys: readonly Secret[]
  /** Signed no earlier and no later than this, epoch seconds; infinite where age is not judged. */
  readonly secondsMin: number
  readonly secondsMax: number
}

/** How captures are written down. */
export type CaptureFormat = 'body' | 'http' | 'har' | 'ndjson'

export const SIGNATURE_HEADER = 'calendly-webhook-signature'

/** A batch of deliveries of which nothing is known yet. */
export function batchOf(captures: readonly Capture[], unreadable: readonly UnreadableLine[] = []): CaptureBatch {
  return { total: captures.length, captures: captures.map(({ rawBody, header }, at) => ({ rawBody, header, at })), unreadable }
}
