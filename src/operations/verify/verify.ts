// `verify`: whether captured deliveries are Calendly's. Judges one after the other and keeps only what is to be listed, so that
// the length of an archive does not matter.

import type { Capture } from '../../core/signature/capture.ts'
import { type CandidateKey, type Verdict, verifyDelivery } from '../../core/signature/verdict.ts'

export interface DeliveryVerdict extends Verdict {
  /** Counted from 0, in the order of the input. */
  readonly index: number
}

/** `data` of `verify`. */
export interface VerifyResult {
  readonly total: number
  readonly valid: number
  readonly invalid: number
  /** All of them, or only the invalid ones of a long input. */
  readonly results: readonly DeliveryVerdict[]
}

export interface VerifyInput {
  readonly captures: AsyncIterable<readonly Capture[]>
  /** At hand: given, or from the environment. */
  readonly keys: readonly CandidateKey[]
  /** The store's, asked for once and only when the keys at hand do not explain a delivery. */
  readonly moreKeys: () => Promise<readonly CandidateKey[]>
  /** Epoch milliseconds that ages are counted to. */
  readonly nowMs: number
  readonly toleranceSeconds: number | null
  /** List valid ones whatever the length. */
  readonly all: boolean
}

/** Of longer inputs only the invalid ones are listed. */
const LISTED_MAX = 1000
/** Finding out why one does not match costs hundreds of HMACs. */
const DIAGNOSES_MAX = 100

export async function verifyCaptures(input: VerifyInput): Promise<VerifyResult> {
  const judge = new Judge(input)
  let total = 0
  let invalid = 0
  let results: DeliveryVerdict[] = []
  for await (const captures of input.captures) {
    for (const capture of captures) {
      const verdict = judge.quick(capture) ?? (await judge.thorough(capture))
      if (!verdict.valid) invalid += 1
      if (input.all || total < LISTED_MAX || !verdict.valid) results.push({ index: total, ...verdict })
      total += 1
    }
  }
  if (total > LISTED_MAX && !input.all) results = results.filter(({ valid }) => !valid)
  return { total, valid: total - invalid, invalid, results }
}

/** Tries the keys that matched lately first, and the store's only when they are needed. */
class Judge {
  readonly #input: VerifyInput
  #keys: readonly CandidateKey[]
  #hasAllKeys = false
  #diagnoses = 0

  constructor(input: VerifyInput) {
    this.#input = input
    this.#keys = input.keys
  }

  /** Null when the keys tried so far do not settle it. */
  quick(capture: Capture): Verdict | null {
    const verdict = this.#verdict(capture, false)
    if (verdict.reason === 'wrong_key' || verdict.reason === 'no_key') return null
    this.#preferKey(verdict)
    return verdict
  }

  async thorough(capture: Capture): Promise<Verdict> {
    if (!this.#hasAllKeys) {
      this.#keys = [...this.#keys, ...(await this.#input.moreKeys())]
      this.#hasAllKeys = true
    }
    const isDiagnosed = this.#diagnoses < DIAGNOSES_MAX
    const verdict = this.#verdict(capture, isDiagnosed)
    if (isDiagnosed && !verdict.valid) this.#diagnoses += 1
    this.#preferKey(verdict)
    return verdict
  }

  #verdict({ rawBody, header }: Capture, diagnose: boolean): Verdict {
    const { nowMs, toleranceSeconds } = this.#input
    return verifyDelivery({ rawBody, header, keys: this.#keys, nowMs, toleranceSeconds, diagnose })
  }

  #preferKey({ key }: Verdict): void {
    if (key === null) return
    const at = this.#keys.findIndex((one) => one.source === key.source && one.webhookUri === key.webhookUri)
    const found = this.#keys[at]
    if (at > 0 && found !== undefined) this.#keys = [found, ...this.#keys.filter((one) => one !== found)]
  }
}
