// A store's connections to PostgreSQL: statements, transactions by name, errors in our codes. Knows no table.
// Everything is of one transaction or one statement, so that a pooler may stand between.

import type { Pool, PoolClient } from 'pg'
import type { Random } from '../../../core/ports/desk.ts'
import { checkNumbers, type Crashpoint, type Patience, type StoreDatabase } from '../database.ts'
import type { Script, SqlResult, SqlStatement, SqlValue } from '../script.ts'
import type { PostgresAddress } from './address.ts'
import { lockKey } from './lock-key.ts'
import { isConflict, isLost, translated } from './postgres-errors.ts'
import { Statements } from './statements.ts'

/** How long a write is tried again: others change the same rows, or the server starts anew. */
const WRITE_WAIT_MS_MAX = 10_000
/** What an answer brought cannot be had again: a server that starts anew is waited for. */
const ANSWER_WAIT_MS_MAX = 60_000
const RETRY_MIN_MS = 5
const RETRY_SPREAD_MS = 40
/** While there is no server. */
const RECONNECT_MS = 250

const LIMITS = "SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"

interface Way {
  /** Ends in a transaction. */
  readonly begin: string
  readonly waitMsMax: number
  /** Also where the server may have committed already. */
  readonly evenTwice?: boolean
  readonly script: 'guarded' | 'as it is'
}

/** What a transaction failed of, and whether it may be committed all the same. */
interface Failure {
  readonly thrown: unknown
  readonly maybeDone: boolean
}

type Outcome<T> = { readonly value: T } | Failure

export class PostgresDatabase implements StoreDatabase {
  readonly location: string
  readonly dialect = { refreshRoom: 'NULL' }
  readonly #at: PostgresAddress
  readonly #pool: Pool
  readonly #patience: Patience & { readonly random: Random }
  readonly #crashpoint: Crashpoint | undefined
  readonly #guard: () => Script<void>
  readonly #statements: Statements

  /** @param options.guard refuses a write by throwing, in its transaction; what an answer brought is written all the same */
  constructor(
    at: PostgresAddress,
    pool: Pool,
    patience: Patience & { readonly random: Random },
    options: { readonly guard: () => Script<void>; readonly crashpoint?: Crashpoint },
  ) {
    this.location = at.location
    this.#at = at
    this.#pool = pool
    this.#patience = patience
    this.#guard = options.guard
    this.#crashpoint = options.crashpoint
    this.#statements = new Statements(at.schema)
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what a row is
  async all<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    const { rows } = await this.#reading({ sql, values })
    return rows as Row[]
  }

  async get<Row>(sql: string, ...values: SqlValue[]): Promise<Row | undefined> {
    const rows = await this.all<Row>(sql, ...values)
    return rows[0]
  }

  read<T>(script: () => Script<T>): Promise<T> {
    return played(script, (statement) => this.#reading(statement))
  }

  write<T>(name: string, script: () => Script<T>): Promise<T> {
    const begin = `BEGIN ISOLATION LEVEL SERIALIZABLE; ${LIMITS}; SET LOCAL lock_timeout = '5s'`
    return this.#patiently(name, script, { begin, waitMsMax: WRITE_WAIT_MS_MAX, script: 'guarded' })
  }

  /** Room is the server's to have. */
  reserve(): void {}

  writeAnswer<T>(name: string, script: () => Script<T>): Promise<T> {
    const begin = `BEGIN ISOLATION LEVEL SERIALIZABLE; ${LIMITS}; SET LOCAL lock_timeout = '20s'`
    return this.#patiently(name, script, { begin, waitMsMax: ANSWER_WAIT_MS_MAX, evenTwice: true, script: 'as it is' })
  }

  /** One at a time, each seeing what the one before has committed: many change the same few rows, and would only run into each other. */
  writeCheaply<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#patiently(name, script, { begin: this.#oneAtATime(name, '5s'), waitMsMax: WRITE_WAIT_MS_MAX, script: 'as it is' })
  }

  writeNow<T>(name: string, script: () => Script<T>): Promise<T> {
    return this.#patiently(name, script, { begin: this.#oneAtATime(name, '200ms'), waitMsMax: 0, script: 'as it is' })
  }

  /** Dead rows are the server's to sweep; without the key they tell nobody anything. */
  async scrub(): Promise<void> {}

  async close(): Promise<void> {
    await this.#pool.end()
  }

  #oneAtATime(name: string, waits: string): string {
    const lock = `SELECT pg_advisory_xact_lock(${lockKey(this.#at.schema, `table ${name}`)})`
    return `BEGIN; ${LIMITS}; SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '${waits}'; ${lock}`
  }

  /** A statement that changes nothing may be sent again. */
  async #reading(statement: SqlStatement): Promise<SqlResult> {
    const { clock, interruption } = this.#patience
    const untilMs = clock.nowMs() + WRITE_WAIT_MS_MAX
    for (;;) {
      try {
        return await this.#send(this.#pool, statement)
      } catch (thrown) {
        if (!isLost(thrown) || clock.nowMs() >= untilMs) throw translated(thrown, this.#at)
      }
      await clock.sleep(RECONNECT_MS, interruption?.signal)
    }
  }

  async #patiently<T>(name: string, script: () => Script<T>, way: Way): Promise<T> {
    const { clock, interruption } = this.#patience
    const whole = way.script === 'guarded' ? this.#guarded(script) : script
    const untilMs = clock.nowMs() + way.waitMsMax
    for (;;) {
      const outcome = await this.#attempt(name, whole, way.begin)
      if ('value' in outcome) return outcome.value
      const { thrown, maybeDone } = outcome
      const again = isConflict(thrown) || (isLost(thrown) && (!maybeDone || way.evenTwice === true))
      if (!again || clock.nowMs() >= untilMs) throw translated(thrown, this.#at)
      await clock.sleep(isLost(thrown) ? RECONNECT_MS : RETRY_MIN_MS + RETRY_SPREAD_MS * this.#chance(), interruption?.signal)
    }
  }

  async #attempt<T>(name: string, script: () => Script<T>, begin: string): Promise<Outcome<T>> {
    let client: PoolClient
    try {
      client = await this.#pool.connect()
    } catch (thrown) {
      return { thrown, maybeDone: false }
    }
    let maybeDone = false
    try {
      await client.query(begin)
      const value = await played(script, (statement) => this.#send(client, statement))
      this.#crashpoint?.(`commit:${name}:before`)
      maybeDone = true
      await client.query('COMMIT')
      client.release()
      this.#crashpoint?.(`commit:${name}:after`)
      return { value }
    } catch (thrown) {
      await leave(client, thrown)
      return { thrown, maybeDone: maybeDone && isLost(thrown) }
    }
  }

  async #send(client: Pick<PoolClient, 'query'>, { sql, values }: SqlStatement): Promise<SqlResult> {
    const result = await client.query<Record<string, unknown>>(this.#statements.translated(sql), values.map(storable))
    checkNumbers(result.rows, this.location)
    return { rows: result.rows, changes: result.rowCount ?? 0 }
  }

  #guarded<T>(script: () => Script<T>): () => Script<T> {
    const guard = this.#guard
    return function* guarded() {
      yield* guard()
      return yield* script()
    }
  }

  /** From 0 to 1. */
  #chance(): number {
    return (this.#patience.random.bytes(1)[0] ?? 0) / 255
  }
}

async function played<T>(script: () => Script<T>, send: (statement: SqlStatement) => Promise<SqlResult>): Promise<T> {
  const playing = script()
  let step = playing.next()
  while (step.done !== true) step = await next(playing, step.value, send)
  return step.value
}

/** A statement's failure is the script's, which ends what it has open. */
async function next<T>(
  playing: Script<T>,
  statement: SqlStatement,
  send: (statement: SqlStatement) => Promise<SqlResult>,
): Promise<IteratorResult<SqlStatement, T>> {
  let result: SqlResult
  try {
    result = await send(statement)
  } catch (thrown) {
    return playing.throw(thrown)
  }
  return playing.next(result)
}

/** Back into the pool with nothing open, or thrown away. */
async function leave(client: PoolClient, thrown: unknown): Promise<void> {
  if (isLost(thrown)) return client.release(true)
  try {
    await client.query('ROLLBACK')
    client.release()
  } catch {
    // The connection is gone, and the transaction with it: what ended the transaction is what is told.
    client.release(true)
  }
}

/** PostgreSQL's text has no NUL; bodies of the API log may. */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\u{FFFD}') : value
}
