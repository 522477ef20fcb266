// `verify`: whether captured deliveries are Calendly's. Judges one after the other and keeps only what is to be listed, so that
// the length of an archive does not matter.

import type { Inflate } from '../../core/signature/body-layers.ts'
import type { Capture, CaptureBatch, QuickCheck, UnreadableLine } from '../../core/signature/capture.ts'
import type { QuickReading } from '../../core/ports/files.ts'
import type { Recipe } from '../../core/signature/diagnosis.ts'
import { type CandidateKey, judgeDelivery, type Verdict } from '../../core/signature/verdict.ts'

export interface DeliveryVerdict extends Verdict {
  /** Counted from 0, in the order of the input. */
  readonly index: number
}

/** `data` of `verify`. */
export interface VerifyResult {
  readonly total: number
  readonly valid: number
  readonly invalid: number
  /** No key is known: nobody can tell. */
  readonly unknown: number
  /** All of them, or only the invalid ones of a long input. */
  readonly results: readonly DeliveryVerdict[]
}

export interface Verification {
  readonly result: VerifyResult
  /** The first of them. */
  readonly unreadable: readonly UnreadableLine[]
  readonly unreadableTotal: number
}

export interface VerifyInput {
  /** @param quick what may be left to the reader of a long archive; null: everything is to be listed */
  readonly captures: (quick: QuickReading | null) => AsyncIterable<CaptureBatch>
  /** At hand: given, or from the environment. */
  readonly keys: readonly CandidateKey[]
  /** The store's, asked for once and only when the keys at hand do not explain a delivery. */
  readonly moreKeys: () => Promise<readonly CandidateKey[]>
  readonly inflate: Inflate
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
/** Explanations that are tried with every further delivery. */
const LIKELY_MAX = 3
const UNREADABLE_LISTED_MAX = 100
/** Of a long archive each delivery is first tried with so many keys. */
const QUICK_KEYS_MAX = 8

export async function verifyCaptures(input: VerifyInput): Promise<Verification> {
  const judge = new Judge(input)
  const counts = { total: 0, valid: 0, unknown: 0 }
  const unreadable: UnreadableLine[] = []
  let unreadableTotal = 0
  let results: DeliveryVerdict[] = []
  for await (const batch of input.captures(input.all ? null : { after: LISTED_MAX, check: () => judge.quickCheck() })) {
    for (const capture of batch.captures) {
      const index = counts.total + capture.at
      const verdict = judge.quick(capture) ?? (await judge.thorough(capture))
      if (verdict.valid) counts.valid += 1
      else if (verdict.reason === 'no_key') counts.unknown += 1
      if (input.all || index < LISTED_MAX || isInvalid(verdict)) results.push({ index, ...verdict })
    }
    counts.total += batch.total
    counts.valid += batch.total - batch.captures.length
    unreadableTotal += batch.unreadable.length
    unreadable.push(...batch.unreadable.slice(0, UNREADABLE_LISTED_MAX - unreadable.length))
  }
  const { total, valid, unknown } = counts
  if (total > LISTED_MAX && !input.all) results = results.filter(isInvalid)
  return { result: { total, valid, invalid: total - valid - unknown, unknown, results }, unreadable, unreadableTotal }
}

function isInvalid({ valid, reason }: Verdict): boolean {
  return !valid && reason !== 'no_key'
}

/** Tries the keys that matched lately first, and the store's only when they are needed. */
class Judge {
  readonly #input: VerifyInput
  #keys: readonly CandidateKey[]
  #hasAllKeys = false
  #diagnoses = 0
  #likely: readonly Recipe[] = []

  constructor(input: VerifyInput) {
    this.#input = input
    this.#keys = input.keys
  }

  /** With the keys that are known so far, the one that matched last first. */
  quickCheck(): QuickCheck {
    const { nowMs, toleranceSeconds } = this.#input
    const nowSeconds = Math.floor(nowMs / 1000)
    const slack = toleranceSeconds ?? Number.POSITIVE_INFINITY
    // A key that had to be decoded is never right as it stands.
    const keys = this.#keys.filter(({ readAs }) => readAs === undefined).slice(0, QUICK_KEYS_MAX)
    return { keys: keys.map(({ key }) => key), secondsMin: nowSeconds - slack, secondsMax: nowSeconds + slack }
  }

  /** Null when the keys tried so far do not settle it. */
  quick(capture: Capture): Verdict | null {
    const verdict = this.#verdict(capture, 'none')
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
    const verdict = this.#verdict(capture, isDiagnosed ? 'thorough' : 'likely')
    if (isDiagnosed && !verdict.valid) this.#diagnoses += 1
    this.#preferKey(verdict)
    return verdict
  }

  #verdict({ rawBody, header }: Capture, diagnosis: 'thorough' | 'likely' | 'none'): Verdict {
    const { nowMs, toleranceSeconds, inflate } = this.#input
    const likely = this.#likely
    const judgement = judgeDelivery({ rawBody, header, keys: this.#keys, nowMs, toleranceSeconds, inflate, diagnosis, likely })
    this.#remember(judgement.recipe)
    return judgement.verdict
  }

  #remember(recipe: Recipe | null): void {
    if (recipe === null || this.#likely[0] === recipe) return
    this.#likely = [recipe, ...this.#likely.filter((one) => one !== recipe)].slice(0, LIKELY_MAX)
  }

  #preferKey({ key }: Verdict): void {
    if (key === null) return
    const at = this.#keys.findIndex((one) => one.source === key.source && one.webhookUri === key.webhookUri)
    const found = this.#keys[at]
    if (at > 0 && found !== undefined) this.#keys = [found, ...this.#keys.filter((one) => one !== found)]
  }
}
