// What is done in a transaction, as a generator that yields statements and is given their results: SQLite runs one to its end without a
// pause, PostgreSQL waits for each answer, and runs it anew where the server could not put the transaction in an order with others.
// So a script decides by what it reads, and changes nothing but the store.

export type SqlValue = string | number | null | Uint8Array

/** `?` stands for a value. Portable SQL, but for the dialect's few fragments. */
export interface SqlStatement {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

export interface SqlResult {
  readonly rows: readonly unknown[]
  /** Rows that were changed. */
  readonly changes: number
}

export type Script<T> = Generator<SqlStatement, T, SqlResult>

/** Row types are the caller's word: the tables' columns have types, so the database keeps it. */
export function* all<Row>(sql: string, ...values: SqlValue[]): Script<Row[]> {
  const { rows } = yield { sql, values }
  return rows as Row[]
}

/** The first row. */
export function* get<Row>(sql: string, ...values: SqlValue[]): Script<Row | undefined> {
  const rows = yield* all<Row>(sql, ...values)
  return rows[0]
}

/** Rows changed. */
export function* run(sql: string, ...values: SqlValue[]): Script<number> {
  const { changes } = yield { sql, values }
  return changes
}

export function* insert(table: string, row: Readonly<Record<string, SqlValue>>): Script<void> {
  const names = Object.keys(row)
  const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  yield* run(sql, ...Object.values(row))
}

/** Sets columns of the rows whose `key` column is `value`. Rows changed. */
export function* update(table: string, columns: Readonly<Record<string, SqlValue>>, key: string, value: SqlValue): Script<number> {
  const set = Object.keys(columns).map((name) => `${name} = ?`)
  return yield* run(`UPDATE ${table} SET ${set.join(', ')} WHERE ${key} = ?`, ...Object.values(columns), value)
}
