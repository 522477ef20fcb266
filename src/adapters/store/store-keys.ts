// `store key status | use | rotate`, `store reset-secrets`: which key the store is sealed with, and how it gets another.
// Safe at every instant: the new key is durable beside the old one before the first secret is sealed with it, all secrets
// change in one transaction, and no key is thrown away. What a crash left half-done is finished by running it again.

import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { keyIdOf } from '../../core/secrets/envelope.ts'
import type { Clock, Interruption, Random } from '../../core/ports/desk.ts'
import type { StoreKeyPlace, StoreKeys, StoreKeyStatus } from '../../core/ports/store-keys.ts'
import type { KeySource } from '../keys/key-source.ts'
import type { DatabaseStore } from './ports.ts'
import { SqliteProcessLock } from './sqlite/process-lock.ts'

const LOCK_WAIT_MS_MAX = 10_000
const RESEALING = { awaited: 'the store to be sealed with the other key', cost: 'the change of keys may be half-done', mend: null }

/** @param source the one that the store was opened with */
export function storeKeys(
  store: DatabaseStore,
  source: KeySource,
  { clock, random, interruption }: { readonly clock: Clock; readonly random: Random; readonly interruption: Interruption },
): StoreKeys {
  // Stores that share the configuration folder share its key file: its lock is there, not beside a store.
  const lock = new SqliteProcessLock(join(source.configDir, 'calreconnect.key'), clock, random)
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    lock.hold('store key', () => interruption.finish(RESEALING, work), { waitMsMax: LOCK_WAIT_MS_MAX, signal: interruption.signal })
  const status = (): Promise<StoreKeyStatus> => statusOf(store, source)
  return {
    status,
    use: (name) =>
      alone(async () => {
        const place = source.place(name)
        const [held] = await place.keys()
        const key = held ?? (await place.createFirst?.(source.fresh()))
        if (key === undefined)
          throw new CalreconnectError('STORE_KEY_MISSING', `${place.describe()} is not set`, {
            hint: 'export CALRECONNECT_KEY="$(openssl rand -base64 32)"',
          })
        // First, because from the next instant on the store may be sealed with this place's key. The earlier place stays known.
        await source.choose(name)
        await store.reencrypt(key)
        return status()
      }),
    rotate: () =>
      alone(async () => {
        const { source: name, keyId } = await status()
        const place = source.place(name)
        const [first] = await place.keys()
        // A rotation that was interrupted has its new key already.
        const staged = first !== undefined && keyId !== null && keyIdOf(first) !== keyId ? first : null
        await store.reencrypt(staged ?? (await addKey(source, name)))
        return status()
      }),
    reset: () =>
      alone(async () => {
        const forgotten = await store.forgetSecrets()
        const setAside = await source.setDamagedFileAside()
        return { ...forgotten, keyFileSetAside: setAside }
      }),
  }
}

async function addKey(source: KeySource, name: StoreKeyPlace): Promise<Uint8Array> {
  const place = source.place(name)
  if (place.add === null) {
    throw new CalreconnectError('STORE_KEY_MISSING', `${place.describe()} holds the present key only, and this tool cannot change it`, {
      hint: 'Set CALRECONNECT_KEY=<new>,<old> and run the command again; afterwards <new> alone will do',
    })
  }
  const key = source.fresh()
  await place.add(key)
  return key
}

/** Where the store's key was found; where it should be, if it was not found; and what lies elsewhere. */
async function statusOf(store: DatabaseStore, source: KeySource): Promise<StoreKeyStatus> {
  const keyId = await store.keyId()
  const places = await source.survey(keyId)
  const [first] = places
  if (first === undefined) throw new CalreconnectError('BUG', 'There is no place for keys')
  const found = { source: first.source, location: first.location, keyId, places }
  if (first.opensStore || keyId === null || !(await store.hasSecrets())) return { ...found, usable: true, problem: null }
  try {
    await source.key(keyId)
    return { ...found, usable: true, problem: null }
  } catch (thrown) {
    if (!(thrown instanceof CalreconnectError)) throw thrown
    return { ...found, usable: false, problem: thrown }
  }
}
