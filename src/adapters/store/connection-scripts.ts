// What transactions do to table calendar_connections, step by step.

import { CalreconnectError, reportError } from '../../core/errors/errors.ts'
import type { NewTokens } from '../../core/connection/model.ts'
import { handOverAll } from './owners.ts'
import { get, insert, run, type Script, type SqlValue, update } from './script.ts'

export function* idOf(name: string): Script<string | null> {
  const row = yield* get<{ id: string }>('SELECT id FROM calendar_connections WHERE user_id = ?', name)
  return row?.id ?? null
}

/** Null when it has another generation by now. */
export function* idAt(name: string, generation: number): Script<string | null> {
  const sql = 'SELECT id FROM calendar_connections WHERE user_id = ? AND token_generation = ?'
  const row = yield* get<{ id: string }>(sql, name, generation)
  return row?.id ?? null
}

/** @throws ACCOUNT_UNKNOWN */
export function* knownId(name: string): Script<string> {
  const id = yield* idOf(name)
  if (id === null) throw unknownAccount(name)
  return id
}

export function* insertConnection(id: string, name: string, tokens: NewTokens, nowMs: number): Script<void> {
  yield* insert('calendar_connections', {
    id,
    user_id: name,
    auth: tokens.auth,
    token_generation: 0,
    scopes: '[]',
    is_active: 1,
    created_at: nowMs,
    updated_at: nowMs,
  })
}

export function* set(id: string, columns: Readonly<Record<string, SqlValue>>, nowMs: number): Script<void> {
  yield* update('calendar_connections', { ...columns, updated_at: nowMs }, 'id', id)
}

/** Ends the in-flight row of a token request. */
export function* settle(refreshId: string, outcome: string, nowMs: number): Script<void> {
  yield* update('token_refreshes', { outcome, settled_at: nowMs, room: null }, 'id', refreshId)
}

/** @throws ACCOUNT_UNKNOWN, ACCOUNT_EXISTS */
export function* renamed(oldName: string, newName: string, nowMs: number): Script<void> {
  const id = yield* knownId(oldName)
  if (oldName === newName) return
  if ((yield* idOf(newName)) !== null) {
    throw new CalreconnectError('ACCOUNT_EXISTS', `A connection named ${newName} exists already`)
  }
  yield* set(id, { user_id: newName }, nowMs)
  yield* run('UPDATE calendly_webhook_subscriptions SET user_id = ? WHERE user_id = ?', newName, oldName)
  yield* run('UPDATE calendly_webhook_owners SET user_id = ? WHERE user_id = ?', newName, oldName)
  yield* run('UPDATE runs SET user_id = ? WHERE user_id = ?', newName, oldName)
  yield* run("UPDATE settings SET value = ? WHERE name = 'account_in_use' AND value = ?", newName, oldName)
}

export function* discarded(name: string, location: string): Script<void> {
  yield* forget(name, location)
  yield* run('DELETE FROM runs WHERE user_id = ?', name)
}

export function* removed(name: string, nowMs: number, location: string): Script<void> {
  yield* knownId(name)
  yield* forget(name, location)
  // Nobody comes back to settle them.
  const ofIts = 'run_id IN (SELECT id FROM runs WHERE user_id = ?)'
  const error = JSON.stringify(reportError(new CalreconnectError('ACCOUNT_UNKNOWN', `The account ${name} was removed`)))
  yield* run(`UPDATE run_steps SET signing_key = NULL WHERE ${ofIts}`, name)
  yield* run(`UPDATE run_steps SET state = 'failed', error = ? WHERE state = 'intended' AND ${ofIts}`, error, name)
  yield* run("UPDATE runs SET status = 'failed', finished_at = ? WHERE status = 'open' AND user_id = ?", nowMs, name)
}

/** For every port that is asked about a connection that is not there. */
export function unknownAccount(name: string): CalreconnectError {
  return new CalreconnectError('ACCOUNT_UNKNOWN', `No connection named ${name} is stored`)
}

/** What others share goes to them; the rest is gone. */
function* forget(name: string, location: string): Script<void> {
  yield* run('DELETE FROM calendar_connections WHERE user_id = ?', name)
  yield* handOverAll(name, location)
  yield* run('DELETE FROM calendly_webhook_subscriptions WHERE user_id = ?', name)
  yield* run('DELETE FROM calendly_webhook_owners WHERE user_id = ?', name)
  yield* run("DELETE FROM settings WHERE name = 'account_in_use' AND value = ?", name)
}
