// Time, chance and the person at the terminal, as operations need them.

import type { Hint } from '../errors/advice.ts'
import type { Secret } from '../secrets/secret.ts'

export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number
  /** Resolves after `ms`; rejects with INTERRUPTED when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(length: number): Uint8Array
  /** A UUIDv4. */
  uuid(): string
}

/** What would be so if work were given up now, in words for the person. */
export interface Stake {
  /** Ends “Waiting for …”. */
  readonly awaited: string
  /** A clause: what may be so afterwards. */
  readonly cost: string
  /** The one command that mends it. Null: the same command again. */
  readonly mend: Hint | null
}

/** Ctrl-C (SIGTERM, SIGHUP), as work sees it. */
export interface Interruption {
  /** Aborted by the first Ctrl-C. Undefined within `finish`: there it is not heard. Look again before each wait. */
  readonly signal: AbortSignal | undefined
  /** Runs what must not be left half-done: a first Ctrl-C says what is at stake, and only a second one ends it, with the process. */
  finish<T>(stake: Stake, work: () => Promise<T>): Promise<T>
}

/** Long work reports here; what becomes of it (spinner, bar, nothing) is the caller's business. */
export interface Progress {
  /** A new piece of work. With `total`, `advance` counts towards it. */
  start(label: string, total?: number, unit?: 'things' | 'bytes'): void
  advance(by?: number): void
  /** One line that stays: a wait, a warning. */
  note(text: string): void
  stop(): void
}

export interface Browser {
  /** Shows `url` to the person. False when there is no browser to open (the URL is then printed). */
  open(url: string): Promise<boolean>
}

/** Questions to the person; only asked where a terminal is there. @throws INTERRUPTED on Ctrl-C at any of them */
export interface Prompts {
  confirm(question: string, byDefault: boolean): Promise<boolean>
  /** A checkbox list; resolves with the chosen values. */
  checkbox<T>(
    question: string,
    choices: readonly { readonly name: string; readonly value: T; readonly checked: boolean }[],
  ): Promise<readonly T[]>
  /** Hidden input. */
  secret(question: string): Promise<Secret>
  /** A line of text; aborted without a trace when `signal` fires. */
  line(question: string, signal?: AbortSignal): Promise<string>
}
