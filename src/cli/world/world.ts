// The outside world behind lazy, memoised openers: nothing is loaded, opened or created before it is asked for.
// Only the files of this folder reach adapters, and only by `await import`.

import type { Context } from '../context.ts'
import { logAttribution } from '../context/log-attribution.ts'
import { crashpointOf } from './crashpoint.ts'
import { openDesk } from './desk.ts'
import { openLocal } from './local.ts'
import { openNetwork } from './network.ts'
import type { WorldParts } from './parts.ts'

interface World {
  readonly openers: ReturnType<typeof openLocal>['openers'] &
    ReturnType<typeof openNetwork>['openers'] &
    Pick<Context, keyof ReturnType<typeof openDesk>>
  close(): Promise<void>
}

export function openWorld(parts: WorldParts): World {
  const wiring = { ...parts, attribution: logAttribution(), crashpoint: crashpointOf(parts.host) }
  const { store, openers: local } = openLocal(wiring)
  const network = openNetwork(wiring, store)
  return {
    openers: { ...local, ...network.openers, ...openDesk(wiring) },
    async close() {
      try {
        // First the network: what its observers hold back goes into the store.
        await network.close()
      } finally {
        // A store that could not be opened was reported already.
        const opened = store.peek() ? await store.get().catch(() => null) : null
        await opened?.close()
      }
    },
  }
}
