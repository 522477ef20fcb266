// `webhooks listen`: what is done with one delivery: verified, kept, forwarded when it is authentic, answered in time.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Answer, CaptureLog, DeliveryPorts, IncomingDelivery } from '../../core/ports/deliveries.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { Inflate } from '../../core/signature/body-layers.ts'
import { captureLine, type DeliverySummary, headersToSendOn, signatureIn, summarizeDelivery } from '../../core/signature/capture-line.ts'
import { type CandidateKey, verifyDelivery, type Verdict } from '../../core/signature/verdict.ts'

/** Calendly waits 15 s for an answer; it has one within 10. */
const FORWARD_CONNECT_MS = 2_500
const FORWARD_ANSWER_MS = 6_000
/** A forward target that hangs must not pile up deliveries. */
const FORWARDS_AT_ONCE_MAX = 64
/** Keys that were stored meanwhile are looked for no more often. */
const RELOAD_KEYS_MS = 1_000
/** Finding out why one does not match: for people who try things, not for whoever floods the port. */
const DIAGNOSED_BYTES_MAX = 256 * 1024
const DIAGNOSES_MAX = 200

export interface Forwarded {
  /** Null when there was no answer. */
  readonly status: number | null
  readonly durationMs: number
  /** What kept the answer from coming. */
  readonly failure: string | null
}

export interface Received extends DeliverySummary {
  /** ISO 8601 UTC. */
  readonly receivedAt: string
  readonly verdict: Verdict
  /** Null: not forwarded. */
  readonly forwarded: Forwarded | null
  /** What the sender was answered. */
  readonly answered: number
  /** The delivery is not in the archive: why. */
  readonly notKept: string | null
}

export interface ReceiverInput {
  readonly deliveries: Pick<DeliveryPorts, 'post'>
  readonly clock: Clock
  readonly inflate: Inflate
  /** Every key that is known now. */
  readonly keys: () => Promise<readonly CandidateKey[]>
  readonly forward: URL | null
  readonly log: CaptureLog | null
  /** Forward what is not authentic too. */
  readonly insecure: boolean
  readonly onReceived: (received: Received) => void
}

/** Answers one delivery after the other, several at a time. */
export class Receiver {
  readonly #input: ReceiverInput
  #keys: readonly CandidateKey[] = []
  #keysReadAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> = Promise.resolve()
  #forwarding = 0
  #diagnoses = 0
  readonly counts = { total: 0, authentic: 0, forwarded: 0 }

  constructor(input: ReceiverInput) {
    this.#input = input
  }

  async receive(delivery: IncomingDelivery): Promise<Answer> {
    const { forward, insecure, onReceived } = this.#input
    const verdict = await this.#verdict(delivery)
    const notKept = await this.#keep(delivery)
    const passes = verdict.valid || insecure
    const forwarded = passes && forward !== null ? await this.#forward(delivery, forward) : null
    const answer = answerOf(passes, notKept, forwarded)
    this.counts.total += 1
    this.counts.authentic += verdict.valid ? 1 : 0
    this.counts.forwarded += (forwarded?.status ?? null) === null ? 0 : 1
    const receivedAt = new Date(delivery.receivedAtMs).toISOString()
    onReceived({ ...summarizeDelivery(delivery.rawBody), receivedAt, verdict, forwarded, answered: answer.status, notKept })
    return answer
  }

  async #verdict({ headers, rawBody, receivedAtMs }: IncomingDelivery): Promise<Verdict> {
    const header = signatureIn(headers)
    const judge = (diagnosis: 'thorough' | 'none'): Verdict =>
      verifyDelivery({
        rawBody,
        header,
        keys: this.#keys,
        nowMs: receivedAtMs,
        toleranceSeconds: null,
        inflate: this.#input.inflate,
        diagnosis,
      })
    const first = judge('none')
    if (first.valid || (first.reason !== 'wrong_key' && first.reason !== 'no_key')) return first
    await this.#reloadKeys()
    const isDiagnosed = rawBody.byteLength <= DIAGNOSED_BYTES_MAX && this.#diagnoses < DIAGNOSES_MAX
    const second = judge(isDiagnosed ? 'thorough' : 'none')
    if (!second.valid && isDiagnosed) this.#diagnoses += 1
    return second
  }

  /** A subscription may have been made since, by another process. Whoever comes while they are being read waits for them. */
  #reloadKeys(): Promise<void> {
    const nowMs = this.#input.clock.nowMs()
    if (nowMs - this.#keysReadAtMs < RELOAD_KEYS_MS) return this.#reading
    this.#keysReadAtMs = nowMs
    this.#reading = this.#input.keys().then((keys) => {
      this.#keys = keys
    })
    return this.#reading
  }

  /** Why not, or null: kept, or not asked for. */
  async #keep(delivery: IncomingDelivery): Promise<string | null> {
    try {
      await this.#input.log?.append(captureLine(delivery))
      return null
    } catch (error) {
      if (error instanceof CalreconnectError) return error.message
      throw error
    }
  }

  async #forward({ headers, rawBody }: IncomingDelivery, url: URL): Promise<Forwarded> {
    if (this.#forwarding >= FORWARDS_AT_ONCE_MAX) return { status: null, durationMs: 0, failure: 'too many are under way' }
    this.#forwarding += 1
    const startedAtMs = this.#input.clock.nowMs()
    try {
      const limits = { connectTimeoutMs: FORWARD_CONNECT_MS, answerTimeoutMs: FORWARD_ANSWER_MS }
      const { status, durationMs } = await this.#input.deliveries.post({ url, headers: headersToSendOn(headers), rawBody, ...limits })
      return { status, durationMs, failure: null }
    } catch (error) {
      if (!(error instanceof CalreconnectError)) throw error
      return { status: null, durationMs: this.#input.clock.nowMs() - startedAtMs, failure: error.message }
    } finally {
      this.#forwarding -= 1
    }
  }
}

/**
 * What Calendly is told: the truth, so that it tries again what was not taken. But never 410, for which it would delete the
 * subscription.
 */
function answerOf(passes: boolean, notKept: string | null, forwarded: Forwarded | null): Answer {
  if (!passes) return { status: 401, text: 'The signature is not authentic' }
  if (notKept !== null) return { status: 507, text: 'The delivery could not be kept' }
  if (forwarded === null) return { status: 200, text: 'Received' }
  if (forwarded.status === null) return { status: 504, text: 'The forward target did not answer' }
  if (forwarded.status === 410) return { status: 502, text: 'The forward target answered 410' }
  return { status: forwarded.status < 200 ? 502 : forwarded.status, text: 'Forwarded' }
}
