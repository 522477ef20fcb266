// Connections to the server: how they are made, and what their values become.

import { type ClientConfig, type CustomTypesConfig, types } from 'pg'
import type { PostgresAddress } from './address.ts'

/** Waits for the server to take a connection. */
const CONNECT_MS_MAX = 10_000
/** A dead network says nothing: probes begin after this silence. */
const KEEPALIVE_MS = 10_000

/** Nothing is asked of the session but what each transaction sets for itself: a pooler refuses the rest, or forgets it. */
export function clientConfig(at: PostgresAddress, answerMsMax: number): ClientConfig {
  const { host, port, database, role, password, ssl } = at
  return {
    host,
    port,
    database,
    user: role,
    ...(password === undefined ? {} : { password }),
    ssl,
    types: numbersAsNumbers,
    application_name: 'calreconnect',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: answerMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
  }
}

/** Counts and times as numbers; the tables hold none that a double would round, and the reader checks. */
const numbersAsNumbers: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format)),
}
