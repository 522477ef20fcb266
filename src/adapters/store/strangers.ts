// Refuses what somebody else may have written: a store, a key file or their folder that belongs to another user, or that others may write.
// On Windows modes mean nothing, and profile folders are private already.

import { statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'

const ROOT = 0
const WRITABLE_BY_ALL = 0o002
const WRITABLE_BY_GROUP = 0o020
/** Everybody may make files there, and nobody may replace another's: /tmp. */
const STICKY = 0o1000

/** Of the file, if it is there, and its folder. Root's are as good as our own. @throws STORE_UNSAFE with the command that mends it */
export function refuseStrangers(path: string, what: string): void {
  const self = process.getuid?.()
  if (self === undefined) return
  for (const [each, called] of [
    [dirname(path), `The folder of ${what}`],
    [path, capitalized(what)],
  ] as const) {
    const found = statSync(each, { throwIfNoEntry: false })
    // Devices are nobody's.
    if (found === undefined || !(found.isFile() || found.isDirectory())) continue
    if (found.uid !== self && found.uid !== ROOT)
      throw unsafe(`${called}, ${each}, belongs to another user (${found.uid})`, `chown ${self} ${quoted(each)}`)
    const isShared = (found.mode & WRITABLE_BY_ALL) !== 0 && !(found.isDirectory() && (found.mode & STICKY) !== 0)
    if (isShared) throw unsafe(`${called}, ${each}, can be written by all users`, `chmod o-w ${quoted(each)}`)
    if (isGroups(found, self))
      throw unsafe(`${called}, ${each}, can be written by a group of users (${found.gid})`, `chmod g-w ${quoted(each)}`)
  }
}

/** Systems that make a group for each user give it the user's number; root's own may do what root may. */
function isGroups({ mode, gid }: Stats, self: number): boolean {
  return (mode & WRITABLE_BY_GROUP) !== 0 && (mode & STICKY) === 0 && gid !== self && gid !== ROOT
}

function unsafe(message: string, mend: string): CalreconnectError {
  return new CalreconnectError('STORE_UNSAFE', message, { hint: `If you know what is in it: ${mend}` })
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
