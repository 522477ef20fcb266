// `store copy`: from now on another store is the home of the connections, and of their refresh tokens.

import type { Interruption } from '../../core/ports/desk.ts'
import type { StoreMover } from '../../core/ports/store-keys.ts'
import { tokenLockName } from '../tokens/access-token.ts'

/** `data` of `store copy`. */
export interface MovedStore {
  readonly from: string
  readonly to: string
  readonly connections: number
  /** Of all tables. */
  readonly rows: number
}

/** A request for a token ends within this. */
const LOCK_WAIT_MS_MAX = 45_000

/** @throws STORE_LOCKED when a token request of the source does not end; nothing is moved then */
export async function moveStore(mover: StoreMover, { signal }: Pick<Interruption, 'signal'>): Promise<MovedStore> {
  const names = await mover.begin()
  try {
    // What was under way when the source was marked stores its pair there first. New ones are refused.
    for (const name of names) await mover.lock.hold(tokenLockName(name), async () => {}, { waitMsMax: LOCK_WAIT_MS_MAX, signal })
    return { from: mover.from, to: mover.to, ...(await mover.copy()) }
  } catch (error) {
    await mover.giveUp()
    throw error
  }
}
