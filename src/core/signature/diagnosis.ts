// Why a signature does not match although it may be Calendly's: the body was re-encoded on its way here, or the key was.
// Only looked for after a mismatch; the verdict stays invalid whatever is found.

import type { Secret } from '../secrets/secret.ts'
import type { ParsedSignature } from './header.ts'
import { SignedBody } from './hmac.ts'

/** A body longer than this is not parsed for a diagnosis. */
const BODY_BYTES_MAX = 1024 * 1024
/** So many keys are tried with every re-encoding. */
const KEYS_MAX = 50

/** Pretty-printing grows with the square of the nesting, so that what is nested deeper is not diagnosed. */
const NESTING_MAX = 100

export interface Mismatch<K> {
  readonly reason: 're_serialized_body' | 'key_encoding'
  readonly key: K
  readonly hint: string
}

interface Variant<T> {
  readonly hint: string
  readonly value: T
}

/** The cause of a mismatch; null when none of the usual ones explains it. */
export function explainMismatch<K extends { readonly key: Secret }>(
  rawBody: Uint8Array,
  keys: readonly K[],
  signature: ParsedSignature,
  matches: (digest: Uint8Array, signature: ParsedSignature) => boolean,
): Mismatch<K> | null {
  const tried = keys.slice(0, KEYS_MAX)
  const asReceived = new SignedBody(signature.timestamp, rawBody)
  for (const key of tried) {
    for (const { hint, value } of keyVariants(key.key.reveal())) {
      if (matches(asReceived.hmacOfBytes(value), signature)) return { reason: 'key_encoding', key, hint }
    }
  }
  if (rawBody.byteLength > BODY_BYTES_MAX) return null
  for (const { hint, value } of bodyVariants(Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength))) {
    const signed = new SignedBody(signature.timestamp, value)
    for (const key of tried) {
      if (matches(signed.hmac(key.key), signature)) return { reason: 're_serialized_body', key, hint }
    }
  }
  return null
}

function keyVariants(text: string): Variant<Buffer>[] {
  const trimmed = text.trim()
  const variants: Variant<Buffer>[] = []
  if (trimmed !== text) variants.push({ hint: 'The key matches without the white space around it', value: Buffer.from(trimmed, 'utf8') })
  if (trimmed.length % 2 === 0 && /^[\da-f]+$/i.test(trimmed)) {
    variants.push({ hint: 'The key matches once it is decoded from hex', value: Buffer.from(trimmed, 'hex') })
  }
  if (/^[\w+/-]+={0,2}$/.test(trimmed)) {
    variants.push({ hint: 'The key matches once it is decoded from base64', value: Buffer.from(trimmed, 'base64') })
  }
  return variants
}

const KEEP_RAW = 'keep the raw bytes as they were received'

function bodyVariants(body: Buffer): Variant<Buffer>[] {
  const bytes = body.toString('latin1')
  const bom = '\u00ef\u00bb\u00bf'
  const withoutBom = bytes.startsWith(bom) ? bytes.slice(bom.length) : bytes
  const texts: Variant<string>[] = [
    { hint: 'A trailing newline was added', value: bytes.replace(/(?:\r?\n)+$/, '') },
    { hint: 'A trailing newline was lost', value: `${bytes}\n` },
    { hint: 'Line ends were turned into CRLF', value: bytes.replaceAll('\r\n', '\n') },
    { hint: 'CRLF line ends were turned into LF', value: bytes.replaceAll(/\r?\n/g, '\r\n') },
    { hint: 'A BOM was added', value: withoutBom },
    { hint: 'The BOM was lost', value: bom + withoutBom },
    { hint: 'A BOM and a trailing newline were added', value: withoutBom.replace(/(?:\r?\n)+$/, '') },
  ]
  const asBytes = texts.filter(({ value }) => value !== bytes).map(({ hint, value }) => ({ hint, value: Buffer.from(value, 'latin1') }))
  return [...asBytes, ...jsonVariants(body)].map(({ hint, value }) => ({ hint: `${hint}: ${KEEP_RAW}`, value }))
}

function jsonVariants(body: Buffer): Variant<Buffer>[] {
  const forms = jsonForms(body)
  return forms.flatMap(({ hint, value }) => [
    { hint, value: Buffer.from(value, 'utf8') },
    { hint: `${hint}, with a trailing newline`, value: Buffer.from(`${value}\n`, 'utf8') },
  ])
}

function jsonForms(body: Buffer): Variant<string>[] {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''))
    const compact = JSON.stringify(parsed)
    if (deepestNesting(compact) > NESTING_MAX) return []
    const was = 'The body was parsed and written again; what was signed is'
    return [
      { hint: `${was} compact JSON`, value: compact },
      { hint: `${was} compact JSON with non-ASCII characters escaped`, value: escaped(compact, /[\u0080-\uffff]/g) },
      { hint: `${was} compact JSON with <, > and & escaped`, value: escaped(compact, /[<>&\u2028\u2029]/g) },
      { hint: `${was} compact JSON with / escaped`, value: compact.replaceAll('/', String.raw`\/`) },
      { hint: `${was} JSON pretty-printed with 2 spaces`, value: JSON.stringify(parsed, null, 2) },
      { hint: `${was} JSON pretty-printed with 4 spaces`, value: JSON.stringify(parsed, null, 4) },
      { hint: `${was} JSON pretty-printed with tabs`, value: JSON.stringify(parsed, null, '\t') },
    ]
  } catch {
    // Not JSON, or nested too deep to be written again: then nobody re-encoded it as JSON either.
    return []
  }
}

/** At least: brackets within strings count too. */
function deepestNesting(json: string): number {
  let depth = 0
  let deepest = 0
  for (const character of json) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth)
    else if (character === ']' || character === '}') depth--
  }
  return deepest
}

function escaped(json: string, characters: RegExp): string {
  return json.replaceAll(characters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
