// Long output on a terminal goes through a pager, as git and gh do it. Never where stdout is no terminal, and never instead of it:
// a pager that cannot be started changes nothing.

import { spawnSync } from 'node:child_process'
import type { Host } from './streams.ts'

/** Shows short text and then ends by itself, keeps colours, and leaves the text on the screen. */
const LESS = 'FRX'
/** Where a terminal does not tell its height. */
const ROWS = 24

/** Which program, with its arguments as a shell takes them; null: none is wanted. */
export function pagerOf({ env, stdout, stdin }: Pick<Host, 'env' | 'stdout' | 'stdin'>, isWanted: boolean): string | null {
  if (!isWanted || !stdout.isTTY || !stdin.isTTY || env['TERM'] === 'dumb') return null
  const named = (env['CALRECONNECT_PAGER'] ?? env['PAGER'] ?? 'less').trim()
  return named === '' || named === 'cat' ? null : named
}

/** Whether the text was shown. Text that fits the screen is not taken. */
export function page(host: Host, pager: string, text: string): boolean {
  if (text.split('\n').length < (host.stdout.rows || ROWS)) return false
  // What is typed while the pager is there is the pager's, Ctrl-C too.
  const release = host.takeSignals(() => {})
  const [program = '', ...args] = pager.split(/\s+/)
  const { error } = spawnSync(program, args, {
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: {
      ...host.env,
      LESS: host.env['LESS'] ?? LESS,
      LV: host.env['LV'] ?? '-c',
      // What is shown is UTF-8, whatever the locale says.
      LESSCHARSET: host.env['LESSCHARSET'] ?? 'utf-8',
    },
  })
  // A signal that came meanwhile is told before this.
  setImmediate(release)
  return error === undefined || ('code' in error && error.code === 'EPIPE')
}
