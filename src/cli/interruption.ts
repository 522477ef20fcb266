// What SIGINT, SIGTERM and SIGHUP do to the work: the first asks it to end at the next safe point and says what is waited for, a later
// one gives up and says what may be left. Knows no process: main.ts hears the signals, and ends it.

import { again } from '../core/errors/advice.ts'
import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import { CalreconnectError } from '../core/errors/errors.ts'
import type { Interruption, Stake } from '../core/ports/desk.ts'
import { count, listOf } from './render/words.ts'

/** More would hide the one thing to know: that there is something to wait for. */
const NAMED_MAX = 3

export class Interruptions implements Interruption {
  readonly #first = new AbortController()
  readonly #later: Promise<never>
  readonly #isFinishing = new AsyncLocalStorage<true>()
  readonly #stakes = new Set<Stake>()
  #rejectLater: (error: CalreconnectError) => void = () => {}
  #tell: (text: string) => void = () => {}

  constructor() {
    // As many as there are connections that are worked on at once.
    setMaxListeners(0, this.#first.signal)
    this.#later = new Promise((_, reject) => (this.#rejectLater = reject))
    // Nobody may be waiting for it.
    this.#later.catch(() => {})
  }

  get signal(): AbortSignal | undefined {
    return this.#isFinishing.getStore() === true ? undefined : this.#first.signal
  }

  async finish<T>(stake: Stake, work: () => Promise<T>): Promise<T> {
    // Not the same object twice: each is at stake until its own work has ended.
    const mine = { ...stake }
    this.#stakes.add(mine)
    try {
      return await this.#isFinishing.run(true, work)
    } finally {
      this.#stakes.delete(mine)
    }
  }

  /** From where on there is somebody who can be told. */
  tellTo(tell: (text: string) => void): void {
    this.#tell = tell
  }

  /** Whether anybody asked for an end yet. */
  get asked(): boolean {
    return this.#first.signal.aborted
  }

  /** The first time. */
  ask(): void {
    const stakes = [...this.#stakes]
    this.#first.abort()
    if (stakes.length === 0) return
    const costs = new Set(stakes.map(({ cost }) => cost))
    this.#tell(`Interrupted, but waiting for ${named(stakes)}. Ctrl-C again gives up, and then ${listOf([...costs].slice(0, NAMED_MAX))}`)
  }

  /** The second time: `givenUp` rejects, with what may be left and the one command that mends it. */
  giveUp(): void {
    const stakes = [...this.#stakes]
    const [first] = stakes
    if (first === undefined) return this.#rejectLater(new CalreconnectError('INTERRUPTED', 'Given up'))
    const costs = new Set(stakes.map(({ cost }) => cost))
    const message = `Given up waiting for ${named(stakes)}: ${listOf([...costs].slice(0, NAMED_MAX))}`
    this.#rejectLater(new CalreconnectError('INTERRUPTED', message, { hint: first.mend ?? again() }))
  }

  /** Never resolves. */
  get givenUp(): Promise<never> {
    return this.#later
  }
}

function named(stakes: readonly Stake[]): string {
  const awaited = [...new Set(stakes.map((stake) => stake.awaited))]
  const more = awaited.length - NAMED_MAX
  return listOf(more > 0 ? [...awaited.slice(0, NAMED_MAX), count(more, 'other answer')] : awaited)
}
