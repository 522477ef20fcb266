// Authorizations that wait for their redirect, maybe in another process: table flows.

import type { Place } from '../../core/secrets/envelope.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { FlowStore, PendingFlow } from '../../core/ports/store.ts'
import type { StoreDatabase } from './database.ts'
import { fromJson, isRecord, isTexts } from './json.ts'
import { damaged } from './store-errors.ts'
import { insert, run, type Script } from './script.ts'
import type { Vault } from './vault.ts'

interface FlowRow {
  readonly flow_id: string
  readonly state: string
  readonly code_verifier: Uint8Array
  readonly redirect_uri: string
  readonly scopes: string | null
  readonly request: string
  readonly expires_at: number
}

export class DatabaseFlows implements FlowStore {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock

  constructor(db: StoreDatabase, vault: Vault, clock: Clock) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
  }

  async add(flow: PendingFlow): Promise<void> {
    const nowMs = this.#clock.nowMs()
    await this.#vault.write('flow_add', function* (sealed) {
      yield* removeExpired(nowMs)
      yield* insert('flows', {
        flow_id: flow.flowId,
        state: flow.state,
        code_verifier: sealed(flow.codeVerifier, placeOf(flow.flowId)),
        redirect_uri: flow.redirectUri,
        scopes: flow.scopes === null ? null : JSON.stringify(flow.scopes),
        request: flow.request,
        expires_at: Math.round(flow.expiresAtMs),
      })
    })
  }

  async take(state: string): Promise<PendingFlow | null> {
    const nowMs = this.#clock.nowMs()
    // Decrypted before it is removed: a wrong key must not cost the flow.
    const flow = await this.find(state)
    const removed = await this.#db.write('flow_take', function* () {
      yield* removeExpired(nowMs)
      return yield* run('DELETE FROM flows WHERE state = ?', state)
    })
    return removed === 1 ? flow : null
  }

  async find(state: string): Promise<PendingFlow | null> {
    const [flow] = await this.#vault.read(
      () => this.#db.all<FlowRow>('SELECT * FROM flows WHERE state = ? AND expires_at > ?', state, this.#clock.nowMs()),
      (row) => [row.code_verifier],
      (row) => this.#flowFrom(row),
    )
    return flow ?? null
  }

  #flowFrom(row: FlowRow): PendingFlow {
    const codeVerifier = this.#vault.open(row.code_verifier, placeOf(row.flow_id))
    if (codeVerifier === null) throw damaged(this.#db.location, `flow ${row.flow_id} has no verifier`)
    return {
      flowId: row.flow_id,
      state: row.state,
      codeVerifier,
      redirectUri: row.redirect_uri,
      scopes: row.scopes === null ? null : fromJson(row.scopes, isTexts, this.#db.location, 'flows.scopes'),
      request: JSON.stringify(fromJson(row.request, isRecord, this.#db.location, 'flows.request')),
      expiresAtMs: row.expires_at,
    }
  }
}

function* removeExpired(nowMs: number): Script<void> {
  yield* run('DELETE FROM flows WHERE expires_at <= ?', nowMs)
}

function placeOf(flowId: string): Place {
  return { table: 'flows', row: flowId, column: 'code_verifier' }
}
