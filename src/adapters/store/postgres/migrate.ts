// Brings a store's schema up to date. Safe for any number of processes that open the same store at once.

import type { ClientBase } from 'pg'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Crashpoint } from '../database.ts'
import { codeOf } from '../store-errors.ts'
import type { PostgresAddress } from './address.ts'
import { lockKey } from './lock-key.ts'
import { mayNotMake } from './postgres-errors.ts'
import { MIGRATIONS, VERSION_TABLE } from './schema.ts'

/** Null where there is no store. Changes nothing. @throws STORE_NEWER */
export async function schemaVersion(client: Pick<ClientBase, 'query'>, at: PostgresAddress): Promise<number | null> {
  const sql = `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = 'schema_version'`
  const found = await client.query(sql, [at.schema])
  if (found.rows.length === 0) return null
  const { rows } = await client.query<{ version: number }>(`SELECT version FROM "${at.schema}".schema_version`)
  const version = rows[0]?.version ?? 0
  if (version > MIGRATIONS.length) {
    throw new CalreconnectError(
      'STORE_NEWER',
      `The store ${at.location} has schema ${version}; this version knows ${MIGRATIONS.length} at most`,
      {
        hint: 'Install a newer calreconnect, or name another store with --db',
      },
    )
  }
  return version
}

/** One transaction from whatever version is there to the newest. One process does it, the others wait and find it done. */
export async function migrate(client: ClientBase, at: PostgresAddress, crashpoint?: Crashpoint): Promise<void> {
  await client.query(`BEGIN; SET LOCAL statement_timeout = '60s'; SELECT pg_advisory_xact_lock(${lockKey(at.schema, 'migrate')})`)
  try {
    const version = await schemaVersion(client, at)
    if (version !== MIGRATIONS.length) await steps(client, at, version)
    crashpoint?.('commit:migrate:before')
    await client.query('COMMIT')
  } catch (thrown) {
    await client.query('ROLLBACK')
    throw thrown
  }
  crashpoint?.('commit:migrate:after')
}

async function steps(client: ClientBase, at: PostgresAddress, version: number | null): Promise<void> {
  // Asked for, since CREATE SCHEMA IF NOT EXISTS wants the privilege even where there is nothing to create.
  const { rows } = await client.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [at.schema])
  if (rows.length === 0) await makeSchema(client, at)
  await client.query(`SET LOCAL search_path = "${at.schema}"`)
  if (version === null) await client.query(`${VERSION_TABLE}; INSERT INTO schema_version (version) VALUES (0)`)
  for (const sql of MIGRATIONS.slice(version ?? 0)) await client.query(sql)
  await client.query('UPDATE schema_version SET version = $1', [MIGRATIONS.length])
}

async function makeSchema(client: ClientBase, at: PostgresAddress): Promise<void> {
  try {
    await client.query(`CREATE SCHEMA "${at.schema}"`)
  } catch (thrown) {
    throw codeOf(thrown) === '42501' ? mayNotMake(at, thrown) : thrown
  }
}
