// An object as a program prints it, which is nearly JSON: Node's util.inspect (bare keys, 'single quotes', strings over several
// lines), Python's repr (True, None, 'single quotes'), Ruby's inspect (=>). A log's prefix before it is stepped over.

/** Longer texts are not looked through. */
const CHARACTERS_MAX = 64 * 1024 * 1024
const NESTING_MAX = 50

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
  ['nil', null],
  ['undefined', null],
])

/** After so many beginnings that led to nothing, a text is no log of objects. */
const FAILURES_MAX = 50

/** The values in a text, one after the other, whatever stands between them. */
export function loggedValues(text: string): readonly unknown[] {
  const values: unknown[] = []
  let failures = 0
  let start = text.length > CHARACTERS_MAX ? -1 : text.indexOf('{')
  while (start !== -1 && failures < FAILURES_MAX) {
    const reader = new LoggedReader(text, start)
    try {
      values.push(reader.value(0))
      start = text.indexOf('{', reader.at)
    } catch (error) {
      if (!(error instanceof NotLogged)) throw error
      failures += 1
      start = text.indexOf('{', start + 1)
    }
  }
  return values
}

class NotLogged extends Error {}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['e', '\u001b'],
])

class LoggedReader {
  readonly #text: string
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  /** Where it has got to. */
  get at(): number {
    return this.#at
  }

  value(depth: number): unknown {
    if (depth > NESTING_MAX) throw new NotLogged()
    this.#skipSpace()
    const character = this.#text.charAt(this.#at)
    if (character === '{') return this.#object(depth)
    if (character === '[' && !this.#text.startsWith('[Object', this.#at)) return this.#array(depth)
    if (this.#isQuote(character)) return this.#string()
    return this.#word()
  }

  #object(depth: number): Record<string, unknown> {
    const members: [string, unknown][] = []
    this.#at += 1
    while (!this.#closes('}')) {
      const key = this.#key()
      this.#skipSpace()
      if (this.#text.startsWith('=>', this.#at)) this.#at += 2
      else if (this.#text.charAt(this.#at) === ':' || this.#text.charAt(this.#at) === '=') this.#at += 1
      else throw new NotLogged()
      members.push([key, this.value(depth + 1)])
      this.#skipComma('}')
    }
    return Object.fromEntries(members)
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = []
    this.#at += 1
    while (!this.#closes(']')) {
      items.push(this.value(depth + 1))
      this.#skipComma(']')
    }
    return items
  }

  #key(): string {
    if (this.#isQuote(this.#text.charAt(this.#at))) return this.#string()
    const word = this.#match(/:?[\w$.-]+/y)
    if (word === null) throw new NotLogged()
    return word
  }

  /** Also `b'…'` and `u'…'`, and several joined by `+`. */
  #string(): string {
    const parts: string[] = []
    do {
      this.#skipSpace()
      const prefix = this.#match(/[bu](?=['"])/y)
      parts.push(prefix === 'b' ? Buffer.from(this.#quoted(), 'latin1').toString('utf8') : this.#quoted())
      this.#skipSpace()
    } while (this.#match(/\+(?=\s*['"`])/y) !== null)
    return parts.join('')
  }

  #quoted(): string {
    const quote = this.#text.charAt(this.#at)
    const parts: string[] = []
    let from = this.#at + 1
    for (let at = from; at < this.#text.length; at += 1) {
      const character = this.#text.charAt(at)
      if (character === quote) {
        parts.push(this.#text.slice(from, at))
        this.#at = at + 1
        return parts.join('')
      }
      if (character !== '\\') continue
      parts.push(this.#text.slice(from, at))
      this.#at = at + 1
      parts.push(this.#escape())
      from = this.#at
      at = from - 1
    }
    throw new NotLogged()
  }

  #escape(): string {
    const code = this.#match(/x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|u\{[\da-f]{1,6}\}/iy)
    if (code !== null) return String.fromCodePoint(Math.min(Number.parseInt(code.replaceAll(/[^\da-f]/gi, ''), 16), 0x10ffff))
    const character = this.#text.charAt(this.#at)
    this.#at += 1
    return ESCAPES.get(character) ?? character
  }

  #word(): unknown {
    const word = this.#match(/\[[\w :,()]{1,80}\]|<[^>\r\n]{0,200}>|[\w$.:+-]+/y)
    if (word === null) throw new NotLogged()
    if (/^-?\d+(?:\.\d+)?$/.test(word)) return Number(word)
    return WORDS.has(word) ? WORDS.get(word) : word
  }

  #isQuote(character: string): boolean {
    if (character === "'" || character === '"' || character === '`') return true
    return /^[bu]['"]/.test(this.#text.slice(this.#at, this.#at + 2))
  }

  #closes(bracket: string): boolean {
    this.#skipSpace()
    if (this.#at >= this.#text.length) throw new NotLogged()
    if (this.#text.charAt(this.#at) !== bracket) return false
    this.#at += 1
    return true
  }

  #skipComma(bracket: string): void {
    this.#skipSpace()
    const character = this.#text.charAt(this.#at)
    if (character === ',') this.#at += 1
    else if (character !== bracket) throw new NotLogged()
  }

  #skipSpace(): void {
    this.#match(/\s*/y)
  }

  #match(expression: RegExp): string | null {
    expression.lastIndex = this.#at
    const found = expression.exec(this.#text)
    if (found === null) return null
    this.#at = expression.lastIndex
    return found[0]
  }
}
