// The envelope that a secret is kept in at rest: AES-256-GCM with everything that is needed to open it but the key.
// Knows nothing of where keys or envelopes are kept; the nonce comes in, because core has no randomness.
//
//   byte 0       version, 1
//   bytes 1-8    key id: the first 8 bytes of SHA-256(key), so that a wrong key and a damaged envelope can be told apart
//   bytes 9-20   nonce, fresh for every write
//   then         ciphertext, as long as the text
//   last 16      authentication tag

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

export const KEY_BYTES = 32
export const NONCE_BYTES = 12

const VERSION = 1
const KEY_ID_BYTES = 8
const TAG_BYTES = 16
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES

/** Where an envelope belongs. It is authenticated with it, so that an envelope copied to another place does not open. */
export interface Place {
  readonly table: string
  /** What the row is called for good: survives a rename of what the row describes. */
  readonly row: string
  readonly column: string
}

/** Why an envelope does not open: `wrong_key` was sealed with another key, `altered` fails authentication. */
type Unopened = 'truncated' | 'unknown_version' | 'wrong_key' | 'altered'
export type Opened = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: Unopened }

/** 16 hex digits that name a key without telling anything about it. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES).toString('hex')
}

/** The id of the key that an envelope was sealed with; null for what is no envelope of a version known here. */
export function sealedWith(envelope: Uint8Array): string | null {
  if (envelope.length < HEADER_BYTES + TAG_BYTES || envelope[0] !== VERSION) return null
  return Buffer.from(envelope.subarray(1, 1 + KEY_ID_BYTES)).toString('hex')
}

/** @param nonce 12 random bytes, never used before with this key. @see NIST SP 800-38D section 8.2.2 */
export function seal(text: string, key: Uint8Array, nonce: Uint8Array, place: Place): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`A nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associated(place))
  const ciphertext = [cipher.update(text, 'utf8'), cipher.final()]
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(keyIdOf(key), 'hex'), nonce, ...ciphertext, cipher.getAuthTag()])
}

export function unseal(envelope: Uint8Array, key: Uint8Array, place: Place): Opened {
  if (envelope.length < HEADER_BYTES + TAG_BYTES) return { ok: false, reason: 'truncated' }
  const keyId = sealedWith(envelope)
  if (keyId === null) return { ok: false, reason: 'unknown_version' }
  if (keyId !== keyIdOf(key)) return { ok: false, reason: 'wrong_key' }
  const nonce = envelope.subarray(1 + KEY_ID_BYTES, HEADER_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(associated(place))
    .setAuthTag(envelope.subarray(envelope.length - TAG_BYTES))
  const text = decipher.update(envelope.subarray(HEADER_BYTES, envelope.length - TAG_BYTES))
  try {
    return { ok: true, text: Buffer.concat([text, decipher.final()]).toString('utf8') }
  } catch {
    // final() throws for one reason only: the tag does not fit.
    return { ok: false, reason: 'altered' }
  }
}

/** Unambiguous, because neither a table nor a column has a bar in its name. */
function associated({ table, row, column }: Place): Buffer {
  return Buffer.from(`${table}|${row}|${column}`, 'utf8')
}
