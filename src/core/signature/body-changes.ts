// Small changes that a body goes through between the socket and a file: line ends, byte order marks, what a shell does to text.
// Each is undone here. Bytes are handled as latin1 text, so that nothing is lost. Every one takes linear time.

export interface BodyChange {
  /** What was done to the body, as the beginning of a sentence. */
  readonly says: string
  readonly undo: (bytes: string) => string
}

const BOM = '\u00ef\u00bb\u00bf'

export const BODY_CHANGES: readonly BodyChange[] = [
  { says: 'A trailing newline was added', undo: withoutNewlines },
  { says: 'One of the trailing newlines was added', undo: (bytes) => bytes.replace(/\r?\n$/, '') },
  { says: 'A BOM was added', undo: withoutBom },
  { says: 'A BOM and a trailing newline were added', undo: (bytes) => withoutNewlines(withoutBom(bytes)) },
  { says: 'White space was added around it', undo: withoutSpace },
  { says: 'A BOM and white space were added around it', undo: (bytes) => withoutSpace(withoutBom(bytes)) },
  { says: 'A trailing newline was lost', undo: (bytes) => `${bytes}\n` },
  { says: 'A trailing CRLF was lost', undo: (bytes) => `${bytes}\r\n` },
  { says: 'Line ends were turned into CRLF', undo: (bytes) => bytes.replaceAll('\r\n', '\n') },
  { says: 'Line ends were turned into CRLF and one was added', undo: (bytes) => withoutNewlines(bytes.replaceAll('\r\n', '\n')) },
  { says: 'CRLF line ends were turned into LF', undo: (bytes) => bytes.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n') },
  { says: 'The BOM was lost', undo: (bytes) => BOM + withoutBom(bytes) },
  { says: String.raw`A shell's echo turned \n into line ends`, undo: (bytes) => withControlsEscaped(withoutNewlines(bytes)) },
  {
    says: String.raw`A shell's echo turned \\ and \n into what they stand for`,
    undo: (bytes) => withEscapesDoubled(withoutNewlines(bytes)),
  },
  { says: 'Characters were composed (Unicode NFC)', undo: (bytes) => normalized(bytes, 'NFD') },
  { says: 'Characters were decomposed (Unicode NFD), as macOS does', undo: (bytes) => normalized(bytes, 'NFC') },
  { says: 'Straight quotes were made typographic', undo: (bytes) => bytes.replaceAll(/\u00e2\u0080[\u009c\u009d]/g, '"') },
  { says: 'No-break spaces took the place of spaces', undo: (bytes) => bytes.replaceAll('\u00c2\u00a0', ' ') },
]

function withoutBom(bytes: string): string {
  return bytes.startsWith(BOM) ? bytes.slice(BOM.length) : bytes
}

/** Counted from the end: an expression that looks for the end tries again at every newline. */
function withoutNewlines(bytes: string): string {
  let end = bytes.length
  while (end > 0 && (bytes.charCodeAt(end - 1) === 0x0a || bytes.charCodeAt(end - 1) === 0x0d)) end -= 1
  return bytes.slice(0, end)
}

/** Zero bytes too: of fixed-width columns and C strings. */
function withoutSpace(bytes: string): string {
  let start = 0
  let end = bytes.length
  while (end > start && isBlank(bytes.charCodeAt(end - 1))) end -= 1
  while (start < end && isBlank(bytes.charCodeAt(start))) start += 1
  return bytes.slice(start, end)
}

function isBlank(code: number): boolean {
  return code <= 0x20
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
  ['\b', String.raw`\b`],
  ['\f', String.raw`\f`],
])

function withControlsEscaped(bytes: string): string {
  return bytes.replaceAll(/[\n\r\t\b\f]/g, (one) => CONTROLS.get(one) ?? one)
}

/** A run at once, without the last one before a quote: one piece each would keep the garbage collector busy. */
function withEscapesDoubled(bytes: string): string {
  return withControlsEscaped(bytes.replaceAll(/\\+(?!")/g, '$&$&'))
}

function normalized(bytes: string, form: 'NFC' | 'NFD'): string {
  return Buffer.from(Buffer.from(bytes, 'latin1').toString('utf8').normalize(form), 'utf8').toString('latin1')
}
