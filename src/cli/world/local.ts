// What is on this machine's disk: the store and the key that encrypts its secrets.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Store } from '../../core/ports/store.ts'
import type { StoreKeys } from '../../core/ports/store-keys.ts'
import type { Context } from '../context.ts'
import { once, type Once } from '../context/once.ts'
import { setting } from '../input/environment.ts'
import { checkPath, hintFor } from '../input/paths.ts'
import { checkStorePath } from '../input/settings.ts'
import { platformFolder } from './folders.ts'
import type { Wiring } from './parts.ts'

interface Local {
  readonly store: Once<Store>
  readonly openers: Pick<
    Context,
    'store' | 'storePath' | 'storeMover' | 'storeSql' | 'keySource' | 'storeKeys' | 'watchMemory' | 'hookRunner'
  >
}

const STORE_FILE = 'calreconnect.db'

export function openLocal(wiring: Wiring): Local {
  const { host, globals, clock, random, attribution, crashpoint, say } = wiring
  const storePath = once(async () => {
    const { db } = globals()
    if (db === null) return `${await platformFolder('data', host)}/${STORE_FILE}`
    const path = checkStorePath(db, host.env)
    if (await isFolder(path)) {
      throw new CalreconnectError('USAGE', `${db.by} names a folder: ${path}`, { hint: hintFor(db.by, join(path, STORE_FILE)) })
    }
    return path
  })

  const keySource = once(async () => {
    const { openKeySource } = await import('../../adapters/keys/key-source.ts')
    const given = setting(host.env, 'CALRECONNECT_CONFIG_DIR')
    const configDir =
      given === null ? await platformFolder('config', host) : checkPath({ by: 'CALRECONNECT_CONFIG_DIR', text: given }, host.env)
    return openKeySource({ envKey: setting(host.env, 'CALRECONNECT_KEY') ?? undefined, configDir, random })
  })

  const store = once(async () => {
    const [{ openStore }, key, path] = await Promise.all([import('../../adapters/store/sqlite/open.ts'), keySource.get(), storePath.get()])
    const absent = !wiring.makesStore() && !(await isThere(path))
    if (absent && globals().db !== null) wiring.hint(`There is no store at ${path}, and looking makes none`)
    const onLost = (text: string): void => say(`Warning: ${text}`)
    const { interruption } = host
    const heard = { interruption, onWait: say, onLost }
    const opened = await openStore({ path, absent, keepsModes: wiring.keepsModes(), key, clock, random, ...heard, ...crashpoint })
    return { ...opened, runs: attribution.follow(opened.runs) }
  })

  return {
    store,
    openers: {
      store: store.get,
      storePath: storePath.get,
      storeSql: async () => (await import('../../adapters/store/sqlite/schema.ts')).schemaSql(),
      async storeMover(from, to) {
        const [{ openMover }, key] = await Promise.all([import('../../adapters/store/copy.ts'), keySource.get()])
        const at = (by: string, text: string): string => checkStorePath({ by, text }, host.env)
        const shared = { key, clock, random, interruption: host.interruption, onWait: say, ...crashpoint }
        const source = from === null ? await storePath.get() : at('--from', from)
        if (!(await isThere(source))) throw new CalreconnectError('STORE_MISSING', `There is no store at ${source}`)
        return openMover({ path: source, ...shared }, { path: at('--to', to), ...shared })
      },
      keySource: async () => (await keySource.get()).describe(),
      hookRunner: async () => (await import('../../adapters/hook.ts')).hookRunner(host.env),
      async watchMemory(whose) {
        const [{ watchMemory }, { createHash }] = await Promise.all([import('../../adapters/watch-memory.ts'), import('node:crypto')])
        const id = createHash('sha256').update(whose).digest('hex').slice(0, 12)
        return watchMemory(`${await storePath.get()}-watch-${id}.json`)
      },
      async storeKeys(): Promise<StoreKeys> {
        const { storeKeys } = await import('../../adapters/store/store-keys.ts')
        return storeKeys(await store.get(), await keySource.get(), { clock, random, interruption: host.interruption })
      },
    },
  }
}

/** False only when it surely is not, or is empty yet: anything else is the store's to report. */
async function isThere(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    return !found.isFile() || found.size > 0
  } catch (thrown) {
    return !hasCode(thrown, ['ENOENT', 'ENOTDIR'])
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
