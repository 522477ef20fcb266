// Secrets on their way into and out of the store: which key, and whether it still is the store's key.
// The key is asked for only when a secret is read or written. `settings.key_id` says which key the store is sealed with.

import { advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { keyIdOf, NONCE_BYTES, type Place, seal, sealedWith, unseal } from '../../core/secrets/envelope.ts'
import type { Random } from '../../core/ports/desk.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { StoreDatabase } from './database.ts'
import { all, run, type Script } from './script.ts'
import { claim, KeyChanged, hasSecretsNow, keyIdNow, setKeyId } from './store-key-id.ts'
import { SECRET_COLUMNS } from './secret-columns.ts'
import { damaged } from './store-errors.ts'

/** What the vault needs of a key source. */
export interface KeyProvider {
  /**
   * The key whose id is `keyId`; without one the key for a store that has no secrets yet, made where there is none.
   * @throws STORE_KEY_MISSING, STORE_KEY_WRONG
   */
  key(keyId?: string): Promise<Uint8Array>
}

const ATTEMPTS_MAX = 3

type Envelopes<Row> = (row: Row) => readonly (Uint8Array | null)[]
/** The text of an envelope that was read. */
export type Open = (envelope: Uint8Array | null, place: Place) => Secret | null

export type Sealed = (secret: Secret | null, place: Place) => Uint8Array | null

export class Vault {
  readonly #db: StoreDatabase
  readonly #provider: KeyProvider
  readonly #random: Random
  readonly #keys = new Map<string, Uint8Array>()

  constructor(db: StoreDatabase, provider: KeyProvider, random: Random) {
    this.#db = db
    this.#provider = provider
    this.#random = random
  }

  /** Reads rows, gets the keys of all their envelopes, then maps them. @throws STORE_KEY_MISSING, STORE_KEY_WRONG, STORE_DAMAGED */
  async read<Row, T>(
    select: () => Promise<readonly Row[]>,
    envelopes: Envelopes<Row>,
    map: (row: Row, open: Open) => T,
  ): Promise<readonly T[]> {
    return this.#read(select, envelopes, map, (thrown) => {
      throw thrown
    })
  }

  /** As `read`, but without the key the secrets are unreadable ones, and everything else of the rows is there. */
  async readWithoutKey<Row, T>(
    select: () => Promise<readonly Row[]>,
    envelopes: Envelopes<Row>,
    map: (row: Row, open: Open) => T,
  ): Promise<readonly T[]> {
    return this.#read(select, envelopes, map, (thrown, rows) => {
      const open: Open = (envelope, place) => {
        if (envelope === null) return null
        const hasKey = this.#keys.has(sealedWith(envelope) ?? '')
        return hasKey ? this.open(envelope, place) : Secret.unreadable(thrown)
      }
      return rows.map((row) => map(row, open))
    })
  }

  async #read<Row, T>(
    select: () => Promise<readonly Row[]>,
    envelopes: Envelopes<Row>,
    map: (row: Row, open: Open) => T,
    withoutKey: (thrown: Error, rows: readonly Row[]) => readonly T[],
  ): Promise<readonly T[]> {
    for (let attempt = 1; ; attempt++) {
      const rows = await select()
      const sealed = rows.flatMap(envelopes)
      try {
        await this.#load(sealed)
        return rows.map((row) => map(row, (envelope, place) => this.open(envelope, place)))
      } catch (thrown) {
        if (!isKeyTrouble(thrown)) throw thrown
        // The store may have got another key after the rows were read.
        if (attempt === ATTEMPTS_MAX || !(await this.#keyMoved(sealed))) return withoutKey(thrown, rows)
      }
    }
  }

  /** The text of an envelope. @throws STORE_DAMAGED, STORE_KEY_WRONG */
  open(envelope: Uint8Array | null, place: Place): Secret | null {
    if (envelope === null) return null
    const key = this.#keys.get(sealedWith(envelope) ?? '')
    const opened = unseal(envelope, key ?? new Uint8Array(), place)
    if (opened.ok) return new Secret(opened.text)
    if (opened.reason === 'wrong_key') throw wrongKey(this.#db.location)
    throw damaged(this.#db.location, `${place.column} of ${place.table} ${place.row} cannot be decrypted (${opened.reason})`)
  }

  /** A transaction that writes secrets. What it reads is sealed with the same key. */
  write<T>(name: string, script: (sealed: Sealed) => Script<T>): Promise<T> {
    return this.#write(script, (sealing) => this.#db.write(name, sealing))
  }

  /** As `write`, of what an answer brought that cannot be had again. */
  writeAnswer<T>(name: string, script: (sealed: Sealed) => Script<T>): Promise<T> {
    return this.#write(script, (sealing) => this.#db.writeAnswer(name, sealing))
  }

  async #write<T>(script: (sealed: Sealed) => Script<T>, commit: (sealing: () => Script<T>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const key = await this.#writingKey()
      try {
        return await commit(() => this.#sealing(key, script))
      } catch (thrown) {
        if (!(thrown instanceof KeyChanged)) throw thrown
        if (attempt === ATTEMPTS_MAX) throw wrongKey(this.#db.location, thrown)
      }
    }
  }

  *#sealing<T>(key: Uint8Array, script: (sealed: Sealed) => Script<T>): Script<T> {
    yield* claim(keyIdOf(key))
    return yield* script((secret, place) => (secret === null ? null : this.#seal(secret, key, place)))
  }

  /** Seals every secret with `next`, in one transaction: a crash leaves all of them with one key or all with the other. */
  async reencrypt(next: Uint8Array): Promise<void> {
    const old = await this.keyId()
    if (old === keyIdOf(next)) return
    if (old !== null && (await this.hasSecrets())) await this.#loadKey(old)
    this.#keys.set(keyIdOf(next), next)
    await this.#db.write('reencrypt', () => this.#reencrypting(next))
  }

  *#reencrypting(next: Uint8Array): Script<void> {
    for (const { table, row, columns } of SECRET_COLUMNS)
      for (const column of columns) {
        const rows = yield* all<{ row: string; envelope: Uint8Array }>(
          `SELECT ${row} AS row, ${column} AS envelope FROM ${table} WHERE ${column} IS NOT NULL`,
        )
        for (const { row: name, envelope } of rows) {
          const place = { table, row: name, column }
          const secret = this.open(envelope, place)
          if (secret === null) continue
          yield* run(`UPDATE ${table} SET ${column} = ? WHERE ${row} = ?`, this.#seal(secret, next, place), name)
        }
      }
    yield* setKeyId(keyIdOf(next))
  }

  /** Of the key that the store is sealed with; null before the first secret. */
  keyId(): Promise<string | null> {
    return this.#db.read(keyIdNow)
  }

  hasSecrets(): Promise<boolean> {
    return this.#db.read(hasSecretsNow)
  }

  /** The store's own key; null before the first secret. @throws STORE_KEY_MISSING, STORE_KEY_WRONG */
  async ownKey(): Promise<{ readonly keyId: string; readonly key: Uint8Array } | null> {
    const keyId = await this.keyId()
    return keyId === null ? null : { keyId, key: await this.#loadKey(keyId) }
  }

  /** Null where it is not at hand. */
  async keyCalled(keyId: string): Promise<Uint8Array | null> {
    try {
      return await this.#loadKey(keyId)
    } catch (thrown) {
      if (isKeyTrouble(thrown)) return null
      throw thrown
    }
  }

  async #writingKey(): Promise<Uint8Array> {
    const keyId = await this.keyId()
    if (keyId !== null) {
      try {
        return await this.#loadKey(keyId)
      } catch (thrown) {
        // Nothing is sealed with the lost key any more: begin anew with another.
        if (!isKeyTrouble(thrown) || (await this.hasSecrets())) throw thrown
      }
    }
    const key = await this.#provider.key()
    this.#keys.set(keyIdOf(key), key)
    return key
  }

  async #load(envelopes: readonly (Uint8Array | null)[]): Promise<void> {
    for (const envelope of envelopes) {
      const keyId = envelope === null ? null : sealedWith(envelope)
      if (keyId !== null) await this.#loadKey(keyId)
    }
  }

  async #loadKey(keyId: string): Promise<Uint8Array> {
    const known = this.#keys.get(keyId)
    if (known !== undefined) return known
    const key = await this.#provider.key(keyId)
    if (keyIdOf(key) !== keyId) throw wrongKey(this.#db.location)
    this.#keys.set(keyId, key)
    return key
  }

  async #keyMoved(envelopes: readonly (Uint8Array | null)[]): Promise<boolean> {
    const keyId = await this.keyId()
    return envelopes.some((envelope) => envelope !== null && sealedWith(envelope) !== keyId)
  }

  #seal(secret: Secret, key: Uint8Array, place: Place): Uint8Array {
    return seal(secret.reveal(), key, this.#random.bytes(NONCE_BYTES), place)
  }
}

function isKeyTrouble(thrown: unknown): thrown is CalreconnectError {
  return thrown instanceof CalreconnectError && (thrown.code === 'STORE_KEY_MISSING' || thrown.code === 'STORE_KEY_WRONG')
}

function wrongKey(location: string, cause?: unknown): CalreconnectError {
  return new CalreconnectError('STORE_KEY_WRONG', `The store ${location} is encrypted with another key`, {
    hint: advise`${next('store', 'key', 'status')} says which keys there are. If the key is lost: ${next('store', 'reset-secrets')}`,
    cause,
  })
}
