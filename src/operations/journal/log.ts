// What this tool asked of Calendly and what it answered, oldest first.

import type { ErrorDetail } from '../../core/errors/errors.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { ApiLog, ApiLogEntry } from '../../core/ports/store.ts'
import { findRun } from './find-run.ts'

export interface LogEntry {
  /** ISO 8601 UTC. */
  readonly at: string
  readonly runId: string | null
  readonly account: string | null
  readonly method: string
  readonly path: string
  readonly attempt: number
  readonly durationMs: number
  /** Null: there was no answer; `failure` says why. */
  readonly status: number | null
  readonly title: string | null
  readonly message: string | null
  readonly details: readonly ErrorDetail[]
  readonly requestId: string | null
  readonly failure: string | null
  /** Redacted. */
  readonly requestBody: string | null
  readonly responseBody: string | null
}

export interface LogQuery {
  readonly errorsOnly: boolean
  /** Epoch milliseconds. */
  readonly sinceMs: number | null
  /** A run's id or its beginning. */
  readonly run: string | null
  readonly limit: number
}

/** @throws USAGE for a run that is not in the journal */
export async function readLog(
  deps: { readonly apiLog: ApiLog; readonly runs: RunJournal },
  query: LogQuery,
): Promise<{ readonly entries: readonly LogEntry[] }> {
  const runId = query.run === null ? null : (await findRun(deps.runs, query.run)).run.id
  const entries = await deps.apiLog.list({
    errorsOnly: query.errorsOnly,
    limit: query.limit,
    ...(query.sinceMs === null ? {} : { sinceMs: query.sinceMs }),
    ...(runId === null ? {} : { runId }),
  })
  return { entries: entries.map(entryOf) }
}

function entryOf(entry: ApiLogEntry): LogEntry {
  const { atMs, answer, ...rest } = entry
  return {
    at: new Date(atMs).toISOString(),
    ...rest,
    durationMs: Math.round(rest.durationMs),
    status: answer.status ?? null,
    title: answer.title ?? null,
    message: answer.message ?? null,
    details: answer.details ?? [],
    requestId: answer.requestId ?? null,
  }
}
