// The number of an advisory lock. They are the database's, so that the schema is part of the name.

import { createHash } from 'node:crypto'

/** A bigint as SQL. */
export function lockKey(schema: string, name: string): string {
  return createHash('sha256').update(`calreconnect\0${schema}\0${name}`).digest().readBigInt64BE().toString()
}
