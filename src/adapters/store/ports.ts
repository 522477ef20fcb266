// The store's ports on one database, whichever it is.

import type { Clock, Random } from '../../core/ports/desk.ts'
import type { ProcessLock, Store, StoreInfo } from '../../core/ports/store.ts'
import type { ForgottenSecrets } from '../../core/ports/store-keys.ts'
import { DatabaseApiLog } from './api-log.ts'
import { DatabaseApps } from './apps.ts'
import { DatabaseAuditSnapshots } from './audit-snapshots.ts'
import { DatabaseConnections } from './connections.ts'
import type { StoreDatabase } from './database.ts'
import { DatabaseFlows } from './flows.ts'
import { forgetSecrets } from './forget-secrets.ts'
import { planSeals } from './plan-seals.ts'
import { DatabaseRateBudget } from './rate-budget.ts'
import { DatabaseRefreshes } from './refreshes.ts'
import { DatabaseRuns } from './runs.ts'
import { DatabaseSubscriptions } from './subscriptions.ts'
import type { Vault } from './vault.ts'

/** The store, and what key custody (adapters/keys) needs of it. */
export interface DatabaseStore extends Store {
  /** The id of the key that secrets are sealed with; null before the first secret. */
  keyId(): Promise<string | null>
  hasSecrets(): Promise<boolean>
  /** Seals every secret anew, all or none. */
  reencrypt(key: Uint8Array): Promise<void>
  /** Forgets every secret, all or none, without the key. */
  forgetSecrets(): Promise<ForgottenSecrets>
}

/** What an engine brings. */
export interface Engine {
  readonly db: StoreDatabase
  readonly vault: Vault
  readonly lock: ProcessLock
  info(): Promise<StoreInfo>
  /** A second time: nothing. */
  close(): Promise<void>
}

interface Surroundings {
  readonly clock: Clock
  readonly random: Random
  /** Told at the end what could not be kept in the API log: a sentence for people. */
  readonly onLost?: (text: string) => void
}

export function portsOn(engine: Engine, { clock, random, onLost }: Surroundings): DatabaseStore {
  const { db, vault, lock } = engine
  const apiLog = new DatabaseApiLog(db, clock)
  let closed = false
  return {
    connections: new DatabaseConnections(db, vault, clock, random),
    subscriptions: new DatabaseSubscriptions(db, vault, clock),
    refreshes: new DatabaseRefreshes(db, clock, random),
    runs: new DatabaseRuns(db, vault, clock, random),
    flows: new DatabaseFlows(db, vault, clock),
    apps: new DatabaseApps(db, vault, clock),
    apiLog,
    auditSnapshots: new DatabaseAuditSnapshots(db),
    budget: new DatabaseRateBudget(db, clock),
    lock,
    seals: planSeals(vault),
    info: () => engine.info(),
    keyId: () => vault.keyId(),
    hasSecrets: () => vault.hasSecrets(),
    reencrypt: (key) => vault.reencrypt(key),
    forgetSecrets: () => forgetSecrets(db),
    close: async () => {
      if (closed) return
      closed = true
      const lost = await apiLog.flushPatiently()
      if (lost !== null) onLost?.(`The API log is not complete: ${lost.message}`)
      await engine.close()
    },
  }
}
