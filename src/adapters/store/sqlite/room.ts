// Room on the disk for what cannot be had again: a file of plain bytes beside the store, there before a token is spent or a webhook is
// made, and given back when the disk turns out to be full before the answer is stored. It stays, so that it costs one look a time.
// What a page limit or a quota inside SQLite would take is carried by the in-flight row itself (token_refreshes.room).

import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { codeOf } from '../store-errors.ts'

/** A pair and its journal take some 40 KiB of write-ahead log; several connections may be under way. */
const ROOM_BYTES = 256 * 1024

export class Room {
  readonly #path: string

  /** @param storePath the room is beside it */
  constructor(storePath: string) {
    this.#path = `${storePath}-room`
  }

  /** @throws ENOSPC … where there is none */
  reserve(): void {
    if (statSync(this.#path, { throwIfNoEntry: false })?.size === ROOM_BYTES) return
    const descriptor = openSync(this.#path, 'w', 0o600)
    try {
      // Neither zeros nor a hole: file systems keep those for nothing.
      const bytes = randomBytes(ROOM_BYTES)
      let written = 0
      while (written < ROOM_BYTES) written += writeSync(descriptor, bytes, written)
      fsyncSync(descriptor)
    } catch (thrown) {
      ftruncateSync(descriptor)
      throw thrown
    } finally {
      closeSync(descriptor)
    }
  }

  /** Gives it to whoever writes next. False when there was none. */
  release(): boolean {
    const held = statSync(this.#path, { throwIfNoEntry: false })
    if (held === undefined || held.size === 0) return false
    rmSync(this.#path, { force: true })
    return true
  }
}

/** A full disk as SQLite has it: said, or hidden in a failure to write or to grow. */
export function isFull(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? ''
  return code.startsWith('SQLITE_FULL') || code.startsWith('SQLITE_IOERR')
}
