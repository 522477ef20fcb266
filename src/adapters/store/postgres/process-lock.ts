// Mutual exclusion between processes on any machine: an advisory lock of a transaction, which stays open on a connection of its own.
// A transaction keeps its session, so it works through a pooler, too; the server frees the lock when the holder or the network dies.
// Whoever waits asks again and holds no session meanwhile, so that waiting cannot take all that a pooler has.
// A lock that is lost during the work is no error of it: a pair is stored by its generation, whoever else was at work.

import type { Client } from 'pg'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Clock, Random } from '../../../core/ports/desk.ts'
import type { HoldOptions, ProcessLock } from '../../../core/ports/store.ts'
import type { PostgresAddress } from './address.ts'
import { lockKey } from './lock-key.ts'
import { translated } from './postgres-errors.ts'

const RETRY_MIN_MS = 10
const RETRY_SPREAD_MS = 20
/** A holder that shows no life for so long has lost it: it stands still, or its network is gone. */
const SILENCE = '60s'
const SIGN_OF_LIFE_MS = 15_000

interface Held {
  readonly client: Client
  readonly beat: NodeJS.Timeout
}

export class PostgresProcessLock implements ProcessLock {
  readonly #at: PostgresAddress
  readonly #connect: () => Promise<Client>
  readonly #clock: Clock
  readonly #random: Random

  /** @param connect a connection that is nobody else's */
  constructor(at: PostgresAddress, connect: () => Promise<Client>, clock: Clock, random: Random) {
    this.#at = at
    this.#connect = connect
    this.#clock = clock
    this.#random = random
  }

  async hold<T>(name: string, work: () => Promise<T>, options: HoldOptions): Promise<T> {
    const { client, beat } = await this.#acquire(name, options)
    try {
      return await work()
    } finally {
      clearInterval(beat)
      await end(client)
    }
  }

  async #acquire(name: string, { waitMsMax, onWait, signal }: HoldOptions): Promise<Held> {
    let client: Client | null = null
    /** Set once it is found held: what a slow network takes until then is no wait for others. */
    let untilMs: number | null = null
    try {
      client = await this.#connect()
      while (!(await this.#tryLock(client, name))) {
        const isFirst = untilMs === null
        const nowMs = this.#clock.nowMs()
        untilMs ??= nowMs + waitMsMax
        const leftMs = untilMs - nowMs
        if (leftMs <= 0) throw heldByAnother(name, waitMsMax)
        if (isFirst) onWait?.()
        await this.#clock.sleep(Math.min(leftMs, RETRY_MIN_MS + RETRY_SPREAD_MS * this.#chance()), signal)
      }
      return { client, beat: signsOfLife(client) }
    } catch (thrown) {
      if (client !== null) await end(client)
      throw translated(thrown, this.#at)
    }
  }

  /** True: the transaction is open, and the lock in it. */
  async #tryLock(client: Client, name: string): Promise<boolean> {
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = '${SILENCE}'`)
    const { rows } = await client.query<{ held: boolean }>(`SELECT pg_try_advisory_xact_lock(${lockKey(this.#at.schema, name)}) AS held`)
    if (rows[0]?.held === true) return true
    await client.query('ROLLBACK')
    return false
  }

  /** From 0 to 1. */
  #chance(): number {
    return (this.#random.bytes(1)[0] ?? 0) / 255
  }
}

function signsOfLife(client: Client): NodeJS.Timeout {
  const beat = setInterval(() => {
    // Lost: there is nothing left to be kept alive, and the work goes on.
    client.query('SELECT 1').catch(() => clearInterval(beat))
  }, SIGN_OF_LIFE_MS)
  return beat.unref()
}

/** The connection's end is the transaction's, and the lock's. */
async function end(client: Client): Promise<void> {
  try {
    await client.query('ROLLBACK')
  } catch {
    // Lost with its lock already.
  }
  await client.end()
}

function heldByAnother(name: string, waitMsMax: number): CalreconnectError {
  const seconds = Math.round(waitMsMax / 100) / 10
  return new CalreconnectError('STORE_LOCKED', `Another process still held the lock "${name}" after ${seconds} s`, {
    hint: 'Try again when the other calreconnect command has ended',
  })
}
