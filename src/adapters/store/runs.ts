// The journal of changes at Calendly: tables runs and run_steps.

import { reportError } from '../../core/errors/errors.ts'
import type { Place } from '../../core/secrets/envelope.ts'
import type { Intent, Run, RunJournal, RunStep } from '../../core/ports/journal.ts'
import { type Origin, type Plan, specOf, type UnsettledCreate } from '../../core/plan/model.ts'
import type { Clock, Random } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { StoreDatabase } from './database.ts'
import { fromJson, isRecord, isStep, isTexts } from './json.ts'
import { runFrom, type RunRow, stepFrom, type StepRow } from './run-row.ts'
import { insert, run, type Script, type SqlValue, update } from './script.ts'
import type { Vault } from './vault.ts'

/** Finished runs beyond this many are forgotten, backups of deleted subscriptions with them. */
const RUNS_KEPT = 1000
const LIST_LIMIT = 100

interface UnsettledRow {
  readonly run_id: string
  readonly step_index: number
  readonly user_id: string
  readonly step: string
  readonly origin: Origin
  readonly remote_started_at: number
  readonly seen_before: string
}

export class DatabaseRuns implements RunJournal {
  readonly #db: StoreDatabase
  readonly #vault: Vault
  readonly #clock: Clock
  readonly #random: Random

  constructor(db: StoreDatabase, vault: Vault, clock: Clock, random: Random) {
    this.#db = db
    this.#vault = vault
    this.#clock = clock
    this.#random = random
  }

  async begin(command: string, plan: Plan): Promise<string> {
    const id = this.#random.uuid()
    const started_at = this.#clock.nowMs()
    await this.#db.write('run_begin', function* () {
      yield* insert('runs', { id, command, user_id: plan.account, status: 'open', plan: JSON.stringify(plan), started_at })
      yield* run(
        `DELETE FROM runs WHERE number <= (SELECT max(number) FROM runs) - ? AND status <> 'open'
           AND NOT EXISTS (SELECT 1 FROM run_steps WHERE run_id = runs.id AND state = 'intended')`,
        RUNS_KEPT,
      )
    })
    return id
  }

  async intend(runId: string, index: number, intent: Intent): Promise<void> {
    const { signingKey } = intent
    this.#db.reserve()
    const nowMs = this.#clock.nowMs()
    if (signingKey === null) return this.#db.write('step_intend', () => insertStep(runId, index, intent, null, nowMs))
    await this.#vault.write('step_intend', (sealed) => {
      return insertStep(runId, index, intent, sealed(signingKey, placeOf(runId, index)), nowMs)
    })
  }

  async settle(
    runId: string,
    index: number,
    result: { readonly outcome: string; readonly newUri?: string; readonly gapMs?: number },
  ): Promise<void> {
    await this.#end('step_settle', runId, index, {
      state: 'settled',
      outcome: result.outcome,
      new_uri: result.newUri ?? null,
      gap_ms: result.gapMs === undefined ? null : Math.round(result.gapMs),
      error: null,
    })
  }

  async fail(runId: string, index: number, error: unknown): Promise<void> {
    const report = isRecord(error) && !(error instanceof Error) ? error : reportError(error)
    await this.#end('step_fail', runId, index, { state: 'failed', error: JSON.stringify(report) })
  }

  async finish(runId: string, status: 'done' | 'partial' | 'failed'): Promise<void> {
    const finished = { status, finished_at: this.#clock.nowMs() }
    await this.#db.writeAnswer('run_finish', () => update('runs', finished, 'id', runId))
  }

  async unsettledCreates(account: string): Promise<readonly UnsettledCreate[]> {
    const rows = await this.#db.all<UnsettledRow>(
      `SELECT run_id, step_index, user_id, step, origin, remote_started_at, seen_before
       FROM run_steps JOIN runs ON runs.id = run_id
       WHERE state = 'intended' AND action IN ('create', 'replace') AND user_id = ? ORDER BY number, step_index`,
      account,
    )
    return rows.map((row) => ({
      ...specOf(fromJson(row.step, isStep, this.#db.location, 'run_steps.step')),
      runId: row.run_id,
      stepIndex: row.step_index,
      account: row.user_id,
      origin: row.origin,
      startedAtMs: row.remote_started_at,
      seenBefore: fromJson(row.seen_before, isTexts, this.#db.location, 'run_steps.seen_before'),
    }))
  }

  async intendedKey(runId: string, index: number): Promise<Secret | null> {
    const sql = 'SELECT signing_key FROM run_steps WHERE run_id = ? AND step_index = ?'
    const [key] = await this.#vault.read(
      () => this.#db.all<{ signing_key: Uint8Array | null }>(sql, runId, index),
      (row) => [row.signing_key],
      (row) => this.#vault.open(row.signing_key, placeOf(runId, index)),
    )
    return key ?? null
  }

  async leftBeside(account: string): Promise<ReadonlyMap<string, readonly string[]>> {
    // `replaced` is written only once the old one is gone; `created` by who finds out later what came of it.
    const rows = await this.#db.all<{ readonly new_uri: string; readonly step: string }>(
      `SELECT new_uri, step FROM run_steps JOIN runs ON runs.id = run_id
       WHERE state = 'settled' AND action = 'replace' AND outcome = 'created' AND new_uri IS NOT NULL AND user_id = ?`,
      account,
    )
    const left = new Map<string, string[]>()
    for (const row of rows) {
      const { uri } = fromJson(row.step, isStep, this.#db.location, 'run_steps.step')
      if (uri !== null) left.set(row.new_uri, [...(left.get(row.new_uri) ?? []), uri])
    }
    return left
  }

  async list(options: { readonly account?: string; readonly limit?: number } = {}): Promise<readonly Run[]> {
    const rows = await this.#db.all<RunRow>(
      'SELECT * FROM runs WHERE user_id = coalesce(?, user_id) ORDER BY number DESC LIMIT ?',
      options.account ?? null,
      options.limit ?? LIST_LIMIT,
    )
    return rows.map((row) => runFrom(row, this.#db.location))
  }

  async get(runId: string): Promise<{ readonly run: Run; readonly steps: readonly RunStep[] } | null> {
    const row = await this.#db.get<RunRow>('SELECT * FROM runs WHERE id = ?', runId)
    if (row === undefined) return null
    const steps = await this.#db.all<StepRow>('SELECT * FROM run_steps WHERE run_id = ? ORDER BY step_index', runId)
    return { run: runFrom(row, this.#db.location), steps: steps.map((step) => stepFrom(step, this.#db.location)) }
  }

  /** The key of an ended step is with its subscription, or of no use. */
  async #end(name: string, runId: string, index: number, columns: Readonly<Record<string, SqlValue>>): Promise<void> {
    const set = Object.keys(columns).map((column) => `${column} = ?`)
    const sql = `UPDATE run_steps SET ${set.join(', ')}, signing_key = NULL, settled_at = ? WHERE run_id = ? AND step_index = ?`
    const values = [...Object.values(columns), this.#clock.nowMs(), runId, index]
    await this.#db.writeAnswer(name, () => run(sql, ...values))
  }
}

/** A step that is tried again begins anew, with its new key. */
function* insertStep(runId: string, index: number, intent: Intent, signingKey: Uint8Array | null, nowMs: number): Script<void> {
  yield* run('DELETE FROM run_steps WHERE run_id = ? AND step_index = ?', runId, index)
  yield* insert('run_steps', {
    run_id: runId,
    step_index: index,
    action: intent.step.action,
    step: JSON.stringify(intent.step),
    state: 'intended',
    backup: intent.backup === null ? null : JSON.stringify(intent.backup),
    origin: intent.origin,
    signing_key: signingKey,
    remote_started_at: Math.round(intent.remoteStartedAtMs),
    seen_before: JSON.stringify(intent.seenBefore),
    started_at: nowMs,
  })
}

function placeOf(runId: string, index: number): Place {
  return { table: 'run_steps', row: `${runId}/${index}`, column: 'signing_key' }
}
