// One spelling for a text, however it was escaped, so that a known secret can be looked for in one pass. Knows no secrets.
// Every step is linear in the text: what is read here was written by whoever answers.

/** A text's bytes in their one spelling, with the place in the text that each began at and ended before. */
export interface Canonical {
  readonly bytes: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly length: number
}

const BACKSLASH = 0x5c
const PERCENT = 0x25
const AMPERSAND = 0x26
/** Of `&#x10ffff;` with some zeros; a longer one is text. */
const ENTITY_CHARACTERS_MAX = 24
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const JSON_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }

/**
 * `text` as UTF-8 with percent escapes (any number of times over), HTML references and JSON escapes undone and backslashes left out, in
 * lower case, and with one character for those that encodings exchange: `+` for space and `-`, `/` for `_`. An escape that is cut off
 * at the end is left out.
 */
export function canonical(text: string): Canonical {
  const size = Buffer.byteLength(text, 'utf8')
  const units = new Units(size)
  for (let at = 0; at < text.length;) at = readUnit(text, at, units)
  return unescaped(units)
}

/** The same spelling of `text` with nothing undone. */
export function asItStands(text: string): Canonical {
  const units = new Units(Buffer.byteLength(text, 'utf8'))
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    const point = code < 0x80 ? code : (text.codePointAt(at) ?? code)
    const end = at + (point > 0xffff ? 2 : 1)
    if (code < 0x80) units.add(folded(code), at, end)
    else units.addCodePoint(point, at, end)
    at = end
  }
  return units
}

/** For hexadecimal digits that stand apart: `63:61:6e`, `63 61 6e`. */
export function withoutSeparators(whole: Canonical): Canonical {
  const units = new Units(whole.length)
  for (let at = 0; at < whole.length; at += 1) {
    const byte = whole.bytes[at] ?? 0
    if (byte !== 0x3a && byte !== 0x2b) units.add(byte, whole.from[at] ?? 0, whole.to[at] ?? 0)
  }
  return units
}

class Units implements Canonical {
  readonly bytes: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  length = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.from = new Uint32Array(size)
    this.to = new Uint32Array(size)
  }

  add(byte: number, from: number, to: number): void {
    this.bytes[this.length] = byte
    this.from[this.length] = from
    this.to[this.length] = to
    this.length += 1
  }

  addCodePoint(code: number, from: number, to: number): void {
    if (code < 0x80) return this.add(code, from, to)
    for (const byte of Buffer.from(String.fromCodePoint(code), 'utf8')) this.add(byte, from, to)
  }
}

/** Reads what stands at `at`, adds it, and returns where the next one begins. */
function readUnit(text: string, at: number, units: Units): number {
  const code = text.charCodeAt(at)
  if (code === PERCENT) return readPercent(text, at, units)
  if (code === AMPERSAND) return readEntity(text, at, units)
  if (code < 0x80) {
    units.add(code, at, at + 1)
    return at + 1
  }
  const point = text.codePointAt(at) ?? code
  const end = at + (point > 0xffff ? 2 : 1)
  units.addCodePoint(point, at, end)
  return end
}

function readPercent(text: string, at: number, units: Units): number {
  let digits = at + 1
  while (text.startsWith('25', digits)) digits += 2
  const byte = hexAt(text, digits, 2)
  if (byte !== null) {
    units.add(byte, at, digits + 2)
    return digits + 2
  }
  const isCutOff = digits === text.length || (digits + 1 === text.length && hexAt(text, digits, 1) !== null)
  if (isCutOff) return text.length
  // `%25` alone is a percent sign, and so is one with no digits behind it.
  units.add(PERCENT, at, digits)
  return digits
}

function readEntity(text: string, at: number, units: Units): number {
  const written = /^&(?:#(\d{1,12})|#x([\da-f]{1,12})|([a-z]{2,4}));/i.exec(text.slice(at, at + ENTITY_CHARACTERS_MAX))
  if (written === null) {
    const isCutOff = text.length - at <= 8 && /^&(?:#x?[\da-f]*|[a-z]*)$/i.test(text.slice(at))
    if (isCutOff && text.length - at > 1) return text.length
    units.add(AMPERSAND, at, at + 1)
    return at + 1
  }
  const [whole, decimal, hexadecimal, name] = written
  const named = name === undefined ? undefined : ENTITIES[name.toLowerCase()]
  const code =
    named?.charCodeAt(0) ?? (name === undefined ? Number.parseInt(decimal ?? hexadecimal ?? '', decimal === undefined ? 16 : 10) : NaN)
  if (!(code <= 0x10ffff)) {
    units.add(AMPERSAND, at, at + 1)
    return at + 1
  }
  units.addCodePoint(code, at, at + whole.length)
  return at + whole.length
}

/** Undoes the escapes of JSON, within JSON any number of times over. */
function unescaped(escaped: Units): Units {
  const units = new Units(escaped.length)
  for (let at = 0; at < escaped.length;) {
    let after = at
    while (after < escaped.length && escaped.bytes[after] === BACKSLASH) after += 1
    if (after === escaped.length) break
    if (after > at) at = escape(escaped, { from: escaped.from[at] ?? 0, at: after }, units)
    else {
      // Most bytes of a text: no object is made for any of them.
      units.add(folded(escaped.bytes[at] ?? 0), escaped.from[at] ?? 0, escaped.to[at] ?? 0)
      at += 1
    }
  }
  return units
}

/** A byte behind backslashes, and where those began in the text. */
interface Place {
  readonly from: number
  readonly at: number
}

function itself(escaped: Units, { from, at }: Place, units: Units): number {
  units.add(folded(escaped.bytes[at] ?? 0), from, escaped.to[at] ?? 0)
  return at + 1
}

/** What stands behind backslashes. */
function escape(escaped: Units, place: Place, units: Units): number {
  const { from, at } = place
  const letter = String.fromCharCode(escaped.bytes[at] ?? 0)
  const control = JSON_ESCAPES[letter]
  if (control !== undefined) {
    units.add(control, from, escaped.to[at] ?? 0)
    return at + 1
  }
  if (letter !== 'u') return itself(escaped, place, units)
  const first = unitAt(escaped, at)
  if (first === null) return at + 4 >= escaped.length ? escaped.length : itself(escaped, place, units)
  let end = at + 5
  let code = first
  if (first >= 0xd800 && first < 0xdc00) {
    let second = end
    while (second < escaped.length && escaped.bytes[second] === BACKSLASH) second += 1
    const low = second > end ? unitAt(escaped, second) : null
    if (low !== null && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)
      end = second + 5
    }
  }
  const to = escaped.to[end - 1] ?? 0
  if (code < 0x80) units.add(folded(code), from, to)
  else units.addCodePoint(code, from, to)
  return end
}

/** Of `u` and four digits, the digits' value. */
function unitAt(units: Units, at: number): number | null {
  if (at + 4 >= units.length || units.bytes[at] !== 0x75) return null
  return hexAt(Buffer.from(units.bytes.subarray(at + 1, at + 5)).toString('latin1'), 0, 4)
}

function hexAt(text: string, at: number, digits: number): number | null {
  let value = 0
  for (let index = at; index < at + digits; index += 1) {
    const code = text.charCodeAt(index) | 0x20
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30
    else if (code >= 0x61 && code <= 0x66) value = value * 16 + code - 0x57
    else return null
  }
  return value
}

function folded(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte | 0x20
  if (byte === 0x20 || byte === 0x2d) return 0x2b
  return byte === 0x5f ? 0x2f : byte
}
