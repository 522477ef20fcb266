// Masks the values of a JSON text by the names they stand under, in the text itself: nesting costs nothing, and no value is read twice.
// Knows no names; who decides is given.

import { endOfQuoted } from './free-text.ts'

/** Where a value stands: the field that it belongs to, through arrays; null at the top. */
export interface Value {
  readonly field: string | null
  /** The string itself; null for a number or a truth value. */
  readonly text: string | null
}

/** @param mask what is shown instead of a value; its text for the value as it is. `null` is never asked about, nor containers */
export function maskJsonFields(json: string, mask: (value: Value) => string | null): string {
  const parts: string[] = []
  let shownTo = 0
  const replace = (from: number, to: number, value: Value): void => {
    const masked = mask(value)
    if (masked === value.text) return
    parts.push(json.slice(shownTo, from), JSON.stringify(masked))
    shownTo = to
  }
  walk(json, replace)
  return parts.length === 0 ? json : parts.join('') + json.slice(shownTo)
}

const SCALAR = /[-\w.+]+/y

/** Visits every value of a valid JSON text that is neither null nor a container. */
function walk(json: string, visit: (from: number, to: number, value: Value) => void): void {
  /** Of each container that is open: its own field, and whether it is an object. */
  const open: { readonly field: string | null; readonly isObject: boolean }[] = []
  let field: string | null = null
  let isKeyNext = false
  for (let at = 0; at < json.length;) {
    const character = json.charAt(at)
    if (character === '"') {
      const end = endOfQuoted(json, at)
      const text = stringOf(json.slice(at, end))
      if (isKeyNext) [field, isKeyNext] = [text, false]
      else visit(at, end, { field, text })
      at = end
    } else if (/[-\w]/.test(character)) {
      SCALAR.lastIndex = at
      SCALAR.test(json)
      if (character !== 'n') visit(at, SCALAR.lastIndex, { field, text: null })
      at = SCALAR.lastIndex
    } else {
      if (character === '{' || character === '[') {
        open.push({ field, isObject: character === '{' })
        isKeyNext = character === '{'
      } else if (character === '}' || character === ']') {
        // What an array's elements had on their way is over: its own field again.
        field = open.pop()?.field ?? null
      } else if (character === ',') {
        isKeyNext = open.at(-1)?.isObject === true
      }
      at += 1
    }
  }
}

function stringOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
}
