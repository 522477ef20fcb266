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

/** Sees every exchange after it ended. Must not throw and must not be waited for. */
export interface ExchangeObserver {
  observe(exchange: Exchange): void
  /** False: not now, so that nothing need be masked for it. Absent: always. */
  readonly isWatching?: () => boolean
  /** Writes what is still held back. */
  close?(): Promise<void>
}
