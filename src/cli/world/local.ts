// What is on this machine's disk: the store and the key that encrypts its secrets.

import type { Store } from '../../core/ports/store.ts'
import type { Context } from '../context.ts'
import { nonEmpty } from '../input/globals.ts'
import { once, type Once } from '../context/once.ts'
import { checkStorePath } from '../input/settings.ts'
import { platformFolder } from './folders.ts'
import type { Wiring } from './parts.ts'

interface Local {
  readonly store: Once<Store>
  readonly openers: Pick<Context, 'store' | 'storePath' | 'keySource' | 'storeKeys'>
}

export function openLocal({ host, globals, clock, random, attribution, crashpoint, say }: Wiring): Local {
  const storePath = once(async () => checkStorePath(globals().db ?? `${await platformFolder('data', host)}/calreconnect.db`))

  const keySource = once(async () => {
    const { openKeySource } = await import('../../adapters/keys/key-source.ts')
    const configDir = nonEmpty(host.env['CALRECONNECT_CONFIG_DIR']) ?? (await platformFolder('config', host))
    return openKeySource({ envKey: host.env['CALRECONNECT_KEY'], configDir, random })
  })

  const store = once(async () => {
    const [{ openStore }, key] = await Promise.all([import('../../adapters/store/open.ts'), keySource.get()])
    const opened = await openStore({
      path: await storePath.get(),
      key,
      clock,
      random,
      interruption: host.interruption,
      onWait: say,
      ...crashpoint,
    })
    return { ...opened, runs: attribution.follow(opened.runs) }
  })

  return {
    store,
    openers: {
      store: store.get,
      storePath: storePath.get,
      keySource: async () => (await keySource.get()).describe(),
      async storeKeys() {
        const { storeKeys } = await import('../../adapters/store/store-keys.ts')
        return storeKeys(await store.get(), await keySource.get(), { clock, random, interruption: host.interruption })
      },
    },
  }
}
