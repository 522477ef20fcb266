// Masks what looks like a secret or an e-mail address in a text of unknown shape. Pure, and linear in the text: whatever looks for the
// end of something begins at a mark that cannot be within it, and goes on behind what it has looked at.

export const SECRET_MASK = '[secret]'
export const PERSONAL_MASK = '[personal]'

const SECRET_NAMES =
  'access_token|refresh_token|id_token|client_secret|client_assertion|code_verifier|signing_key|app_signing_key|personal_access_token|password|authorization|set-cookie|cookie'
/** `"client_secret": ` in any of its spellings, up to the value. */
const NAME = new RegExp(String.raw`\b(?:${SECRET_NAMES})\b(?:\\?["'])?\s*[:=]\s*`, 'gi')
const SCHEME_BEFORE = /(?:bearer|basic)\s+(?=[^\s&,;}<])/iy
const BARE_VALUE = /[^\s&,;}<]+/y
const CREDENTIALS = /\b(bearer|basic)(\s+|%20|\+)[\w.~+/=-]{6}[\w.~+/=-]*/gi
const PARAMETER = /([?&#](?:code|state|token|code_verifier|code_challenge|access_token|refresh_token|client_secret)=)[^&#\s"'<>]+/gi
/** WHATWG: the last `@` before the path. */
const USER_INFO = /(:\\?\/\\?\/)[^\s/?#\\"'<>]+@/g
const DOTTED = /[\w.-]+/g
const LOCAL_PART = /[\w.+-]/
const DOMAIN = /[\w-]+(?:\.[\w-]+)+/y

/** Tokens, named secrets, credentials in URLs and e-mail addresses are masked. */
export function maskFreeText(text: string): string {
  const shown = maskNamedValues(text)
    .replace(CREDENTIALS, `$1 ${SECRET_MASK}`)
    .replace(DOTTED, maskTokenIn)
    .replace(PARAMETER, `$1${SECRET_MASK}`)
    .replace(USER_INFO, `$1${SECRET_MASK}@`)
  return maskEmails(shown)
}

/** Values behind the names of secrets: quoted, also where the closing quote is cut off, or up to the next separator. */
function maskNamedValues(text: string): string {
  const parts: string[] = []
  let shownTo = 0
  NAME.lastIndex = 0
  while (NAME.exec(text) !== null) {
    const start = NAME.lastIndex
    const end = endOfValue(text, start)
    if (end === start) continue
    parts.push(text.slice(shownTo, start), SECRET_MASK)
    shownTo = end
    NAME.lastIndex = end
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(shownTo)
}

function endOfValue(text: string, start: number): number {
  const opening = text.charAt(start) === '\\' ? start + 1 : start
  if (text.charAt(opening) === '"') return endOfQuoted(text, opening)
  if (text.charAt(start) === "'") {
    const closing = text.indexOf("'", start + 1)
    return closing === -1 ? text.length : closing + 1
  }
  SCHEME_BEFORE.lastIndex = start
  const value = SCHEME_BEFORE.test(text) ? SCHEME_BEFORE.lastIndex : start
  BARE_VALUE.lastIndex = value
  return BARE_VALUE.test(text) ? BARE_VALUE.lastIndex : start
}

/** The end of what is quoted from `opening` on; the text's, where it is cut off before. */
export function endOfQuoted(text: string, opening: number): number {
  let from = opening + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote === -1) return text.length
    let first = quote
    while (text.charAt(first - 1) === '\\') first -= 1
    if ((quote - first) % 2 === 0) return quote + 1
    from = quote + 1
  }
}

/** `eyJ….….…` in a run of letters, digits, points and hyphens: a JSON Web Token, which need not stand alone. */
function maskTokenIn(run: string): string {
  if (!run.includes('eyJ')) return run
  const segments = run.split('.')
  const shown: string[] = []
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] ?? ''
    const token = /\beyJ[\w-]/.exec(segment)
    if (token === null || (segments[index + 1] ?? '') === '') shown.push(segment)
    else {
      shown.push(segment.slice(0, token.index) + SECRET_MASK)
      index += 2
    }
  }
  return shown.join('.')
}

function maskEmails(text: string): string {
  const parts: string[] = []
  let shownTo = 0
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > shownTo && LOCAL_PART.test(text.charAt(start - 1))) start -= 1
    DOMAIN.lastIndex = at + 1
    if (start === at || !DOMAIN.test(text)) continue
    parts.push(text.slice(shownTo, start), PERSONAL_MASK)
    shownTo = DOMAIN.lastIndex
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(shownTo)
}
