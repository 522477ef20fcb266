// One delivery of our own to a receiver, with Calendly's limits, and what Calendly would make of the answer.

import {
  ANSWER_TIMEOUT_MS,
  type AnswerMeaning,
  CONNECT_TIMEOUT_MS,
  meaningOfFailure,
  meaningOfStatus,
} from '../../core/calendly/receiver-answer.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { DeliveryPorts } from '../../core/ports/deliveries.ts'
import type { HeaderList } from '../../core/signature/capture.ts'

export interface Delivered extends AnswerMeaning {
  /** Null: there was no answer. */
  readonly status: number | null
  readonly durationMs: number | null
}

/** @throws INTERRUPTED */
export async function postDelivery(
  deliveries: Pick<DeliveryPorts, 'post'>,
  delivery: { readonly url: URL; readonly headers: HeaderList; readonly rawBody: Uint8Array; readonly signal?: AbortSignal | undefined },
): Promise<Delivered> {
  try {
    const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS, answerTimeoutMs: ANSWER_TIMEOUT_MS }
    const { status, durationMs } = await deliveries.post({ ...delivery, ...limits })
    return { status, durationMs, ...meaningOfStatus(status) }
  } catch (error) {
    if (!(error instanceof CalreconnectError) || error.exit !== 'unreachable') throw error
    return { status: null, durationMs: null, ...meaningOfFailure(error.message) }
  }
}

/** As Calendly sends them (seen 2023-12). @param signature null: unsigned */
export function calendlysHeaders(signature: string | null): HeaderList {
  return [
    ['User-Agent', 'Calendly'],
    ['Content-Type', 'application/json'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'gzip'],
    ...(signature === null ? [] : [['Calendly-Webhook-Signature', signature] as const]),
  ]
}
