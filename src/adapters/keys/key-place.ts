// What a place that keeps encryption keys can do. Three implementations: file, environment, operating system's keyring.

import { KEY_BYTES } from '../../core/secrets/envelope.ts'
import type { StoreKeyPlace } from '../../core/ports/store-keys.ts'

export interface KeyPlace {
  readonly name: StoreKeyPlace
  /** For people: where that is. */
  describe(): string
  /**
   * The current key first, then earlier ones, newest first: they stay, because other stores and backups may need them.
   * Empty where no key was made yet.
   * @throws STORE_KEY_MISSING when the place cannot be read, STORE_KEY_WRONG when what is there is no key
   */
  keys(): Promise<readonly Uint8Array[]>
  /** Makes `key` the current one, durably, keeping the others. Null where that is the person's business (environment). */
  readonly add: ((key: Uint8Array) => Promise<void>) | null
  /** The current key; `fresh` becomes it if there is none. When two processes do this at once, both get the same key. */
  readonly createFirst: ((fresh: Uint8Array) => Promise<Uint8Array>) | null
}

/** 32 bytes in base64, standard or URL-safe, padded or not. Null for anything else. */
export function parseKey(text: string): Uint8Array | null {
  if (!/^(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/.test(text)) return null
  const key = new Uint8Array(Buffer.from(text, 'base64'))
  return key.length === KEY_BYTES ? key : null
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64')
}
