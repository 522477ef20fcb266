// Brings a store's schema up to date. Safe for any number of processes that open the same store at once.

import type { Database } from 'better-sqlite3'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { APPLICATION_ID } from './schema.ts'
import type { Crashpoint } from '../database.ts'
import { damaged } from '../store-errors.ts'

interface SchemaFacts {
  readonly version: number
  readonly application: number
  readonly tables: number
}

/**
 * Changes nothing: whether the file is a store that this version can use, or empty.
 * @throws STORE_NEWER, STORE_DAMAGED (another program's database)
 */
export function checkSchema(db: Database, path: string, versionMax: number): void {
  const { version, application, tables } = read(db)
  if (version > versionMax) {
    throw new CalreconnectError('STORE_NEWER', `The store ${path} has schema ${version}; this version knows ${versionMax} at most`, {
      hint: 'Install a newer calreconnect, or name another store with --db',
    })
  }
  if (application !== APPLICATION_ID && tables > 0) throw damaged(path, 'it is the database of another program')
}

/** One immediate transaction from whatever version is there to the newest. */
export function migrate(db: Database, path: string, migrations: readonly string[], crashpoint?: Crashpoint): void {
  if (schemaVersion(db) === migrations.length) return
  db.transaction(() => {
    // Another process may have been first while this one waited for the write lock.
    checkSchema(db, path, migrations.length)
    for (const sql of migrations.slice(schemaVersion(db))) db.exec(sql)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.pragma(`user_version = ${migrations.length}`)
    crashpoint?.('commit:migrate:before')
  }).immediate()
  crashpoint?.('commit:migrate:after')
}

/** In one statement, and so of one moment: another process may be making the store just now. */
function read(db: Database): SchemaFacts {
  const sql = `SELECT user_version AS version, application_id AS application, (SELECT count(*) FROM sqlite_master) AS tables
    FROM pragma_user_version, pragma_application_id`
  return db.prepare<[], SchemaFacts>(sql).get() ?? { version: 0, application: 0, tables: 0 }
}

function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}
