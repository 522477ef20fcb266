// JSON text taken apart without losing how it was written: escapes and numbers stay as they stand, keys keep their order and
// doubles stay double. For telling which way of writing the same document was signed. Must not know what the document is about.

export type JsonNode = JsonObject | JsonArray | JsonScalar

export interface JsonObject {
  readonly kind: 'object'
  readonly members: readonly { readonly key: JsonScalar; readonly value: JsonNode }[]
  /** Where it stands in the text, end excluded. */
  readonly start: number
  readonly end: number
}

interface JsonArray {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
  readonly start: number
  readonly end: number
}

interface JsonScalar {
  readonly kind: 'string' | 'literal'
  /** As written, quotes and escapes included. */
  readonly source: string
  readonly start: number
  readonly end: number
}

/** Deeper nesting is nobody's delivery; what recurses over a tree relies on it. */
const NESTING_MAX = 100

/** Null when the text is not JSON, or nested too deep. */
export function parseJsonTree(text: string): JsonNode | null {
  if (deepestNesting(text) > NESTING_MAX) return null
  try {
    JSON.parse(text)
  } catch {
    // Not JSON: the answer is null, and the caller goes on to what else it may be.
    return null
  }
  return new Reader(text).value()
}

/** The value of a member of an object, by its decoded name; null when there is none. */
export function memberOf(node: JsonNode, name: string): JsonNode | null {
  if (node.kind !== 'object') return null
  return node.members.find(({ key }) => decoded(key) === name)?.value ?? null
}

/** A string's text, escapes undone. */
export function decoded({ source }: { readonly source: string }): string {
  return source.includes('\\') ? String(JSON.parse(source)) : source.slice(1, -1)
}

/** At least: brackets within strings count too. */
function deepestNesting(json: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1
  }
  return deepest
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Relies on the text being JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): JsonNode {
    this.#skipSpace()
    const code = this.#text.charCodeAt(this.#at)
    if (code === OPEN_BRACE) return this.#object()
    if (code === OPEN_BRACKET) return this.#array()
    return code === QUOTE ? this.#string() : this.#literal()
  }

  #object(): JsonObject {
    const start = this.#at
    const members: JsonObject['members'][number][] = []
    this.#at += 1
    while (!this.#closes(CLOSE_BRACE)) {
      this.#skip(COMMA)
      const key = this.#string()
      this.#skip(COLON)
      members.push({ key, value: this.value() })
    }
    return { kind: 'object', members, start, end: this.#at }
  }

  #array(): JsonArray {
    const start = this.#at
    const items: JsonNode[] = []
    this.#at += 1
    while (!this.#closes(CLOSE_BRACKET)) {
      this.#skip(COMMA)
      items.push(this.value())
    }
    return { kind: 'array', items, start, end: this.#at }
  }

  #string(): JsonScalar {
    const start = this.#at
    this.#at += 1
    for (let code = this.#text.charCodeAt(this.#at); code !== QUOTE; code = this.#text.charCodeAt(this.#at)) {
      this.#at += code === BACKSLASH ? 2 : 1
    }
    this.#at += 1
    return { kind: 'string', source: this.#text.slice(start, this.#at), start, end: this.#at }
  }

  #literal(): JsonScalar {
    const start = this.#at
    while (this.#at < this.#text.length && !isEnd(this.#text.charCodeAt(this.#at))) this.#at += 1
    return { kind: 'literal', source: this.#text.slice(start, this.#at), start, end: this.#at }
  }

  #closes(bracket: number): boolean {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== bracket) return false
    this.#at += 1
    return true
  }

  /** Over one separator, if it is there, and the space around it. */
  #skip(separator: number): void {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) === separator) this.#at += 1
    this.#skipSpace()
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function isEnd(code: number): boolean {
  return isSpace(code) || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET
}
