// A store whose connections were moved into another one: its tokens may not be spent here any more.

import { advise, again } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { get, run, type Script } from './script.ts'

const MOVED_TO = 'moved_to'
const COPIED_FROM = 'copied_from'

/** Where its connections are now; null: here. */
export function* movedTo(): Script<string | null> {
  return yield* valueOf(MOVED_TO)
}

/** Which store its connections came from; null: none. */
export function* copiedFrom(): Script<string | null> {
  return yield* valueOf(COPIED_FROM)
}

/** @param to null: they are here again */
export function* markMoved(to: string | null): Script<void> {
  yield* setValue(MOVED_TO, to)
}

export function* markCopied(from: string): Script<void> {
  yield* setValue(COPIED_FROM, from)
}

/** @throws STORE_MOVED */
export function* refuseMoved(location: string): Script<void> {
  const to = yield* movedTo()
  if (to !== null) throw storeMoved(location, to)
}

export function storeMoved(location: string, to: string): CalreconnectError {
  return new CalreconnectError('STORE_MOVED', `The connections of ${location} were moved to ${to}: a refresh token has one home`, {
    hint: advise`Use that one: ${again({ add: ['--db', to] })}`,
  })
}

function* valueOf(name: string): Script<string | null> {
  const row = yield* get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)
  return row?.value ?? null
}

function* setValue(name: string, value: string | null): Script<void> {
  yield* run('DELETE FROM settings WHERE name = ?', name)
  if (value !== null) yield* run('INSERT INTO settings (name, value) VALUES (?, ?)', name, value)
}
