// What is odd about a delivery that no key and no re-encoding explains. A suspicion is a hint and never a verdict.

import { decoded, type JsonNode, parseJsonTree } from './json-tree.ts'

/** Longer bodies are not looked at. */
const BYTES_MAX = 4 * 1024 * 1024
/** Where columns and log lines end: MySQL's TEXT and varchar, CloudWatch and others. */
const COMMON_LIMITS: ReadonlySet<number> = new Set([
  255, 256, 1000, 1024, 2048, 4000, 4096, 8000, 8192, 10_000, 16_384, 32_767, 32_768, 65_535, 65_536, 262_144,
])

/** A sentence about the body, and what to do; null when it looks like what Calendly sends. */
export function suspectBody(rawBody: Uint8Array): string | null {
  if (rawBody.byteLength === 0) return 'The body is empty: it was read before it was kept, or not at all'
  if (rawBody.byteLength > BYTES_MAX) return null
  const text = Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength).toString('utf8')
  if (text.includes('\uFFFD')) return 'Bytes of the body were lost: it was decoded as text of another encoding. Keep the raw bytes'
  const tree = parseJsonTree(text.trim())
  if (tree === null) return suspectText(text, rawBody.byteLength)
  return suspectTree(tree, text.trim())
}

function suspectText(text: string, bytes: number): string | null {
  if (/^\s*[{[]/.test(text) && !/[}\]]\s*$/.test(text)) {
    const limit = COMMON_LIMITS.has(bytes) ? ', which is where many columns and logs cut' : ''
    return `The body is cut off: its JSON does not end. It has ${bytes} bytes${limit}. Keep the whole of it`
  }
  if (/^\s*\{\s*\w+:/.test(text))
    return 'The body lost its quotes, as a shell does with an argument that is not quoted: pass the file itself'
  if (/^\s*\{\s*'/.test(text)) return 'The body is a printed object, not JSON: it was parsed and printed. Keep the raw bytes'
  if (/\[object Object\]/.test(text)) return 'The body is “[object Object]”: an object was turned into text. Keep the raw bytes'
  return null
}

function suspectTree(tree: JsonNode, text: string): string | null {
  if (tree.kind !== 'object') return 'The body is not an object, as every delivery of Calendly is: it was changed before it was kept'
  const names = tree.members.map(({ key }) => decoded(key))
  if (names.includes('body') && names.includes('headers')) {
    return 'The body looks like a whole request with headers: pass it without --signature, so that it is read as a capture'
  }
  if (names.includes('payload') && !names.includes('event')) return 'The body has no “event”: it is a part of a delivery. Keep all of it'
  if (names.includes('uri') && names.includes('email') && !names.includes('payload')) {
    return 'The body is the payload alone, without the delivery around it. Keep all of it'
  }
  if (isInJsonbsOrder(tree)) {
    return 'The JSON was re-written by PostgreSQL (jsonb orders keys by length): its bytes are not what was signed. Keep the raw text in a text or bytea column'
  }
  if (hasSpace(tree, text)) {
    return 'The JSON was parsed and written again: Calendly sends it without white space. Its bytes are not what was signed: keep the raw body'
  }
  return null
}

/** jsonb: shorter keys first, those of one length by their bytes. */
function isInJsonbsOrder(tree: JsonNode): boolean {
  let isTelling = false
  const isOrdered = (node: JsonNode): boolean => {
    if (node.kind === 'array') return node.items.every(isOrdered)
    if (node.kind !== 'object') return true
    const names = node.members.map(({ key }) => decoded(key))
    const byLength = [...names].sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || (a < b ? -1 : 1))
    if (byLength.join('\0') !== [...names].sort().join('\0')) isTelling = true
    return byLength.join('\0') === names.join('\0') && node.members.every(({ value }) => isOrdered(value))
  }
  return isOrdered(tree) && isTelling
}

function hasSpace(node: JsonNode, text: string): boolean {
  if (node.kind === 'array') return text.charAt(node.start + 1).trim() === '' || node.items.some((item) => hasSpace(item, text))
  if (node.kind !== 'object') return false
  return node.members.some(({ key, value }) => value.start !== key.end + 1 || hasSpace(value, text))
}
