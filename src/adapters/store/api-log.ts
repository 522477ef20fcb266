// What was asked of Calendly and what it answered: table api_log. Entries come redacted.
// Gathered in memory and written together, because each commit costs an fsync and a command may make thousands of requests.
// The log never fails a command: what cannot be written is kept for the next time, up to a limit.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { ApiLog, ApiLogEntry } from '../../core/ports/store.ts'
import type { StoreDatabase } from './database.ts'
import { fromJson, isRecord } from './json.ts'
import { insert, run, type Script } from './script.ts'

const ROWS_MAX = 10_000
/** Written at this many, at close, before a listing, or when an entry comes and the oldest has waited this long. */
const GATHERED_MAX = 50
const GATHERED_MAX_MS = 2_000
const UNWRITTEN_MAX = 1_000
/** Each try waits a moment for others by itself. */
const LAST_ATTEMPTS_MAX = 10
const LAST_RETRY_MS = 20

interface LogRow {
  readonly at: number
  readonly run_id: string | null
  readonly account: string | null
  readonly method: string
  readonly path: string
  readonly attempt: number
  readonly duration_ms: number
  readonly request_body: string | null
  readonly response_body: string | null
  readonly failure: string | null
  readonly answer: string
}

type Answer = ApiLogEntry['answer']

export class DatabaseApiLog implements ApiLog {
  readonly #db: StoreDatabase
  readonly #clock: Clock
  #gathered: ApiLogEntry[] = []
  #gatheredSinceMs = 0
  #writing: Promise<void> | null = null
  /** Why the last try to write failed. */
  #unwritten: CalreconnectError | null = null

  constructor(db: StoreDatabase, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  async append(entry: ApiLogEntry): Promise<void> {
    const nowMs = this.#clock.nowMs()
    if (this.#gathered.length === 0) this.#gatheredSinceMs = nowMs
    this.#gathered.push(entry)
    if (this.#gathered.length >= GATHERED_MAX || nowMs - this.#gatheredSinceMs >= GATHERED_MAX_MS) await this.flush()
  }

  async list(
    query: { readonly errorsOnly?: boolean; readonly sinceMs?: number; readonly runId?: string; readonly limit?: number } = {},
  ): Promise<readonly ApiLogEntry[]> {
    await this.flush()
    const rows = await this.#db.all<LogRow>(
      `SELECT * FROM (
         SELECT * FROM api_log
         WHERE at >= ? AND run_id IS NOT DISTINCT FROM coalesce(?, run_id) AND (? = 0 OR status IS NULL OR status >= 400)
         ORDER BY id DESC LIMIT ?
       ) AS newest ORDER BY id`,
      query.sinceMs ?? 0,
      query.runId ?? null,
      Number(query.errorsOnly ?? false),
      query.limit ?? ROWS_MAX,
    )
    return rows.map((row) => this.#entryFrom(row))
  }

  /** Writes what was gathered. Durable after a crash; after power loss the last entries may be missing. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    if (this.#gathered.length === 0) return
    this.#writing = this.#write(this.#gathered)
    try {
      await this.#writing
    } finally {
      this.#writing = null
    }
  }

  async #write(entries: readonly ApiLogEntry[]): Promise<void> {
    try {
      this.#gathered = []
      await this.#db.writeNow('api_log', () => appended(entries))
      this.#unwritten = null
    } catch (thrown) {
      if (!(thrown instanceof CalreconnectError)) throw thrown
      this.#unwritten = thrown
      this.#gathered = [...entries, ...this.#gathered].slice(-UNWRITTEN_MAX)
      this.#gatheredSinceMs = this.#clock.nowMs()
    }
  }

  /** At the end: there is no next time. Why entries are lost; null when none are. */
  async flushPatiently(): Promise<CalreconnectError | null> {
    for (let attempt = 1; this.#gathered.length > 0 && attempt <= LAST_ATTEMPTS_MAX; attempt += 1) {
      if (attempt > 1) await this.#clock.sleep(LAST_RETRY_MS)
      await this.flush()
    }
    return this.#gathered.length === 0 ? null : this.#unwritten
  }

  #entryFrom(row: LogRow): ApiLogEntry {
    return {
      atMs: row.at,
      runId: row.run_id,
      account: row.account,
      method: row.method,
      path: row.path,
      attempt: row.attempt,
      durationMs: row.duration_ms,
      requestBody: row.request_body,
      responseBody: row.response_body,
      failure: row.failure,
      answer: fromJson(row.answer, isAnswer, this.#db.location, 'api_log.answer'),
    }
  }
}

function* appended(entries: readonly ApiLogEntry[]): Script<void> {
  for (const entry of entries) {
    yield* insert('api_log', {
      at: Math.round(entry.atMs),
      run_id: entry.runId,
      account: entry.account,
      method: entry.method,
      path: entry.path,
      attempt: entry.attempt,
      duration_ms: entry.durationMs,
      request_body: entry.requestBody,
      response_body: entry.responseBody,
      failure: entry.failure,
      status: entry.answer.status ?? null,
      answer: JSON.stringify(entry.answer),
    })
  }
  yield* run('DELETE FROM api_log WHERE id <= (SELECT max(id) FROM api_log) - ?', ROWS_MAX)
}

const isAnswer = (value: unknown): value is Answer => isRecord(value)
