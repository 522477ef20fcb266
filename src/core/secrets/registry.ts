// Masks secrets whose text is known, in whatever encoding they turn up. Knows nothing of where they come from.
// The other half, masking by field name, is in redact.ts.

const MASK = '[secret]'
/** Shorter ones would mask half of every text. */
const SECRET_LENGTH_MIN = 6
/** The cut-off beginning of a secret at the end of a text is masked from this length on. */
const PREFIX_LENGTH_MIN = 8
/** Of a longer secret this much is recognised, and what follows without a gap is masked with it. */
const RECOGNISED_LENGTH = 48
/** Of a run over thousands of connections: the oldest are forgotten, their exchanges are over. */
const SECRETS_MAX = 64
/** Longer than any encoding of the recognised part. */
const HELD_CHARACTERS = 2_048

interface Known {
  readonly pattern: RegExp
  /** In lower case. */
  readonly encodings: readonly string[]
}

/** The secrets seen by this process; `redact` replaces every encoding of them. */
export class SecretRegistry {
  readonly #known = new Map<string, Known>()

  constructor(secrets: Iterable<string> = []) {
    this.add(...secrets)
  }

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < SECRET_LENGTH_MIN || this.#known.has(secret)) continue
      const oldest = this.#known.size >= SECRETS_MAX ? this.#known.keys().next().value : undefined
      if (oldest !== undefined) this.#known.delete(oldest)
      const encodings = encodingsOf(secret).map((form) => form.toLowerCase())
      this.#known.set(secret, { pattern: patternOf(secret), encodings })
    }
  }

  /** `text` with every known secret masked: raw, URL-encoded, base64 at any alignment, hex, JSON- and HTML-escaped. */
  redact(text: string): string {
    if (text === '') return text
    let masked = text
    // Longer ones first: one secret may be the beginning of another.
    for (const [, { pattern }] of this.#longestFirst()) masked = masked.replace(pattern, MASK)
    return this.#maskCutOffEnd(masked)
  }

  /**
   * A redactor for a text that comes in pieces: holds back as much as could be the beginning of a secret.
   * `push` returns what may be shown so far, `end` the rest.
   */
  stream(): { push(piece: string): string; end(): string } {
    let held = ''
    return {
      push: (piece) => {
        held += piece
        const cut = this.#safeCut(held, held.length - HELD_CHARACTERS)
        if (cut <= 0) return ''
        const shown = this.#maskWhole(held.slice(0, cut))
        held = held.slice(cut)
        return shown
      },
      end: () => {
        const shown = this.redact(held)
        held = ''
        return shown
      },
    }
  }

  /** The largest cut up to `wanted` that parts no secret. */
  #safeCut(text: string, wanted: number): number {
    let cut = wanted
    for (const { pattern } of this.#known.values()) {
      for (const match of text.matchAll(pattern)) {
        if (match.index < cut && match.index + match[0].length >= cut) cut = match.index
      }
    }
    return cut
  }

  #maskWhole(text: string): string {
    let masked = text
    for (const [, { pattern }] of this.#longestFirst()) masked = masked.replace(pattern, MASK)
    return masked
  }

  #longestFirst(): [string, Known][] {
    return [...this.#known].sort(([a], [b]) => b.length - a.length)
  }

  /** A text cut at a size limit may end within a secret. */
  #maskCutOffEnd(text: string): string {
    const end = text.slice(-HELD_CHARACTERS).toLowerCase()
    let longest = 0
    for (const { encodings } of this.#known.values()) {
      for (const encoding of encodings) longest = Math.max(longest, cutOffLength(end, encoding))
    }
    return longest === 0 ? text : text.slice(0, text.length - longest) + MASK
  }
}

/** How much of the beginning of `encoding` is at the end of `text`; 0 when too little to be told from chance. */
function cutOffLength(text: string, encoding: string): number {
  for (let length = Math.min(encoding.length - 1, text.length); length >= PREFIX_LENGTH_MIN; length -= 1) {
    if (text.endsWith(encoding.slice(0, length))) return length
  }
  return 0
}

/** The usual encodings of a secret as texts; `SecretRegistry` recognises mixtures of them as well. */
export function encodingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  return [...new Set([secret, json, url, encodeURIComponent(url), bytes.toString('hex'), ...base64Forms(bytes)])]
}

function patternOf(secret: string): RegExp {
  const long = secret.length > RECOGNISED_LENGTH
  const recognised = long ? secret.slice(0, RECOGNISED_LENGTH) : secret
  const bytes = Buffer.from(recognised, 'utf8')
  const forms = [
    Array.from({ length: recognised.length }, (_, index) => characterPattern(recognised, index)).join(''),
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('[: ]?'),
    ...base64Forms(bytes).map((form) => form.split('').map(symbolPattern).join('')),
  ]
  return new RegExp(`(?:${forms.join('|')})${long ? String.raw`[\w.~%+/=\\-]*` : ''}`, 'gi')
}

/** One UTF-16 unit of the secret: as it is, percent-escaped (any number of times over), or as an escape of JSON or HTML. */
function characterPattern(text: string, index: number): string {
  const code = text.charCodeAt(index)
  const unicode = String.raw`\\+u${code.toString(16).padStart(4, '0')}`
  // The halves of a pair are percent-escaped together, with the first half.
  const isSecondHalf = code >= 0xdc00 && code <= 0xdfff
  const whole = isSecondHalf ? '' : String.fromCodePoint(text.codePointAt(index) ?? code)
  const percent = [...Buffer.from(whole, 'utf8')].map((byte) => `%(?:25)*${byte.toString(16).padStart(2, '0')}`).join('')
  const alternatives = [String.raw`\\*` + escapePattern(text.charAt(index)), unicode, `&#0*${code};`, `&#x0*${code.toString(16)};`]
  const named = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', ' ': String.raw`\+`, '\n': String.raw`\\+n` }[whole]
  return `(?:${[...alternatives, percent, ...(named === undefined ? [] : [named])].join('|')})`
}

/**
 * Base64 of a text that contains the secret differs by where it begins: three alignments, of each the characters that depend on
 * the secret's bytes alone.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const first = Math.ceil((offset * 8) / 6)
    const whole = Math.floor(((offset + bytes.length) * 8) / 6)
    const certain = encoded.slice(first, whole)
    return certain.length < PREFIX_LENGTH_MIN ? [] : [certain]
  })
}

/** One character of base64, of either alphabet, percent- or JSON-escaped. */
function symbolPattern(symbol: string): string {
  if (symbol === '+') return '(?:[-+]|%(?:25)*2b)'
  return symbol === '/' ? String.raw`(?:\\*\/|_|%(?:25)*2f)` : symbol
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
