// Where tests of crashes kill the process. Does nothing, and costs nothing, in a process that is no test's.

import { appendFileSync } from 'node:fs'
import { nonEmpty } from '../input/globals.ts'
import type { Host } from '../output/streams.ts'

const RECORD = 'record:'

/**
 * In tests of crashes the process kills itself at a named point: `CALRECONNECT_CRASHPOINT=http:POST /oauth/token:after`,
 * with `#2` behind it for the second time. `record:FILE` kills nothing and adds the name of every point that is passed to the
 * file, so that a test can enumerate them. Without NODE_ENV=test the variable means nothing.
 */
export function crashpointOf(host: Host): { readonly crashpoint?: (name: string) => void } {
  const wanted = host.env['NODE_ENV'] === 'test' ? nonEmpty(host.env['CALRECONNECT_CRASHPOINT']) : null
  if (wanted === null) return {}
  if (wanted.startsWith(RECORD)) return { crashpoint: (name) => appendFileSync(wanted.slice(RECORD.length), `${name}\n`) }
  const [point, times] = wanted.split('#')
  let left = Number(times ?? 1)
  return {
    crashpoint(name) {
      if (name === point && (left -= 1) === 0) process.kill(process.pid, 'SIGKILL')
    },
  }
}
