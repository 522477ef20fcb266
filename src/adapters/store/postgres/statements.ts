// The tables' SQL as PostgreSQL takes it: values are numbered, and tables named with their schema, since a pooler gives each transaction
// another session and keeps no search_path.

import { TABLES } from './schema.ts'

const AFTER_KEYWORD = /\b(FROM|JOIN|INTO|UPDATE)(\s+)([a-z_]+)\b/g

export class Statements {
  readonly #schema: string
  readonly #known = new Map<string, string>()

  constructor(schema: string) {
    this.#schema = schema
  }

  /** Texts are few, and each is used often. */
  translated(sql: string): string {
    let known = this.#known.get(sql)
    if (known === undefined) {
      let values = 0
      known = sql
        .replaceAll('?', () => `$${++values}`)
        .replaceAll(AFTER_KEYWORD, (whole, keyword: string, space: string, name: string) =>
          TABLES.includes(name) ? `${keyword}${space}"${this.#schema}".${name}` : whole,
        )
      this.#known.set(sql, known)
    }
    return known
  }
}
