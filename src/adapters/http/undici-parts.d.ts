// The part of undici that is loaded by path, because its main file also loads fetch, mocks, caches and WebSocket: 85 modules
// more, and three times the time. The package has no `exports` map; undici is pinned.

declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici'
  export = Agent
}
