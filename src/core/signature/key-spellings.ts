// What people have in the place of a signing key: the key with something around it, or in another notation. Must not know of bodies.

export interface KeySpelling {
  /** What has to be done for the key to match, as a sentence. */
  readonly hint: string
  readonly key: Uint8Array
}

/** A .env file with other settings beside the key is tried line by line, up to this many. */
const LINES_MAX = 20

/** What the key may really be. The likeliest first, each once, the text as it stands not among them. */
export function keySpellings(text: string): readonly KeySpelling[] {
  const found = new Map<string, KeySpelling>()
  const add = (key: Buffer, hint: string): void => {
    const id = key.toString('latin1')
    if (key.length > 0 && !found.has(id) && !key.equals(Buffer.from(text, 'utf8'))) found.set(id, { hint, key })
  }
  const cleaned = [text, ...lines(text)].flatMap(cleanings)
  for (const { value, undone } of cleaned) add(Buffer.from(value, 'utf8'), `The key matches without ${undone.join(' and ')}`)
  for (const { value, undone } of cleaned) {
    const and = undone.length === 0 ? '' : ` and taken without ${undone.join(' and ')}`
    for (const { name, bytes } of decodings(value)) add(bytes, `The key matches once it is decoded from ${name}${and}`)
  }
  return [...found.values()]
}

interface Cleaning {
  readonly value: string
  readonly undone: readonly string[]
}

const STEPS: readonly { readonly what: string; readonly undo: (text: string) => string }[] = [
  { what: 'the byte order mark before it', undo: (text) => text.replace(/^\uFEFF+/, '') },
  { what: 'the white space around it', undo: (text) => text.trim() },
  { what: String.raw`the \n written after it`, undo: (text) => text.replace(/(?<!\\[rn])(?:\\[rn])+$/, '') },
  { what: 'the name before it', undo: withoutName },
  { what: 'the quotes around it', undo: withoutQuotes },
  { what: 'the invisible characters in it', undo: (text) => text.replaceAll(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '') },
  { what: 'the space and line ends within it', undo: (text) => text.replaceAll(/\s+/g, '') },
]

/** The text after each thing that can be taken away, one after the other and twice over: quotes may stand around a name. */
function cleanings(text: string): Cleaning[] {
  const all: Cleaning[] = [{ value: text, undone: [] }]
  let value = text
  let undone: readonly string[] = []
  for (const { what, undo } of [...STEPS, ...STEPS]) {
    const next = undo(value)
    if (next === value) continue
    value = next
    undone = undone.includes(what) ? undone : [...undone, what]
    all.push({ value, undone })
  }
  return all
}

/** A quote that opens before the name closes behind it: else it stands around name and key. */
const NAME =
  /^\{?\s*(?:(?:export|set|const|let|\$env:)\s*)?(?:(["'])[a-z][\w .-]{0,80}\1|[a-z][\w .-]{0,80}["']?)\s*(?:=>|:=|:|=)\s*(?=[^=\s])/i

/** `Calendly-Webhook-Signature: …`, `export CALENDLY_WEBHOOK_SIGNING_KEY=…`, `"signing_key": …`. */
function withoutName(text: string): string {
  const named = NAME.exec(text)
  if (named === null) return text
  let end = text.length
  while (end > named[0].length + 1 && ',;}'.includes(text.charAt(end - 1))) end -= 1
  return text.slice(named[0].length, end).trimEnd()
}

const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['<', '>'],
])

function withoutQuotes(text: string): string {
  const first = text.charAt(0)
  return text.length > 2 && QUOTES.get(first) === text.at(-1) ? text.slice(1, -1) : text
}

function decodings(text: string): { readonly name: string; readonly bytes: Buffer }[] {
  const all: { name: string; bytes: Buffer }[] = []
  if (text.length % 2 === 0 && /^[\da-f]+$/i.test(text)) all.push({ name: 'hex', bytes: Buffer.from(text, 'hex') })
  if (/^[\w+/-]+={0,2}$/.test(text)) all.push({ name: 'base64', bytes: Buffer.from(text, 'base64') })
  if (/%[\da-f]{2}/i.test(text)) {
    const bytes = percentDecoded(text)
    if (bytes !== null) all.push({ name: 'percent-encoding', bytes })
  }
  return all
}

function percentDecoded(text: string): Buffer | null {
  try {
    return Buffer.from(decodeURIComponent(text), 'utf8')
  } catch {
    // A percent sign that begins no escape: the text was never percent-encoded.
    return null
  }
}

function lines(text: string): readonly string[] {
  const all = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '')
  return all.length > 1 ? all.slice(0, LINES_MAX) : []
}
