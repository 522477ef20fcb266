// What a body may be wrapped in when it comes out of a log, a database, a shell or a proxy: another character encoding, a notation
// for bytes, a compression. Each is taken off here, in linear time. Must not know of signatures.

/** Undoes gzip, deflate or Brotli; null when the bytes are none of these. Given in: core knows no compression. */
export type Inflate = (bytes: Uint8Array) => Uint8Array | null

export interface BodyLayer {
  /** Completes "The body is …". */
  readonly says: string
  /** Null when the body is surely not wrapped so. */
  readonly unwrap: (bytes: Buffer, inflate: Inflate) => Buffer | null
}

/** The notations are tried over and over, at most so deep: `base64 of gzip` is common, more than three is nobody's. */
export const LAYERS_MAX = 3

export const BODY_LAYERS: readonly BodyLayer[] = [
  { says: "UTF-16, as PowerShell's > writes it", unwrap: fromUtf16 },
  { says: 'in base64', unwrap: fromBase64 },
  { says: 'compressed (gzip)', unwrap: (bytes, inflate) => toBuffer(inflate(bytes)) },
  { says: 'still in HTTP chunks (Transfer-Encoding: chunked)', unwrap: fromChunks },
  { says: 'in hexadecimal digits', unwrap: fromHex },
  { says: 'a JSON string that holds the body', unwrap: fromJsonString },
  { says: 'in quotes', unwrap: fromQuotes },
  { says: "a Python bytes literal (b'…')", unwrap: fromPythonBytes },
  { says: 'a Buffer as JSON ({"type":"Buffer"…})', unwrap: fromBufferJson },
  { says: 'percent-encoded', unwrap: fromPercent },
  { says: 'HTML-escaped', unwrap: fromHtml },
  { says: 'UTF-8 that was read as Latin-1 and written again', unwrap: (bytes) => fromMojibake(bytes, latin1Byte) },
  { says: 'UTF-8 that was read as Windows-1252 and written again', unwrap: (bytes) => fromMojibake(bytes, windows1252Byte) },
  { says: 'in Latin-1 instead of UTF-8', unwrap: fromLatin1 },
]

/** UTF-16 text as UTF-8, without the mark; null when it is not UTF-16. By its mark, or by every other byte of its beginning being zero. */
export function fromUtf16(bytes: Buffer): Buffer | null {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return Buffer.from(bytes.toString('utf16le', 2), 'utf8')
  if (first === 0xfe && second === 0xff) return Buffer.from(swapped(bytes.subarray(2)).toString('utf16le'), 'utf8')
  if (bytes.length < 4 || first === undefined || second === undefined || third === undefined) return null
  if (first !== 0 && second === 0 && third !== 0 && bytes[3] === 0) return Buffer.from(bytes.toString('utf16le'), 'utf8')
  if (first === 0 && second !== 0 && third === 0 && bytes[3] !== 0) return Buffer.from(swapped(bytes).toString('utf16le'), 'utf8')
  return null
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()
}

function toBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function fromBase64(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1').replace(/^\s*data:[\w/+.;=-]{0,100},/, '')
  const digits = text.replaceAll(/\s+/g, '')
  if (digits.length < 8 || !/^(?:[\w+/]+|[\w-]+)=*$/.test(digits)) return null
  return Buffer.from(digits, 'base64')
}

function fromHex(bytes: Buffer): Buffer | null {
  const text = bytes
    .toString('latin1')
    .trim()
    .replace(/^(?:\\x|0x|X')/i, '')
    .replace(/'$/, '')
  // Looked at before it is taken apart: pieces of megabytes that are no digits would keep the garbage collector busy.
  if (!/^[\da-f\s:]+$/i.test(text)) return null
  const digits = text.replaceAll(/[\s:]+/g, '')
  return digits.length >= 4 && digits.length % 2 === 0 ? Buffer.from(digits, 'hex') : null
}

const CHUNK_HEAD = /([\da-f]{1,8})(?:;[^\r\n]{0,200})?\r?\n/iy

/** More and smaller chunks are nobody's framing. */
const CHUNKS_MAX = 20_000

/** Chunk after chunk until the one of length 0; null when the framing does not hold to its end. */
export function fromChunks(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1')
  const parts: Buffer[] = []
  for (let at = 0; at < text.length;) {
    CHUNK_HEAD.lastIndex = at
    const head = CHUNK_HEAD.exec(text)
    if (head === null || parts.length === CHUNKS_MAX) return null
    const length = Number.parseInt(head[1] ?? '', 16)
    if (length === 0) return Buffer.concat(parts)
    const start = CHUNK_HEAD.lastIndex
    at = start + length
    if (at > text.length) return null
    parts.push(bytes.subarray(start, at))
    if (text.startsWith('\r\n', at)) at += 2
    else if (text.startsWith('\n', at)) at += 1
    else if (at < text.length) return null
  }
  return null
}

/** Also without its outer quotes: `{\"event\":…}`. */
function fromJsonString(bytes: Buffer): Buffer | null {
  const text = bytes.toString('utf8').trim()
  const literal = text.startsWith('"') ? text : text.startsWith(String.raw`{\"`) ? `"${text}"` : null
  const value = literal === null ? null : parsedJson(literal)
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : null
}

function fromQuotes(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1').trim()
  const isQuoted = text.length > 2 && /^['"`]/.test(text) && text.startsWith(text.at(-1) ?? '')
  return isQuoted ? Buffer.from(text.slice(1, -1).replaceAll('""', '"'), 'latin1') : null
}

const PYTHON_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

function fromPythonBytes(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1').trim()
  if (text.length < 3 || !/^b['"]/.test(text) || text.charAt(1) !== text.at(-1)) return null
  const value = text
    .slice(2, -1)
    .replaceAll(/\\(x[\da-f]{2}|[\s\S])/gi, (_, escape: string) =>
      escape.length === 3 ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : (PYTHON_ESCAPES.get(escape) ?? escape),
    )
  return Buffer.from(value, 'latin1')
}

function fromBufferJson(bytes: Buffer): Buffer | null {
  if (!/^\s*\{\s*"type"\s*:\s*"Buffer"/.test(bytes.toString('latin1', 0, 64))) return null
  const value = parsedJson(bytes.toString('utf8'))
  const data: unknown = typeof value === 'object' && value !== null && 'data' in value ? value.data : null
  return Array.isArray(data) ? Buffer.from(data.map(Number)) : null
}

/** With the name of a form field before it, or without. */
function fromPercent(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1').trim()
  if (!/^(?:\w{1,40}=)?%7b/i.test(text)) return null
  const value = text.replace(/^\w{1,40}=(?=%7b)/i, '').replaceAll('+', ' ')
  return Buffer.from(
    value.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  )
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['apos', "'"],
])

function fromHtml(bytes: Buffer): Buffer | null {
  const text = bytes.toString('utf8')
  if (!/&(?:quot|#34|#x22);/i.test(text)) return null
  const value = text.replaceAll(
    /&(?:(quot|amp|lt|gt|apos)|#(\d{1,6})|#x([\da-f]{1,5}));/gi,
    (_, name?: string, decimal?: string, hex?: string) =>
      name === undefined
        ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '0', 16) : Math.min(Number(decimal), 0x10ffff))
        : (ENTITIES.get(name.toLowerCase()) ?? ''),
  )
  return Buffer.from(value, 'utf8')
}

function fromMojibake(bytes: Buffer, byteOf: (code: number) => number | null): Buffer | null {
  if (!/[\u0080-\u00ff]/.test(bytes.toString('latin1'))) return null
  const text = bytes.toString('utf8')
  const out = Buffer.alloc(text.length)
  for (let at = 0; at < text.length; at += 1) {
    const byte = byteOf(text.charCodeAt(at))
    if (byte === null) return null
    out[at] = byte
  }
  return out
}

function latin1Byte(code: number): number | null {
  return code <= 0xff ? code : null
}

/** The characters that Windows-1252 has at 0x80 to 0x9f, where Latin-1 has controls. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

function windows1252Byte(code: number): number | null {
  if (code < 0x80 || (code >= 0xa0 && code <= 0xff)) return code
  const at = WINDOWS_1252.indexOf(String.fromCharCode(code))
  return at === -1 ? null : 0x80 + at
}

function fromLatin1(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1')
  return /[\u0080-\u00ff]/.test(text) ? Buffer.from(text, 'utf8') : null
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller's guess was wrong.
    return null
  }
}
