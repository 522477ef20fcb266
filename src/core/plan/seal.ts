// The seal of a saved plan: a MAC under the key that encrypts the store's secrets, so that a plan that somebody else wrote or changed is
// known as such. Pure; who has the key is the store's business.

import { createHmac, timingSafeEqual } from 'node:crypto'

export interface PlanSeal {
  /** 16 hex digits: which key. */
  readonly keyId: string
  /** 64 hex digits. */
  readonly mac: string
}

/** `unknown`: sealed with a key that is not here, or not at all. */
export type SealVerdict = 'intact' | 'broken' | 'unknown'

/** @param text the plan file without its seal, letter by letter */
export function sealOf(text: string, key: Uint8Array): string {
  // Not the key itself, which encrypts other things.
  const sealing = createHmac('sha256', key).update('calreconnect saved plan').digest()
  return createHmac('sha256', sealing).update(text).digest('hex')
}

/** Takes the same time whatever differs. */
export function isIntact(text: string, key: Uint8Array, mac: string): boolean {
  const [given, expected] = [Buffer.from(mac, 'hex'), Buffer.from(sealOf(text, key), 'hex')]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
