// One delivery as a line of an NDJSON archive, and what of it may be shown or sent again. The bytes of the body are never touched.

import { type HeaderList, SIGNATURE_HEADER } from './capture.ts'

/** @param receivedAtMs epoch milliseconds */
export function captureLine(delivery: {
  readonly headers: HeaderList
  readonly rawBody: Uint8Array
  readonly receivedAtMs: number
}): string {
  const headers: Record<string, string> = {}
  for (const [name, value] of delivery.headers) {
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  return JSON.stringify({
    received_at: new Date(delivery.receivedAtMs).toISOString(),
    headers,
    body_base64: Buffer.from(delivery.rawBody).toString('base64'),
  })
}

export function signatureIn(headers: HeaderList): string | null {
  const values = headers.filter(([name]) => name.toLowerCase() === SIGNATURE_HEADER).map(([, value]) => value)
  return values.length === 0 ? null : values.join(', ')
}

/** Headers of the connection that a delivery came over, which the next connection has of its own. @see RFC 9110, section 7.6.1 */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function headersToSendOn(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()) && !name.startsWith(':'))
}

/** With another signature, or with one where there was none. */
export function withSignature(headers: HeaderList, signature: string): HeaderList {
  return [...headers.filter(([name]) => name.toLowerCase() !== SIGNATURE_HEADER), ['Calendly-Webhook-Signature', signature]]
}

export interface DeliverySummary {
  /** Null when the body does not tell. */
  readonly event: string | null
  /** The invitee's address, masked. */
  readonly invitee: string | null
}

/** Longer bodies are not parsed for a line on a screen. */
const PARSED_BYTES_MAX = 1024 * 1024
const TEXT_CHARACTERS_MAX = 64

/** What a line about a delivery may say: personal data stays out of terminals and logs. */
export function summarizeDelivery(rawBody: Uint8Array): DeliverySummary {
  const body = rawBody.byteLength > PARSED_BYTES_MAX ? null : parsedObject(Buffer.from(rawBody).toString('utf8'))
  const payload = body === null ? null : objectOf(body['payload'])
  const event = body === null ? undefined : body['event']
  const email = payload?.['email']
  return {
    event: typeof event === 'string' ? event.slice(0, TEXT_CHARACTERS_MAX) : null,
    invitee: typeof email === 'string' ? maskedEmail(email) : null,
  }
}

/** `z***@example.org` */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const [first = ''] = email
  return at < 1 ? '***' : `${first}***${email.slice(at, at + TEXT_CHARACTERS_MAX)}`
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    // Whoever sends something else than JSON has nothing to be summed up.
    return null
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : null
}
