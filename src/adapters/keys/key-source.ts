// Where the key that encrypts the store's secrets comes from. Asked only when a secret is read or written.
// A store says by id which key it is sealed with, so a key is found, never guessed: in CALRECONNECT_KEY, the chosen place,
// one that was chosen earlier (other stores may be sealed with its key), at last anywhere else. New keys come from one place: no
// silent fallback.

import { advise, next } from '../../core/errors/advice.ts'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { KEY_BYTES, keyIdOf } from '../../core/secrets/envelope.ts'
import type { Random } from '../../core/ports/desk.ts'
import { STORE_KEY_PLACES, type StoreKeyFound, type StoreKeyPlace } from '../../core/ports/store-keys.ts'
import { replaceFile } from '../files/write-file.ts'
import { makeFolder } from '../store/permissions.ts'
import { envKeyPlace } from './env-key.ts'
import { keyFilePlace, setAside } from './key-file.ts'
import type { KeyPlace } from './key-place.ts'
import { type AskKeyring, keyringPlace } from './keyring.ts'
import { type Choice, readChoice } from './key-choice.ts'

const SETTINGS = 'key-source.json'

export interface KeySourceOptions {
  /** CALRECONNECT_KEY. */
  readonly envKey: string | undefined
  /** Where the key file and the choice of place are kept. */
  readonly configDir: string
  readonly random: Random
  /** Tests only: a keyring of their own. */
  readonly askKeyring?: AskKeyring
}

export interface KeySource {
  readonly configDir: string
  /**
   * The key whose id is `keyId`. Without one: the key for a store that has no secrets yet, made where there is none.
   * @throws STORE_KEY_MISSING, STORE_KEY_WRONG
   */
  key(keyId?: string): Promise<Uint8Array>
  /** For people: where the key comes from. */
  describe(): string
  place(name: StoreKeyPlace): KeyPlace
  /** The place that new keys come from: CALRECONNECT_KEY where it is set, else the chosen one. */
  active(): StoreKeyPlace
  /** What `store key use` was told; else CALRECONNECT_KEY where it is set, else the key file. */
  chosen(): StoreKeyPlace
  /** Remembers a choice in the settings file, durably. */
  choose(name: StoreKeyPlace): Promise<void>
  fresh(): Uint8Array
  /** What lies in every place, for a store that is sealed with `keyId`: the place that opens it first, then where it should be. */
  survey(keyId: string | null): Promise<readonly StoreKeyFound[]>
  /** Puts a key file aside that nothing can be read from, so that a new one can be made. Its new path; null when there is none such. */
  setDamagedFileAside(): Promise<string | null>
}

/** Reads nothing yet. */
export function openKeySource(options: KeySourceOptions): KeySource {
  const { envKey, configDir, random } = options
  const settingsPath = join(configDir, SETTINGS)
  const places: Readonly<Record<StoreKeyPlace, KeyPlace>> = {
    env: envKeyPlace(envKey),
    file: keyFilePlace(configDir),
    keyring: keyringPlace(options.askKeyring),
  }
  const envIsSet = envKey !== undefined && envKey !== ''
  const choice = (): Choice => readChoice(settingsPath) ?? { chosen: envIsSet ? 'env' : 'file', earlier: ['file'] }
  const active = (): StoreKeyPlace => (envIsSet ? 'env' : choice().chosen)
  // Not `random`: tests replace that, and outside of them a predictable key must be impossible.
  const fresh = (): Uint8Array => randomBytes(KEY_BYTES)
  const searched = (): readonly StoreKeyPlace[] => {
    const { chosen, earlier } = choice()
    return [...new Set<StoreKeyPlace>([active(), chosen, ...earlier])]
  }
  return {
    configDir,
    place: (name) => places[name],
    active,
    chosen: () => choice().chosen,
    describe() {
      try {
        return places[choice().chosen].describe()
      } catch (thrown) {
        // `store info` must answer just when something is wrong.
        return String(thrown instanceof Error ? thrown.message : thrown)
      }
    },
    fresh,
    async key(keyId) {
      if (keyId === undefined) return currentKey(places[active()], fresh)
      const likely = searched()
      // Settings may be lost too (a new container), so that the others are worth a look before giving up.
      const last = STORE_KEY_PLACES.filter((name) => !likely.includes(name))
      const found = await findKey(
        keyId,
        likely.map((name) => places[name]),
      )
      if (found instanceof Uint8Array) return found
      for (const name of last) {
        const elsewhere = await findKey(keyId, [places[name]])
        if (elsewhere instanceof Uint8Array) return elsewhere
      }
      throw withWayOut(found)
    },
    async survey(keyId) {
      const found = await Promise.all(STORE_KEY_PLACES.map(async (name) => lookInto(places[name], keyId, safely(active) === name)))
      const rank = ({ opensStore, chosen }: StoreKeyFound): number => (opensStore ? 0 : chosen ? 1 : 2)
      return found.sort((a, b) => rank(a) - rank(b))
    },
    async setDamagedFileAside() {
      try {
        await places.file.keys()
        return null
      } catch (thrown) {
        if (!(thrown instanceof CalreconnectError) || thrown.code !== 'STORE_KEY_WRONG') throw thrown
        return setAside(places.file.describe(), random.uuid())
      }
    },
    async choose(name) {
      const earlier = searched().filter((each) => each !== name)
      makeFolder(configDir)
      replaceFile(settingsPath, `${JSON.stringify({ key_source: name, earlier })}\n`, { durable: true })
    },
  }
}

async function currentKey(place: KeyPlace, fresh: () => Uint8Array): Promise<Uint8Array> {
  try {
    const [key] = await place.keys()
    if (key !== undefined) return key
    if (place.createFirst === null) throw missing(place)
    return await place.createFirst(fresh())
  } catch (thrown) {
    if (!(thrown instanceof CalreconnectError) || place.name !== 'keyring') throw thrown
    const { code, message, hint } = thrown
    throw new CalreconnectError(code, message, {
      hint: `${hint ?? 'Unlock the keyring'}. To keep new keys in a file instead: calreconnect store key use file`,
      cause: thrown,
    })
  }
}

/** The key, or why it is in none of the places. A place that cannot be asked does not matter when another one has it. */
async function findKey(keyId: string, places: readonly KeyPlace[]): Promise<Uint8Array | CalreconnectError> {
  let trouble: CalreconnectError | null = null
  let unasked = ''
  const holding: KeyPlace[] = []
  for (const place of places) {
    try {
      const keys = await place.keys()
      const key = keys.find((candidate) => keyIdOf(candidate) === keyId)
      if (key !== undefined) return key
      if (keys.length > 0) holding.push(place)
      else trouble ??= missing(place)
    } catch (thrown) {
      if (!(thrown instanceof CalreconnectError)) throw thrown
      // Worse than a place that merely is empty.
      trouble = thrown
      unasked = `. ${thrown.message}`
    }
  }
  if (holding.length === 0 && trouble !== null) return trouble
  const looked = holding.map((place) => place.describe()).join(' and ')
  return new CalreconnectError('STORE_KEY_WRONG', `The store is encrypted with another key (${keyId}) than ${looked} holds${unasked}`, {
    hint: 'Set CALRECONNECT_KEY to the key it was encrypted with',
    cause: trouble,
  })
}

async function lookInto(place: KeyPlace, keyId: string | null, chosen: boolean): Promise<StoreKeyFound> {
  const found = { source: place.name, location: place.describe(), chosen }
  try {
    const keyIds = (await place.keys()).map(keyIdOf)
    return { ...found, keyIds, opensStore: keyId !== null && keyIds.includes(keyId), problem: null }
  } catch (thrown) {
    if (!(thrown instanceof CalreconnectError)) throw thrown
    return { ...found, keyIds: [], opensStore: false, problem: thrown }
  }
}

function withWayOut({ code, message, advice, cause }: CalreconnectError): CalreconnectError {
  const look = advise`Look for the key with ${next('store', 'key', 'status')}`
  return new CalreconnectError(code, message, {
    hint: advise`${advice ?? look}. If the key is lost: ${next('store', 'reset-secrets')}`,
    cause,
  })
}

function missing(place: KeyPlace): CalreconnectError {
  const message =
    place.name === 'env' ? 'CALRECONNECT_KEY is not set' : `The key that the store is encrypted with is missing (${place.describe()})`
  return new CalreconnectError('STORE_KEY_MISSING', message, {
    hint:
      place.name === 'env'
        ? 'Set CALRECONNECT_KEY to the key'
        : `Restore ${place.describe()} from a backup, or set CALRECONNECT_KEY to the key`,
  })
}

/** Null where the settings cannot be read: looking around must answer just when something is wrong. */
function safely(active: () => StoreKeyPlace): StoreKeyPlace | null {
  try {
    return active()
  } catch (thrown) {
    if (thrown instanceof CalreconnectError) return null
    throw thrown
  }
}
