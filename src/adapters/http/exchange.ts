// One HTTP exchange as observers see it: already redacted, bodies whole.

/** A request together with what came of it. Secrets and personal data are masked before anybody sees one. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: string | null
  /** Null: there was no answer; `failure` says why. */
  readonly status: number | null
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly responseBody: string | null
  /** Epoch milliseconds. */
  readonly startedAtMs: number
  readonly durationMs: number
  /** 1 for the first try. */
  readonly attempt: number
  readonly failure: string | null
}

/** Sees every exchange after it ended. Is not waited for, and what it throws is said at the end, never thrown into the work (watch.ts). */
export interface ExchangeObserver {
  /** For people, at the beginning of a sentence: `The API log`. */
  readonly name: string
  observe(exchange: Exchange): void
  /** False: not now, so that nothing need be masked for it. Absent: always. */
  readonly isWatching?: () => boolean
  /** Writes what is still held back. Rejects with what is lost. */
  close?(): Promise<void>
}
