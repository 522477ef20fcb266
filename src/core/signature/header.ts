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

/**
 * The header's value from what somebody pasted: the whole header line, quotes around it, line breaks of a terminal within. What a
 * request carried never goes through here.
 */
export function pastedSignature(text: string): string {
  const line = text.replaceAll(/[\r\n\t\u200b\ufeff]+/g, '').trim()
  const unquoted = withoutQuotes(line)
  const value =
    /^(?:[<>]\s*|-H\s*['"]?)?["']?(?:HTTP[-_])?Calendly[-_]Webhook[-_]Signature["']?\s*(?::|=>|=)\s*((?:\S.*)?)$/i.exec(unquoted)?.[1] ??
    unquoted
  return withoutQuotes(value.replace(/,\s*$/, '').trim())
}

function withoutQuotes(text: string): string {
  const isQuoted = text.length > 1 && /^["'`]/.test(text) && text.endsWith(text.charAt(0))
  return isQuoted ? text.slice(1, -1).trim() : text.replace(/^["'`]|["'`]$/g, '')
}

const FORM = 'the header must read t=<unix seconds>,v1=<64 lower-case hex digits>, exactly as it was received'

/** What is wrong with a header that cannot be parsed, and what to do. */
export function malformedHint(header: string): string {
  const says = (what: string): string => `${what}: ${FORM}`
  if (header.length > HEADER_CHARACTERS_MAX) return says('It is longer than any signature')
  if (/…|\.\.\./.test(header)) return says('It was shortened where it was copied from')
  if (/v1=[\da-f]{64}/i.test(header) && !/v1=[\da-f]{64}/.test(header)) return says('Its hex digits were turned to capitals')
  if (/(?:^|,)\s*t=\d+\s*$/.test(header) || /v1=[\da-f]{0,63}\s*$/.test(header)) return says('It is cut off')
  if (/^\s*v1=[\da-f]{64}\s*$/.test(header)) return says('Its beginning, t=…, is missing')
  if (/^\s*[\da-f]{64}\s*$/i.test(header)) return says('It is a digest alone, without t= and v1=')
  if (/t=\d.*t=\d/.test(header)) return says('It holds two signatures, as if two headers were joined')
  if (!header.includes('=')) return says('It is no signature; was the signing key passed in its place?')
  return says('It is malformed')
}
