// Names of what the store has, for completion: read as they are, without a key. Nothing is made, migrated or waited for.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { StoredNames } from '../completion/values.ts'
import { nonEmpty } from '../input/globals.ts'
import type { Host } from '../output/streams.ts'
import { platformFolder } from './folders.ts'

const NONE: StoredNames = { accounts: [], subscriptions: [], runs: [], apps: [] }

/** @param db of --db; null: of the environment, else the default */
export async function storedNames(host: Pick<Host, 'env' | 'platform'>, db: string | null): Promise<StoredNames> {
  try {
    const path = db ?? nonEmpty(host.env['CALRECONNECT_DB']) ?? `${await platformFolder('data', host)}/calreconnect.db`
    const { readNames } = await import('../../adapters/store/sqlite/names.ts')
    return readNames(path)
  } catch (error) {
    // Nobody can be told anything in the middle of a line: without a store there are no names.
    if (error instanceof CalreconnectError) return NONE
    throw error
  }
}
