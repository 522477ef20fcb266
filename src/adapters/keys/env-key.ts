// CALRECONNECT_KEY: one key, or while the store moves from one to the next `<new>,<old>`.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { KeyPlace } from './key-place.ts'
import { parseKey } from './key-place.ts'

/** @param text the variable's value; undefined or empty: not set */
export function envKeyPlace(text: string | undefined): KeyPlace {
  return {
    name: 'env',
    describe: () => 'CALRECONNECT_KEY',
    keys: async () => (text === undefined || text === '' ? [] : text.split(',').map((part) => checked(part.trim()))),
    add: null,
    createFirst: null,
  }
}

/** The value is never part of the message: it may be a key with a typo. */
function checked(text: string): Uint8Array {
  const key = parseKey(text)
  if (key !== null) return key
  throw new CalreconnectError('STORE_KEY_WRONG', `CALRECONNECT_KEY must be 32 bytes in base64 (44 characters); it has ${text.length}`, {
    hint: 'openssl rand -base64 32',
  })
}
