// What of a text a person may see: no password of a URL; of somebody else's, letters, and nothing that moves a cursor, sets a clipboard, turns writing around, hides
// itself, or speaks to a CI runner that reads along. Pure, linear. Knows nothing of where the text goes.

/** Controls (C0, C1, escape), formats (bidi, zero-width), separators of lines, and code points that are no characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu
const SHOWN_INSTEAD = '�'
const HARMLESS = String.raw`#\#`
/** What CI runners take for a command anywhere in a line, up to its bracket. */
const OLDER_COMMAND = /##(?=\[|vso\[)/g

/** Of `scheme://user:password@`; our own examples say PASSWORD. */
const PASSWORD_IN_URL = /(:\/\/[^\s/?#\\"'<>@:]*):(?!PASSWORD@)[^\s/?#\\"'<>]*@/g
const PASSWORD_MASK = '$1:[secret]@'

/** For one line or cell: newlines and tabs go too. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, SHOWN_INSTEAD).replaceAll(OLDER_COMMAND, HARMLESS).replaceAll(PASSWORD_IN_URL, PASSWORD_MASK)
}

/**
 * For a text of several lines and columns. What is in `kept` besides newline and tab passes: marks that the caller takes out.
 */
export function visible(text: string, kept: RegExp | null = null): string {
  const seen = text.replaceAll(UNSEEN, (character) =>
    character === '\n' || character === '\t' || kept?.test(character) === true ? character : SHOWN_INSTEAD,
  )
  return seen.replaceAll(OLDER_COMMAND, HARMLESS).replaceAll(PASSWORD_IN_URL, PASSWORD_MASK)
}

/** JSON of the same value that shows nothing either: what `visible` replaces is written as an escape. */
export function visibleJson(json: string): string {
  const harmless = json.replaceAll(OLDER_COMMAND, String.raw`#\u0023`).replaceAll(PASSWORD_IN_URL, PASSWORD_MASK)
  return harmless.replaceAll(UNSEEN, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, at) => String.raw`\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
          '',
        ),
  )
}

/** On one line, whatever it was written on: what others say within our sentences. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

const TOKEN_IN_URL =
  /([?&#](?:[\w.-]{0,40}[_.-])?(?:token|key|apikey|secret|password|passwd|pwd|sig|signature|auth|code|credential)=)[^&#\s"'<>]+/gi

/** URLs in a message or report, without what lets one in: a query's tokens and keys. A URL that somebody works with is not shown by this. */
export function withoutTokens(text: string): string {
  return text.replaceAll(TOKEN_IN_URL, '$1[secret]')
}
