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
  onPostgres(['transaction'], cases)
}

type PoolMode = Parameters<Cluster['pooled']>[0]

/** On PostgreSQL, and through a pooler in each of these modes: another session for each transaction, or one for each connection. */
export function onPostgres(modes: readonly PoolMode[], cases: (engine: StoreEngine, cluster: () => Cluster) => void): void {
  let cluster: Cluster | null = null
  const pooled = new Map<PoolMode, number>()
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
    left(`on PostgreSQL through PgBouncer in ${mode} mode`, withoutPgBouncer, () => {
      cases(
        engineWith('PgBouncer', () => urlAt(pooled.get(mode) ?? 0, freshSchema())),
        running,
      )
    })
}

/** Left out where `why` says so, which is printed. */
function left(title: string, why: string | null, cases: () => void): void {
  if (why !== null) process.stderr.write(`Left out ${title}: ${why}\n`)
  describe.skipIf(why !== null)(title, cases)
}

function engineWith(name: string, newPath: () => string): StoreEngine {
  return { name, newPath, open: (options = {}) => openTestStore({ path: newPath(), ...options }) }
}
