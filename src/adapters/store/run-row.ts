// Rows of runs and run_steps, and what they stand for.

import type { Run, RunStep } from '../../core/ports/journal.ts'
import { fromJson, isPlan, isRecord, isStep, isSubscription } from './json.ts'

export interface RunRow {
  readonly id: string
  readonly command: string
  readonly user_id: string
  readonly status: Run['status']
  readonly plan: string
  readonly started_at: number
  readonly finished_at: number | null
}

export interface StepRow {
  readonly run_id: string
  readonly step_index: number
  readonly step: string
  readonly state: RunStep['state']
  readonly outcome: string | null
  readonly new_uri: string | null
  readonly gap_ms: number | null
  readonly error: string | null
  readonly backup: string | null
  readonly started_at: number
  readonly settled_at: number | null
}

export function runFrom(row: RunRow, path: string): Run {
  return {
    id: row.id,
    command: row.command,
    account: row.user_id,
    startedAtMs: row.started_at,
    finishedAtMs: row.finished_at,
    status: row.status,
    plan: fromJson(row.plan, isPlan, path, 'runs.plan'),
  }
}

export function stepFrom(row: StepRow, path: string): RunStep {
  return {
    runId: row.run_id,
    index: row.step_index,
    step: fromJson(row.step, isStep, path, 'run_steps.step'),
    state: row.state,
    outcome: row.outcome,
    newUri: row.new_uri,
    gapMs: row.gap_ms,
    error: row.error === null ? null : fromJson(row.error, isRecord, path, 'run_steps.error'),
    backup: row.backup === null ? null : fromJson(row.backup, isSubscription, path, 'run_steps.backup'),
    startedAtMs: row.started_at,
    settledAtMs: row.settled_at,
  }
}
