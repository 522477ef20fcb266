// What is on this machine's disk: the store and the key that encrypts its secrets.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Store } from '../../core/ports/store.ts'
import type { StoreKeys } from '../../core/ports/store-keys.ts'
import type { Context } from '../context.ts'
import { once, type Once } from '../context/once.ts'
import { setting } from '../input/environment.ts'
import { checkPath } from '../input/paths.ts'
import { checkStorePath } from '../input/settings.ts'
import { platformFolder } from './folders.ts'
import type { Wiring } from './parts.ts'
import { isThere, openPlace } from './store-place.ts'

interface Local {
  readonly store: Once<Store>
  readonly openers: Pick<
    Context,
    'store' | 'storePath' | 'storeIsThere' | 'storeMover' | 'storeSql' | 'keySource' | 'storeKeys' | 'watchMemory' | 'hookRunner'
  >
}

export function openLocal(wiring: Wiring): Local {
  const { host, globals, clock, random, crashpoint, say } = wiring
  const keySource = once(async () => {
    const { openKeySource } = await import('../../adapters/keys/key-source.ts')
    const given = setting(host.env, 'CALRECONNECT_CONFIG_DIR')
    const configDir =
      given === null ? await platformFolder('config', host) : checkPath({ by: 'CALRECONNECT_CONFIG_DIR', text: given }, host.env)
    return openKeySource({ envKey: setting(host.env, 'CALRECONNECT_KEY') ?? undefined, configDir, random })
  })

  const { store, storePath, storeIsThere, server } = openPlace(wiring, keySource)

  return {
    store,
    openers: {
      store: store.get,
      storePath: storePath.get,
      storeIsThere: storeIsThere.get,
      async storeSql() {
        const place = await server.get()
        if (place === null) return (await import('../../adapters/store/sqlite/schema.ts')).schemaSql()
        return (await import('../../adapters/store/postgres/schema.ts')).schemaSql(place.schema, place.role)
      },
      async storeMover(from, to) {
        const [{ openMover }, key] = await Promise.all([import('../../adapters/store/copy.ts'), keySource.get()])
        const at = (by: string, text: string): string => checkStorePath({ by, text }, host.env)
        const options = { key, clock, random, interruption: host.interruption, onWait: say, ...crashpoint }
        const meant = globals().db
        const source = from !== null ? at('--from', from) : meant === null ? await storePath.get() : at(meant.by, meant.text)
        if (!(await isThere(source))) throw new CalreconnectError('STORE_MISSING', `There is no store at ${source}`)
        return openMover({ path: source, ...options }, { path: at('--to', to), ...options })
      },
      keySource: async () => (await keySource.get()).describe(),
      hookRunner: async () => (await import('../../adapters/hook.ts')).hookRunner(host.env),
      async watchMemory(whose) {
        const [{ watchMemory }, { createHash }] = await Promise.all([import('../../adapters/watch-memory.ts'), import('node:crypto')])
        const id = createHash('sha256').update(whose).digest('hex').slice(0, 12)
        // Beside the file; of a server, where the file would be.
        const beside = (await server.get()) === null ? await storePath.get() : `${await platformFolder('data', host)}/postgres`
        return watchMemory(`${beside}-watch-${id}.json`)
      },
      async storeKeys(): Promise<StoreKeys> {
        const { storeKeys } = await import('../../adapters/store/store-keys.ts')
        return storeKeys(await store.get(), await keySource.get(), { clock, random, interruption: host.interruption })
      },
    },
  }
}
