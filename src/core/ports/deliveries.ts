// Deliveries over HTTP and into files, as operations need them: receiving, sending on, keeping.

import type { HeaderList } from '../signature/capture.ts'

export interface IncomingDelivery {
  readonly headers: HeaderList
  /** Exactly as it was sent. */
  readonly rawBody: Uint8Array
  /** Epoch milliseconds. */
  readonly receivedAtMs: number
}

/** What the sender is answered. */
export interface Answer {
  readonly status: number
  readonly text: string
}

export interface DeliveryListener {
  readonly url: string
  /** No new ones; those under way are answered first, as far as that takes no longer than a moment. */
  close(): Promise<void>
}

export interface PostRequest {
  readonly url: URL
  readonly headers: HeaderList
  readonly rawBody: Uint8Array
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface PostAnswer {
  readonly status: number
  readonly durationMs: number
}

/** An NDJSON file that grows by whole lines. */
export interface CaptureLog {
  /** On its way to the disk when this resolves: another process reads whole lines only. @throws FILE_UNWRITABLE */
  append(line: string): Promise<void>
  close(): Promise<void>
}

export interface DeliveryPorts {
  /** On the loopback interface only. @throws PORT_TAKEN */
  listen(port: number, handle: (delivery: IncomingDelivery) => Promise<Answer>): Promise<DeliveryListener>
  /** One POST; redirects are not followed. @throws NETWORK, TLS, TIMEOUT, INTERRUPTED */
  post(request: PostRequest): Promise<PostAnswer>
  /** @throws FILE_UNWRITABLE */
  openLog(file: string): Promise<CaptureLog>
  close(): Promise<void>
}
