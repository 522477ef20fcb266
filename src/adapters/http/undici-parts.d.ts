// The parts of undici that are loaded by path, because its main file also loads fetch, mocks, caches and WebSocket: 85 modules
// more, and three times the time. The package has no `exports` map; undici is pinned.

declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici'
  export = Agent
}

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export = Pool
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici'
  export = buildConnector
}
