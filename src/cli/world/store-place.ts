// Where the store is, a file or a database server, and how it is opened.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeySource } from '../../adapters/keys/key-source.ts'
import type { DatabaseStore } from '../../adapters/store/ports.ts'
import type { PostgresAddress } from '../../adapters/store/postgres/address.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { once, type Once } from '../context/once.ts'
import { hintFor } from '../input/paths.ts'
import { checkStorePath, isPostgresUrl } from '../input/settings.ts'
import { platformFolder } from './folders.ts'
import type { Wiring } from './parts.ts'

interface Place {
  readonly store: Once<DatabaseStore>
  readonly storePath: Once<string>
  /** Null: nobody can tell. */
  readonly storeIsThere: Once<boolean | null>
  /** Null: it is a file. */
  readonly server: Once<(PostgresAddress & { readonly url: string }) | null>
}

const STORE_FILE = 'calreconnect.db'

export function openPlace(wiring: Wiring, keySource: Once<KeySource>): Place {
  const { host, globals, clock, random, attribution, crashpoint, say } = wiring
  const server = once(async () => {
    const { db } = globals()
    if (db === null || !isPostgresUrl(db.text)) return null
    const { postgresAddress } = await import('../../adapters/store/postgres/address.ts')
    return { url: db.text, ...postgresAddress(db.text, host.env) }
  })
  const storePath = once(async () => {
    const { db } = globals()
    const place = await server.get()
    if (place !== null) return place.location
    if (db === null) return `${await platformFolder('data', host)}/${STORE_FILE}`
    const path = checkStorePath(db, host.env)
    if (await isFolder(path)) {
      throw new CalreconnectError('USAGE', `${db.by} names a folder: ${path}`, { hint: hintFor(db.by, join(path, STORE_FILE)) })
    }
    return path
  })

  const onLost = (text: string): void => say(`Warning: ${text}`)
  const heard = { interruption: host.interruption, onWait: say, onLost }
  const shared = once(async () => ({ key: await keySource.get(), clock, random, ...heard, ...crashpoint }))

  /** Null where none is, and none is to be made; not a server's: null. */
  async function openAtServer(onlyLooks: boolean): Promise<DatabaseStore | null> {
    const place = await server.get()
    if (place === null) return null
    const { openPostgres } = await import('../../adapters/store/postgres/open.ts')
    return openPostgres({ url: place.url, env: host.env, onlyLooks, ...(await shared.get()) })
  }

  const storeIsThere = once(async () => {
    if ((await server.get()) === null) return fileIsThere(await storePath.get())
    const found = await openAtServer(true)
    await found?.close()
    return found !== null
  })

  async function openFile(): Promise<DatabaseStore> {
    const [{ openStore }, path, options] = await Promise.all([import('../../adapters/store/sqlite/open.ts'), storePath.get(), shared.get()])
    // In memory where a server has none, too.
    const absent = !wiring.makesStore() && ((await server.get()) !== null || !(await isThere(path)))
    if (absent && globals().db !== null) wiring.hint(`There is no store at ${path}, and looking makes none`)
    return openStore({ path, absent, keepsModes: wiring.keepsModes(), ...options })
  }

  const store = once(async () => {
    const opened = (await openAtServer(!wiring.makesStore())) ?? (await openFile())
    return { ...opened, runs: attribution.follow(opened.runs) }
  })

  return { store, storePath, storeIsThere, server }
}

/** False only when it surely is not, or is empty yet: anything else is the store's to report. */
export async function isThere(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    return !found.isFile() || found.size > 0
  } catch (thrown) {
    return !hasCode(thrown, ['ENOENT', 'ENOTDIR'])
  }
}

/** Null where it cannot be looked at. */
async function fileIsThere(path: string): Promise<boolean | null> {
  try {
    await stat(path)
    return true
  } catch (thrown) {
    if (hasCode(thrown, ['ENOENT'])) return false
    if (thrown instanceof Error && 'code' in thrown) return null
    throw thrown
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (/[\\/]$/.test(path)) return true
  try {
    return (await stat(path)).isDirectory()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return false
    throw thrown
  }
}

function hasCode(thrown: unknown, codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code)
}
