// Where the key that encrypts the store's secrets comes from. Asked only when a secret is read or written.
// A store says by id which key it is sealed with, so a key is found, never guessed: in CALRECONNECT_KEY, the chosen place,
// or one that was chosen earlier (other stores may be sealed with its key). New keys come from one place: no silent fallback.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { KEY_BYTES, keyIdOf } from '../../core/secrets/envelope.ts'
import type { Random } from '../../core/ports/desk.ts'
import { STORE_KEY_PLACES, type StoreKeyPlace } from '../../core/ports/store.ts'
import { replaceFile } from './durable-file.ts'
import { envKeyPlace } from './env-key.ts'
import { keyFilePlace } from './key-file.ts'
import type { KeyPlace } from './key-place.ts'
import { type AskKeyring, keyringPlace } from './keyring.ts'

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
}

/** Reads nothing yet. */
export function openKeySource(options: KeySourceOptions): KeySource {
  const { envKey, configDir, random } = options
  const settingsPath = join(configDir, SETTINGS)
  const places: Readonly<Record<StoreKeyPlace, KeyPlace>> = {
    env: envKeyPlace(envKey),
    file: keyFilePlace(configDir, random),
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
      const names = searched()
      return findKey(
        keyId,
        names.map((name) => places[name]),
      )
    },
    async choose(name) {
      const earlier = searched().filter((each) => each !== name)
      await replaceFile(settingsPath, `${JSON.stringify({ key_source: name, earlier })}\n`, random.uuid())
    },
  }
}

async function currentKey(place: KeyPlace, fresh: () => Uint8Array): Promise<Uint8Array> {
  const [key] = await place.keys()
  if (key !== undefined) return key
  if (place.createFirst === null) throw missing(place)
  return place.createFirst(fresh())
}

async function findKey(keyId: string, places: readonly KeyPlace[]): Promise<Uint8Array> {
  let trouble: CalreconnectError | null = null
  let held = 0
  for (const place of places) {
    try {
      const keys = await place.keys()
      const key = keys.find((candidate) => keyIdOf(candidate) === keyId)
      if (key !== undefined) return key
      held += keys.length
      if (keys.length === 0) trouble ??= missing(place)
    } catch (thrown) {
      // A place that cannot be asked (a locked keyring) does not matter when another one has the key.
      if (!(thrown instanceof CalreconnectError) || thrown.code !== 'STORE_KEY_MISSING') throw thrown
      trouble = thrown
    }
  }
  if (held === 0 && trouble !== null) throw trouble
  const looked = places.map((place) => place.describe()).join(' and ')
  throw new CalreconnectError('STORE_KEY_WRONG', `The store is encrypted with another key (${keyId}) than ${looked} holds`, {
    hint: 'Set CALRECONNECT_KEY to the key it was encrypted with',
    cause: trouble,
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

interface Choice {
  readonly chosen: StoreKeyPlace
  readonly earlier: readonly StoreKeyPlace[]
}

/** Null when nothing was chosen. @throws STORE_KEY_MISSING when the settings cannot be read, so that no other key is taken */
function readChoice(path: string): Choice | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')) return null
    throw unreadable(path, thrown)
  }
  const [chosen, ...rest] = namesIn(text)
  if (chosen === undefined) throw unreadable(path)
  return { chosen, earlier: rest }
}

/** Place names of `{"key_source": …, "earlier": […]}`; none when it is anything else. */
function namesIn(text: string): readonly StoreKeyPlace[] {
  let settings: unknown
  try {
    settings = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof settings !== 'object' || settings === null || !('key_source' in settings)) return []
  const earlier: readonly unknown[] = 'earlier' in settings && Array.isArray(settings.earlier) ? settings.earlier : []
  const names = [settings.key_source, ...earlier].map((name) => STORE_KEY_PLACES.find((place) => place === name))
  return names[0] === undefined ? [] : names.filter((name) => name !== undefined)
}

function unreadable(path: string, cause?: unknown): CalreconnectError {
  return new CalreconnectError('STORE_KEY_MISSING', `The settings file ${path} cannot be read, or is damaged`, {
    hint: `Remove ${path}, then calreconnect store key use file|env|keyring`,
    cause,
  })
}
