// The same cases on every database that a store can be in.

import { afterAll, beforeAll, describe } from 'vitest'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import type { StoreOptions } from '../../src/adapters/store/sqlite/open.ts'
import { join } from 'node:path'
import { type Cluster, freshSchema, startCluster, urlAt, withoutPgBouncer, withoutPostgres } from './postgres.ts'
import { openTestStore, storeFolder } from './store.ts'

export interface StoreEngine {
  readonly name: string
  /** Where a new store may be made. */
  readonly newPath: () => string
  /** A new store, or that at `path`. */
  readonly open: (options?: Partial<StoreOptions>) => Promise<DatabaseStore>
}

export function onEveryEngine(cases: (engine: StoreEngine) => void): void {
  describe('on SQLite', () => cases(engineWith('SQLite', () => join(storeFolder(), 'calreconnect.db'))))
  onPostgres(cases)
}

/**
 * On PostgreSQL, and through a pooler that gives each transaction another session.
 * @param more also through one that keeps a session for each connection, which promises no less than the server itself
 */
export function onPostgres(cases: (engine: StoreEngine, cluster: () => Cluster) => void, more: readonly 'session'[] = []): void {
  let cluster: Cluster | null = null
  const pooled = new Map<'transaction' | 'session', number>()
  const modes = ['transaction', ...more] as const
  const running = (): Cluster => {
    if (cluster === null) throw new Error('The cluster was not started')
    return cluster
  }
  if (withoutPostgres === null) {
    beforeAll(async () => {
      cluster = await startCluster()
      if (withoutPgBouncer === null) for (const mode of modes) pooled.set(mode, await cluster.pooled(mode))
    })
    afterAll(async () => cluster?.close())
  }
  left('on PostgreSQL', withoutPostgres, () =>
    cases(
      engineWith('PostgreSQL', () => running().url(freshSchema())),
      running,
    ),
  )
  for (const mode of modes)
    left(
      `on PostgreSQL through PgBouncer, a session for each ${mode === 'session' ? 'connection' : 'transaction'}`,
      withoutPgBouncer,
      () => {
        cases(
          engineWith('PgBouncer', () => urlAt(pooled.get(mode) ?? 0, freshSchema())),
          running,
        )
      },
    )
}

/** Left out where `why` says so, which is printed. */
function left(title: string, why: string | null, cases: () => void): void {
  if (why !== null) process.stderr.write(`Left out ${title}: ${why}\n`)
  describe.skipIf(why !== null)(title, cases)
}

function engineWith(name: string, newPath: () => string): StoreEngine {
  return { name, newPath, open: (options = {}) => openTestStore({ path: newPath(), ...options }) }
}
