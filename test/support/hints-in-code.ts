// Every next command that the source builds, as it is written there: `next('webhooks', 'get', id)` is `webhooks get *`.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))
/** The builder itself, and another program's code. */
const NOT_OURS = /^(?:core\/errors\/advice\.ts|emulator\/|cli\/demo\/)/

export interface HintInCode {
  /** Words; `*` for what is put in, and `again` with what it adds. */
  readonly words: string
  readonly files: readonly string[]
}

export function hintsInCode(): readonly HintInCode[] {
  const found = new Map<string, Set<string>>()
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || NOT_OURS.test(file)) continue
    const text = readFileSync(join(SOURCE, file), 'utf8')
    for (const call of text.matchAll(/(?<![\w.#])(next|again)\(/g)) {
      const given = argumentsAt(text, call.index + call[0].length)
      const words = call[1] === 'again' ? `again ${given.join(' ').replaceAll(/\s+/g, ' ')}`.trim() : given.map(wordOf).join(' ')
      found.set(words, (found.get(words) ?? new Set()).add(file))
    }
  }
  return [...found].map(([words, files]) => ({ words, files: [...files] })).sort((a, b) => (a.words < b.words ? -1 : 1))
}

/** Whether a command that was printed may come from there. */
export function isFrom(hint: HintInCode, command: readonly string[], ran: readonly string[]): boolean {
  if (hint.words.startsWith('again')) {
    const added = [...hint.words.matchAll(/'([^']+)'/g)].map(([, word = '']) => word)
    if (hint.words.includes('without:')) return command.length < ran.length && command.every((word) => ran.includes(word))
    const isSame = ran.every((word) => command.includes(word))
    return isSame && added.every((word) => command.includes(word)) && (added.length > 0 || command.length === ran.length)
  }
  const pattern = hint.words
    .split(' ')
    .map((word) => (word === '*' ? String.raw`(?: \S.*)?` : ` ${word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`))
    .join('')
  // Where the invocation named an account or a store, so does the hint.
  return new RegExp(`^${pattern}(?: --account \\S+)?(?: --db \\S+)?$`).test(` ${command.join(' ')}`)
}

/** The call's arguments, as text. */
function argumentsAt(text: string, start: number): string[] {
  const parts: string[] = []
  let part = ''
  let depth = 1
  let quote: string | null = null
  for (let at = start; depth > 0; at += 1) {
    const character = text[at] ?? ')'
    if (quote !== null) quote = character === quote ? null : quote
    else if (`'"\``.includes(character)) quote = character
    else if ('([{'.includes(character)) depth += 1
    else if (')]}'.includes(character)) depth -= 1
    if (depth === 0) break
    if (character === ',' && depth === 1 && quote === null) {
      parts.push(part.trim())
      part = ''
    } else part += character
  }
  if (part.trim() !== '') parts.push(part.trim())
  return parts
}

function wordOf(argument: string): string {
  return /^'[^']*'$/.test(argument) ? argument.slice(1, -1) : '*'
}
