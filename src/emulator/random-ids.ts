// Ids, tokens and codes in the shapes that Calendly uses. Knows nothing of what they name.
import { createHash, randomBytes } from 'node:crypto'

const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Where unguessable bytes come from; replaced in tests that want the same ids each time. */
export type RandomSource = (size: number) => Uint8Array

export const systemRandomSource: RandomSource = (size) => randomBytes(size)

/** Bytes that are the same for the same seed: SHA-256 in counter mode. For reproducible runs only. */
export function seededRandomSource(seed: string): RandomSource {
  let counter = 0
  return (size) => {
    const blocks: Buffer[] = []
    while (blocks.length * 32 < size) blocks.push(createHash('sha256').update(`${seed}:${counter++}`).digest())
    return Buffer.concat(blocks).subarray(0, size)
  }
}

/** A UUIDv4, as in Calendly's newer URIs. */
export function uuid(random: RandomSource): string {
  const bytes = Buffer.from(random(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** An id that follows from what it belongs to: the same each time, and no chance is used up. In the shape of a UUIDv4. */
export function derivedId(...of: readonly string[]): string {
  return uuid(() => createHash('sha256').update(of.join(' ')).digest().subarray(0, 16))
}

/** Lower-case hex of `bytes` random bytes: authorization codes and refresh tokens are 32 of them. */
export function hex(random: RandomSource, bytes: number): string {
  return Buffer.from(random(bytes)).toString('hex')
}

/** Page tokens are 32 of these. */
export function alphanumeric(random: RandomSource, length: number): string {
  return Array.from(random(length), (byte) => ALPHANUMERICS[byte % ALPHANUMERICS.length]).join('')
}
