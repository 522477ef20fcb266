// How this run was invoked, as far as the next command must repeat it. Read from argv itself: parsing may be what failed.

import type { Invocation } from '../../core/errors/advice.ts'
import type { Host } from './streams.ts'

export function invocationOf({ argv, platform }: Pick<Host, 'argv' | 'platform'>): Invocation {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  return {
    argv: withoutRedirect(argv).map(withoutPassword),
    db: valueOf(own.map(withoutPassword), ['--db']),
    account: valueOf(own, ['-a', '--account']),
    cacert: valueOf(own, ['--cacert']),
    shell: platform === 'win32' ? 'powershell' : 'posix',
  }
}

/** The value of an option that has one of these names. */
export function valueOf(argv: readonly string[], names: readonly string[]): string | null {
  for (const [index, word] of argv.entries()) {
    if (names.includes(word)) return argv[index + 1] ?? null
    const long = names.find((name) => name.startsWith('--') && word.startsWith(`${name}=`))
    if (long !== undefined) return word.slice(long.length + 1)
  }
  return null
}

/** The next command asks PGPASSWORD or ~/.pgpass for it: a history is no place for a password. */
function withoutPassword(word: string): string {
  return /postgres(?:ql)?:/i.test(word)
    ? word
        .replace(/(postgres(?:ql)?:\/\/[^/?#:@]*):[^/?#]*@/i, '$1@')
        .replace(/([?&])password=[^&#]*&?/i, '$1')
        .replace(/[?&]$/, '')
    : word
}

/** A redirect URL holds a code, which must not be in anybody's history: it can be given on standard input. */
function withoutRedirect(argv: readonly string[]): readonly string[] {
  const index = argv.findIndex((word) => word === '--complete' || word.startsWith('--complete='))
  if (index === -1) return argv
  const after = argv[index] === '--complete' ? index + 2 : index + 1
  return [...argv.slice(0, index), '--complete', '-', ...argv.slice(after)]
}
