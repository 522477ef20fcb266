// The command line that is being run, as it can be typed into a shell again.

import { quoted } from '../core/connection/usable.ts'

/** Behind it stands what must not be in anybody's history: the code of an authorization. */
const COMPLETE = '--complete'

/** `calreconnect webhooks prune --url 'https://*.ngrok.app/*'`. */
export function invocation(argv: readonly string[]): string {
  const safe = argv.map((word, index) => {
    if (argv[index - 1] === COMPLETE) return '-'
    return word.startsWith(`${COMPLETE}=`) ? `${COMPLETE}=-` : word
  })
  return ['calreconnect', ...safe.map(quoted)].join(' ')
}
