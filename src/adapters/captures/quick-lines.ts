// Lines of an archive as `webhooks listen` writes them, judged from their bytes: nothing is decoded but the body, and nothing is kept.
// Whatever does not fit, or is not authentic at once, is left to the plain reader: the result must be the same as if that had read all.

import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { HmacSlate } from '../../core/signature/hmac.ts'
import type { QuickCheck } from '../../core/signature/capture.ts'
import { END, ESCAPE, ESCAPES, isDigit, isHexDigit, KINDS, PLAIN } from './json-bytes.ts'

/** Of a stretch of lines. */
export interface QuickResult {
  /** Blank ones too. */
  readonly lines: number
  readonly authentic: number
  readonly doubtful: readonly DoubtfulLine[]
}

export interface DoubtfulLine {
  /** Counted from 0 in the stretch, blank ones too. */
  readonly line: number
  /** How many were found authentic before it. */
  readonly authenticBefore: number
  /** Where it stands in the bytes, its newline excluded. */
  readonly from: number
  readonly to: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const CLOSE_BRACE = 0x7d
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20

const BEGINNING = Buffer.from('{"received_at":"')
const HEADERS = Buffer.from(',"headers":{')
const SIGNATURE = Buffer.from('calendly-webhook-signature')
/** `http-` before it, in CGI's way. */
const LONGEST_NAME = SIGNATURE.length + 5
const TEXT = Buffer.from(',"body":"')
const BASE64 = Buffer.from(',"body_base64":"')
const DIGEST_PREFIX = Buffer.from(',v1=')
const DIGEST_HEX = 64
const TIMESTAMP_DIGITS_MAX = 15
const DIGEST_BYTES = 32

/** One at a time: it writes over what it laid out before. */
export class QuickLines {
  readonly #check: QuickCheck
  readonly #slates: readonly HmacSlate[]
  readonly #expected = Buffer.allocUnsafeSlow(DIGEST_BYTES)
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  /** Of the signature's value, in the line at hand. */
  #timestampFrom = 0
  #timestampTo = 0
  /** Where the next backslash is, at or behind the last place that was asked about. */
  #backslashAt = -1

  constructor(check: QuickCheck) {
    this.#check = check
    this.#slates = check.keys.map((key) => new HmacSlate(key))
  }

  /** Every line between `from` and `to`; the last one ends at `to`, with a newline or without. */
  judge(bytes: Buffer, from: number, to: number): QuickResult {
    this.#bytes = bytes
    this.#backslashAt = from - 1
    const doubtful: DoubtfulLine[] = []
    let [lines, authentic] = [0, 0]
    for (let start = from; start < to;) {
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline === -1 || newline > to ? to : newline
      if (end > start) {
        if (this.#isAuthentic(start, end)) authentic += 1
        else if (!this.#isBlank(start, end)) doubtful.push({ line: lines, authenticBefore: authentic, from: start, to: end })
      }
      lines += 1
      start = end + 1
    }
    return { lines, authentic, doubtful }
  }

  #isBlank(from: number, to: number): boolean {
    return to - from === 1 && this.#bytes[from] === RETURN
  }

  #isAuthentic(from: number, to: number): boolean {
    this.#at = from
    this.#end = this.#bytes[to - 1] === RETURN ? to - 1 : to
    if (!this.#skip(BEGINNING) || !this.#skipString() || !this.#skip(HEADERS) || !this.#readHeaders()) return false
    if (this.#skip(TEXT)) return this.#isSigned((slate) => this.#layOutText(slate))
    return this.#skip(BASE64) && this.#isSigned((slate) => this.#layOutBase64(slate))
  }

  /** Over `literal`, if it stands here. */
  #skip(literal: Buffer): boolean {
    const bytes = this.#bytes
    const at = this.#at
    if (at + literal.length > this.#end) return false
    for (let index = 0; index < literal.length; index += 1) if (bytes[at + index] !== literal[index]) return false
    this.#at = at + literal.length
    return true
  }

  /** Over the rest of a string without escapes, and its quote. */
  #skipString(): boolean {
    const bytes = this.#bytes
    for (let at = this.#at; at < this.#end; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.#at = at + 1
        return true
      }
      if (byte === BACKSLASH || byte < SPACE) return false
    }
    return false
  }

  /** Names and values, exactly one of them the signature, and the closing brace. */
  #readHeaders(): boolean {
    const bytes = this.#bytes
    let isSigned = false
    for (;;) {
      if (bytes[this.#at] !== QUOTE) return false
      this.#at += 1
      const name = this.#at
      if (!this.#skipString()) return false
      const length = this.#at - 1 - name
      if (bytes[this.#at] !== COLON || bytes[this.#at + 1] !== QUOTE) return false
      this.#at += 2
      if (this.#isSignature(name, length)) {
        if (isSigned || !this.#readSignature()) return false
        isSigned = true
      } else if (length >= SIGNATURE.length && length <= LONGEST_NAME && bytes[name] !== undefined && this.#resembles(name)) return false
      else if (!this.#skipString()) return false
      const next = bytes[this.#at]
      this.#at += 1
      if (next === CLOSE_BRACE) return isSigned
      if (next !== COMMA) return false
    }
  }

  #isSignature(name: number, length: number): boolean {
    if (length !== SIGNATURE.length) return false
    for (let index = 0; index < length; index += 1) if (this.#bytes[name + index] !== SIGNATURE[index]) return false
    return true
  }

  /** In capitals, or as CGI writes it: the plain reader knows. No other header of that length begins so. */
  #resembles(name: number): boolean {
    const first = (this.#bytes[name] ?? 0) | 0x20
    return first === 0x63 || first === 0x68
  }

  /** `t=…,v1=…` and nothing else, in the form that Calendly writes. */
  #readSignature(): boolean {
    const bytes = this.#bytes
    let at = this.#at
    if (bytes[at] !== 0x74 || bytes[at + 1] !== 0x3d) return false
    at += 2
    this.#timestampFrom = at
    let seconds = 0
    for (; isDigit(bytes[at] ?? 0); at += 1) seconds = seconds * 10 + ((bytes[at] ?? 0) - 0x30)
    this.#timestampTo = at
    const digits = at - this.#timestampFrom
    if (digits === 0 || digits > TIMESTAMP_DIGITS_MAX) return false
    if (seconds < this.#check.secondsMin || seconds > this.#check.secondsMax) return false
    for (let index = 0; index < DIGEST_PREFIX.length; index += 1, at += 1) if (bytes[at] !== DIGEST_PREFIX[index]) return false
    for (let index = 0; index < DIGEST_HEX; index += 1) if (!isHexDigit(bytes[at + index] ?? 0)) return false
    if (bytes[at + DIGEST_HEX] !== QUOTE || at + DIGEST_HEX >= this.#end) return false
    this.#expected.write(bytes.toString('latin1', at, at + DIGEST_HEX), 'hex')
    this.#at = at + DIGEST_HEX + 1
    return true
  }

  /** @param layOut puts the body on a slate: its length, or -1 when the line does not fit */
  #isSigned(layOut: (slate: HmacSlate) => number): boolean {
    const start = this.#at
    for (const slate of this.#slates) {
      this.#at = start
      slate.begin(this.#bytes, this.#timestampFrom, this.#timestampTo)
      const length = layOut(slate)
      if (length === -1 || this.#bytes[this.#at] !== CLOSE_BRACE || this.#at + 1 !== this.#end) return false
      if (timingSafeEqual(slate.digest(length), this.#expected)) return true
    }
    return false
  }

  /** The text of a JSON string, unescaped. */
  #layOutText(slate: HmacSlate): number {
    const bytes = this.#bytes
    const out = slate.bytes
    const begun = slate.bodyAt
    // Unescaped it is never longer.
    const end = Math.min(this.#end, this.#at + out.length - begun)
    let to = begun
    let high = 0
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at] ?? 0
      const kind = KINDS[byte]
      if (kind === PLAIN) {
        high |= byte
        out[to++] = byte
      } else if (kind === ESCAPE) {
        at += 1
        const meaning = ESCAPES[bytes[at] ?? 0] ?? 0
        if (meaning === 0) return -1
        out[to++] = meaning
      } else if (kind === END) {
        this.#at = at + 1
        // What is no UTF-8 is replaced by whoever decodes it: that is the plain reader's business.
        return high >= 0x80 && !isUtf8(out.subarray(begun, to)) ? -1 : to - begun
      } else return -1
    }
    return -1
  }

  #layOutBase64(slate: HmacSlate): number {
    const bytes = this.#bytes
    const quote = bytes.indexOf(QUOTE, this.#at)
    if (quote === -1 || quote >= this.#end || this.#hasBackslash(this.#at, quote)) return -1
    const length = quote - this.#at
    if (length > slate.bytes.length - slate.bodyAt) return -1
    const written = slate.bytes.write(bytes.toString('latin1', this.#at, quote), slate.bodyAt, 'base64')
    this.#at = quote + 1
    return written
  }

  /** Looks for each one once, however many lines there are without any. */
  #hasBackslash(from: number, to: number): boolean {
    if (this.#backslashAt < from) {
      const found = this.#bytes.indexOf(BACKSLASH, from)
      this.#backslashAt = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    return this.#backslashAt < to
  }
}
