// What a connection may be called, and when two names are one.

import { CalreconnectError } from '../errors/errors.ts'
import type { Connection } from './model.ts'

const NAME_LENGTH_MAX = 100
const EMAIL_LENGTH_MAX = 320
/** Where nothing of a name from outside is left. */
const FALLBACK = 'account'
/** What JavaScript objects have of themselves: a program that keeps accounts by name may trip over them. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Names that are the same to people: whatever their case and Unicode form. */
export function fold(name: string): string {
  // Twice: the capital ẞ becomes ß first, and only that becomes SS.
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}

/** What a connection answers to besides its name. */
export function handlesOf({ email, userUri }: Pick<Connection, 'email' | 'userUri'>): string[] {
  const id = userUri?.slice(userUri.lastIndexOf('/') + 1)
  return [email, userUri, id].flatMap((handle) => (typeof handle === 'string' && handle !== '' ? [handle] : []))
}

/** @throws USAGE for a name that could be taken for something else */
export function checkName(name: string): void {
  const reason = faultOf(name)
  if (reason === null) return
  const shown = name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}…` : name
  throw new CalreconnectError('USAGE', `The name ${JSON.stringify(shown)} ${reason}`, { hint: 'Choose another name' })
}

function faultOf(name: string): string | null {
  if (name.trim() !== name || name === '') return 'must not be empty or begin or end with a space'
  if (name.length > NAME_LENGTH_MAX) return `has more than ${NAME_LENGTH_MAX} characters`
  if (/^[-~]/.test(name)) return 'must not begin with - or ~'
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u.test(name)) return 'must not have control characters'
  if (RESERVED.has(fold(name))) return 'is a word that programs keep for themselves'
  return null
}

/**
 * Whether a connection may get this name beside those that are stored.
 * @param own the connection that is to have it; null for a new one
 * @throws USAGE for what checkName refuses, and for another account's e-mail or user URI; ACCOUNT_EXISTS for another one's name
 */
export function checkFreeName(name: string, connections: readonly Connection[], own: Pick<Connection, 'name'> | null): void {
  checkName(name)
  const folded = fold(name)
  for (const other of connections) {
    if (other.name === own?.name) continue
    if (fold(other.name) === folded) {
      throw new CalreconnectError('ACCOUNT_EXISTS', `A connection named ${other.name} exists already`)
    }
    if (handlesOf(other).some((handle) => fold(handle) === folded)) {
      throw new CalreconnectError('USAGE', `${name} is how the connection ${other.name} is known too (its e-mail or URI)`, {
        hint: 'Choose another name',
      })
    }
  }
}

/** The name of a connection for which none was given, from what Calendly says: as it is if it can be a name, else what is left of it. */
export function nameFromOutside(text: string | null): string {
  const cleaned = withoutControls((text ?? '').slice(0, NAME_LENGTH_MAX * 4))
    .trim()
    .replace(/^[-~\s]+/, '')
    .slice(0, NAME_LENGTH_MAX)
  const name = withoutControls(cleaned).trim()
  return faultOf(name) === null ? name : FALLBACK
}

/** An e-mail as it is kept: what mail itself cannot be is no text to be kept. @see https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1 */
export function emailFromOutside(text: string): string {
  return withoutControls(text.slice(0, EMAIL_LENGTH_MAX))
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu, '')
}
