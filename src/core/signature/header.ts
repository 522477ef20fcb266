// The text of a Calendly-Webhook-Signature header, taken apart strictly: what Calendly would not write is refused.

/** A header longer than this is nobody's signature. */
const HEADER_CHARACTERS_MAX = 8_192
const DIGEST_HEX_CHARACTERS = 64

export interface ParsedSignature {
  /** The digits as they stand in the header, which is what is signed. */
  readonly timestamp: string
  readonly seconds: number
  /** One per `v1`, 32 bytes each: several while a key is being rotated. */
  readonly digests: readonly Uint8Array[]
}

/** Null when it is malformed: not exactly one `t`, no `v1`, or one that is not 64 lower-case hex digits. Unknown schemes are ignored. */
export function parseSignature(header: string): ParsedSignature | null {
  if (header.length > HEADER_CHARACTERS_MAX) return null
  let timestamp: string | null = null
  const digests: Uint8Array[] = []
  for (const part of header.split(',')) {
    const item = part.trim()
    const equals = item.indexOf('=')
    if (equals < 1) return null
    const value = item.slice(equals + 1)
    switch (item.slice(0, equals)) {
      case 't':
        if (timestamp !== null || !isDigits(value)) return null
        timestamp = value
        break
      case 'v1':
        if (!isDigest(value)) return null
        digests.push(Buffer.from(value, 'hex'))
        break
      default:
    }
  }
  if (timestamp === null || digests.length === 0) return null
  const seconds = Number(timestamp)
  return Number.isSafeInteger(seconds) ? { timestamp, seconds, digests } : null
}

function isDigits(text: string): boolean {
  return /^\d+$/.test(text)
}

/** Lower case only: Calendly writes it so, and a header in which one bit is turned must never pass. */
function isDigest(text: string): boolean {
  return text.length === DIGEST_HEX_CHARACTERS && /^[\da-f]+$/.test(text)
}
