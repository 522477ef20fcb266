// A delivery that somebody recorded: the exact bytes of the body, and the header that signs them.

export interface Capture {
  readonly rawBody: Uint8Array
  /** The value of `Calendly-Webhook-Signature`; null when the delivery had none. */
  readonly header: string | null
}

/** How captures are written down. */
export type CaptureFormat = 'body' | 'http' | 'har' | 'ndjson'

export const SIGNATURE_HEADER = 'calendly-webhook-signature'
