// A command of ours as it can be typed for the same store.

import { quoted } from '../../core/connection/usable.ts'
import type { Globals } from './globals.ts'

/** With the `--db` that was given as a flag: one from the environment is there for the next command, too. */
export function shellCommand({ db }: Pick<Globals, 'db'>, words: readonly string[]): string {
  const store = db?.by === '--db' ? ['--db', db.text] : []
  return ['calreconnect', ...words, ...store].map(quoted).join(' ')
}
