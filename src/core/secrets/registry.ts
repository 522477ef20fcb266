// Masks secrets whose text is known, in whatever encoding they turn up. Knows nothing of where they come from.
// The other half, masking by field name, is in redact.ts.
//
// One pass: the text in its one spelling (canonical.ts) is compared with secrets only where the first four bytes are a secret's. What a
// text costs depends on its length alone, not on what is in it.

import { asItStands, canonical, type Canonical, withoutSeparators } from './canonical.ts'

const MASK = '[secret]'
/** Shorter ones would mask half of every text. */
const SECRET_LENGTH_MIN = 6
/** The cut-off beginning of a secret at the end of a text is masked from this length on. */
const PREFIX_LENGTH_MIN = 8
/** Of a longer secret this much is recognised, and what follows without a gap is masked with it. */
const RECOGNISED_LENGTH = 48
/** Of a run over thousands of connections: the oldest are forgotten, their exchanges are over. */
const SECRETS_MAX = 64
const KEY_BYTES = 4

/** What to look for. */
interface Needle {
  readonly bytes: Uint8Array
  /** Only the beginning of a longer secret. */
  readonly isLong: boolean
}

/** Where a secret is in a text. */
interface Interval {
  readonly from: number
  readonly to: number
}

/** The secrets seen by this process; `redact` replaces every encoding of them. */
export class SecretRegistry {
  readonly #texts = new NeedleIndex()
  /** Of hexadecimal forms, whose digits may stand apart. */
  readonly #digits = new NeedleIndex()
  readonly #pinned = new Set<string>()
  /** The one that was seen last is the last. */
  readonly #seen = new Set<string>()

  /** @param pinned what this process was started with: never forgotten, however many others pass through */
  constructor(pinned: Iterable<string> = []) {
    for (const secret of pinned) {
      if (this.#isNew(secret)) this.#pinned.add(secret)
    }
  }

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (!this.#seen.delete(secret) && !this.#isNew(secret)) continue
      this.#seen.add(secret)
      const [oldest] = this.#seen
      if (this.#seen.size > SECRETS_MAX && oldest !== undefined) this.#forget(oldest)
    }
  }

  /** `text` with every known secret masked: raw, URL-encoded, base64 at any alignment, hex, JSON- and HTML-escaped. */
  redact(text: string): string {
    if (this.#texts.size === 0) return text
    const found = this.#search(canonical(text), text)
    // A sign that happens to stand before a secret makes an escape of its first digits: `100%5e1f…`.
    if (/[%\\]/.test(text)) found.push(...this.#search(asItStands(text), text))
    return masked(text, found)
  }

  #search(whole: Canonical, text: string): Interval[] {
    return [...this.#texts.search(whole, text), ...this.#digits.search(withoutSeparators(whole), text)]
  }

  #isNew(secret: string): boolean {
    if (secret.length < SECRET_LENGTH_MIN || this.#pinned.has(secret)) return false
    const { texts, digits } = needlesOf(secret)
    for (const needle of texts) this.#texts.add(needle)
    for (const needle of digits) this.#digits.add(needle)
    return true
  }

  #forget(secret: string): void {
    this.#seen.delete(secret)
    const { texts, digits } = needlesOf(secret)
    for (const needle of texts) this.#texts.remove(needle)
    for (const needle of digits) this.#digits.remove(needle)
  }
}

function needlesOf(secret: string): { readonly texts: Needle[]; readonly digits: Needle[] } {
  const isLong = secret.length > RECOGNISED_LENGTH
  const recognised = secret.slice(0, RECOGNISED_LENGTH)
  const bytes = Buffer.from(recognised, 'utf8')
  const needle = (form: string): Needle[] => {
    const { bytes: all, length } = canonical(form)
    return length < SECRET_LENGTH_MIN ? [] : [{ bytes: all.slice(0, length), isLong }]
  }
  return { texts: [recognised, ...base64Forms(bytes)].flatMap(needle), digits: needle(bytes.toString('hex')) }
}

/**
 * Base64 of a text that contains the secret differs by where it begins: three alignments, of each the characters that depend on
 * the secret's bytes alone.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const first = Math.ceil((offset * 8) / 6)
    const whole = Math.floor(((offset + bytes.length) * 8) / 6)
    const certain = encoded.slice(first, whole)
    return certain.length < PREFIX_LENGTH_MIN ? [] : [certain]
  })
}

/** Needles by their first bytes. */
class NeedleIndex {
  readonly #byKey = new Map<number, Needle[]>()
  /** Whether any needle's key ends in these 16 bits: most places of a text are passed over with one look. */
  readonly #hints = new Uint8Array(0x1_0000)

  get size(): number {
    return this.#byKey.size
  }

  add(needle: Needle): void {
    const key = keyOf(needle.bytes)
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), needle])
    this.#hints[key & 0xffff] = 1
  }

  remove({ bytes }: Needle): void {
    const key = keyOf(bytes)
    const others = (this.#byKey.get(key) ?? []).filter((other) => !Buffer.from(other.bytes).equals(bytes))
    if (others.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, others)
  }

  /** Where `text`, whose one spelling is `whole`, has a needle, or at its end the beginning of one. */
  search(whole: Canonical, text: string): Interval[] {
    const { bytes, length } = whole
    const found: Interval[] = []
    /** The end of what follows the long secret found last. */
    let followedTo = 0
    let key = 0
    for (let at = 0; at < length; at += 1) {
      key = (key << 8) | (bytes[at] ?? 0)
      if (at < KEY_BYTES - 1 || this.#hints[key & 0xffff] === 0) continue
      const start = at - KEY_BYTES + 1
      for (const needle of this.#byKey.get(key) ?? []) {
        const end = endOfMatch(whole, start, needle.bytes)
        if (end === null) continue
        const isCutOff = end < start + needle.bytes.length
        let to = isCutOff ? text.length : (whole.to[end - 1] ?? 0)
        if (needle.isLong) followedTo = to = to <= followedTo ? followedTo : endOfRun(text, to)
        found.push({ from: whole.from[start] ?? 0, to })
      }
    }
    return found
  }
}

function keyOf(bytes: Uint8Array): number {
  return bytes.subarray(0, KEY_BYTES).reduce((key, byte) => (key << 8) | byte, 0)
}

/** The end of `needle` at `start`, or of its beginning where the text ends within it; null when it is not there. */
function endOfMatch({ bytes, length }: Canonical, start: number, needle: Uint8Array): number | null {
  const end = Math.min(start + needle.length, length)
  if (end - start < Math.min(needle.length, PREFIX_LENGTH_MIN)) return null
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== needle[at - start]) return null
  }
  return end
}

/** How far a secret may go on: letters, digits and what escapes and encodings are made of. */
function endOfRun(text: string, from: number): number {
  const run = /[\w.~%+/=\\-]*/y
  run.lastIndex = from
  run.test(text)
  return run.lastIndex
}

function masked(text: string, found: readonly Interval[]): string {
  const parts: string[] = []
  let shownTo = 0
  let end = 0
  for (const { from, to } of [...found].sort((a, b) => a.from - b.from)) {
    if (from >= end) {
      parts.push(text.slice(shownTo, Math.max(from, shownTo)), MASK)
    }
    end = Math.max(end, to)
    shownTo = end
  }
  parts.push(text.slice(shownTo))
  return parts.join('')
}
