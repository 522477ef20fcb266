// A store whose connections were moved into another one: its tokens may not be spent here any more.

import { advise, again } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { StoreDatabase } from './database.ts'

const MOVED_TO = 'moved_to'
const COPIED_FROM = 'copied_from'

/** Where its connections are now; null: here. */
export function movedTo(db: Pick<StoreDatabase, 'get'>): string | null {
  return valueOf(db, MOVED_TO)
}

/** Which store its connections came from; null: none. */
export function copiedFrom(db: Pick<StoreDatabase, 'get'>): string | null {
  return valueOf(db, COPIED_FROM)
}

/** In a transaction. @param to null: they are here again */
export function markMoved(db: StoreDatabase, to: string | null): void {
  setValue(db, MOVED_TO, to)
}

/** In a transaction. */
export function markCopied(db: StoreDatabase, from: string): void {
  setValue(db, COPIED_FROM, from)
}

/** @throws STORE_MOVED */
export function refuseMoved(db: StoreDatabase): void {
  const to = movedTo(db)
  if (to !== null) throw storeMoved(db.path, to)
}

export function storeMoved(path: string, to: string): CalreconnectError {
  return new CalreconnectError('STORE_MOVED', `The connections of ${path} were moved to ${to}: a refresh token has one home`, {
    hint: advise`Use that one: ${again({ add: ['--db', to] })}`,
  })
}

function valueOf(db: Pick<StoreDatabase, 'get'>, name: string): string | null {
  return db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)?.value ?? null
}

function setValue(db: StoreDatabase, name: string, value: string | null): void {
  db.run('DELETE FROM settings WHERE name = ?', name)
  if (value !== null) db.run('INSERT INTO settings (name, value) VALUES (?, ?)', name, value)
}
