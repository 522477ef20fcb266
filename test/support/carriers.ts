// What others write to get at whoever reads: each kind once, for tests of every way out.

/** Name and text. */
export const CARRIED: readonly (readonly [string, string])[] = [
  ['a screen that is cleared', '\u001B[2J\u001B[H'],
  ['a colour', '\u001B[31m'],
  ['the clipboard (OSC 52)', '\u001B]52;c;cm0gLXJmIH4K\u0007'],
  ['a link (OSC 8)', '\u001B]8;;https://evil.example\u001B\\x\u001B]8;;\u001B\\'],
  ['C1 controls', '\u009B2J\u0090x\u009C\u0085'],
  ['a carriage return', 'evil\rsafe'],
  ['a backspace, a bell and a delete', '\u0008\u0007\u007F'],
  ['newlines with workflow commands', 'x\n::stop-commands::x\n  ::add-mask::y\r\n::error::z'],
  ['older workflow commands', 'x ##[error]y\n##vso[task.setvariable variable=a]b'],
  ['writing turned around', '\u202Egpj.exe\u202C \u2066x\u2069 \u200F'],
  ['characters without width', 'a\u200Bb\u200Dc\u2060d\u{FEFF}e\u00ADf'],
  ['tags', '\u{E0001}\u{E0041}\u{E007F}'],
  ['separators of lines', 'a\u2028b\u2029c'],
  ['code points that are no characters', '\u{FDD0}\u{FDEF}\u{FFFE}\u{1FFFF}'],
]

/** What of `shown` a terminal or a runner would act on, or nobody would see. Empty: nothing. Written apart from what it judges. */
export function escapes(shown: string): string[] {
  const found: string[] = []
  for (const character of shown) {
    const code = character.codePointAt(0) ?? 0
    const isControl = (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code < 0xa0)
    const isHidden =
      code === 0xad ||
      code === 0x61c ||
      (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2060 && code <= 0x206f) ||
      code === 0xfeff ||
      (code >= 0xfff9 && code <= 0xfffb) ||
      (code >= 0xfdd0 && code <= 0xfdef) ||
      (code & 0xfffe) === 0xfffe ||
      (code >= 0xe0000 && code <= 0xe007f)
    if (isControl || isHidden) found.push(`U+${code.toString(16)}`)
  }
  for (const line of shown.split('\n')) {
    if (line.trim().startsWith('::') || line.includes('##[') || line.includes('##vso[')) found.push(line)
  }
  return found
}
