// What Calendly makes of a receiver's answer to a delivery. @see https://developer.calendly.com webhook errors, read 2026-11-25

/** Limits of Calendly's own. */
export const CONNECT_TIMEOUT_MS = 10_000
export const ANSWER_TIMEOUT_MS = 15_000

/** `failed`: no answer in time, or none at all; it is retried as well. `deleted`: the whole subscription is. */
export type DeliveryOutcome = 'delivered' | 'retried' | 'deleted' | 'failed'

export interface AnswerMeaning {
  readonly outcome: DeliveryOutcome
  /** A sentence for people. */
  readonly message: string
}

const RETRIES = 'Calendly would try again for 24 hours and then disable the subscription'

export function meaningOfStatus(status: number): AnswerMeaning {
  if (status >= 200 && status < 300) return { outcome: 'delivered', message: `${status}: Calendly would call it delivered` }
  if (status === 410) {
    return {
      outcome: 'deleted',
      message: '410: Calendly would DELETE the subscription at once, without trying again. A receiver must not answer 410',
    }
  }
  if (status >= 300 && status < 400) {
    return { outcome: 'retried', message: `${status}: redirects are not followed; ${RETRIES}. Register the final URL` }
  }
  return { outcome: 'retried', message: `${status}: ${RETRIES}` }
}

/** @param reason what kept the answer from coming */
export function meaningOfFailure(reason: string): AnswerMeaning {
  return { outcome: 'failed', message: `${reason}: ${RETRIES}` }
}
