// `send` and `webhooks test`: a sample delivery to a receiver, signed as Calendly would sign it.

import { EVENTS } from '../../core/calendly/events.ts'
import { idOf } from '../../core/calendly/identity.ts'
import { sampleDelivery } from '../../core/calendly/sample-deliveries.ts'
import { withField } from '../../core/calendly/set-field.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { DeliveryPorts } from '../../core/ports/deliveries.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { HeaderList } from '../../core/signature/capture.ts'
import type { CandidateKey, Verdict } from '../../core/signature/verdict.ts'
import type { Session } from '../observe/session.ts'
import { sampleEvent } from '../webhooks/sample.ts'
import { calendlysHeaders, type Delivered, postDelivery } from './post.ts'
import { signBody } from './sign.ts'

/** Marks a delivery that nobody booked, so that a receiver can leave it out of its books. */
const TEST_HEADER = ['X-Calreconnect-Test', 'true'] as const

/** `data` of `send`. */
export interface Sent extends Delivered {
  readonly event: string
  readonly to: string
  /** Whose sample: Calendly's of the account, or ours. */
  readonly sample: 'calendly' | 'built_in'
  /** Null: it was sent unsigned. */
  readonly key: Verdict['key']
}

export interface SendInput {
  readonly event: string
  readonly to: URL
  /** `path=value` */
  readonly set: readonly string[]
  /** Null: send it unsigned. */
  readonly key: CandidateKey | null
  /** Asks Calendly for the account's own sample; null: take a built-in one. */
  readonly session: Session | null
  /** Calendly's sample cannot be had; the built-in one is sent instead. */
  readonly onNoSample?: (reason: string) => void
  readonly isTest: boolean
  readonly signal: AbortSignal | undefined
}

/** @throws UNKNOWN_EVENT, USAGE for a --set that is none */
export async function sendSample(
  deps: { readonly deliveries: Pick<DeliveryPorts, 'post'>; readonly clock: Clock },
  input: SendInput,
): Promise<Sent> {
  const { event, to, key, session, signal } = input
  const nowMs = deps.clock.nowMs()
  const own = session === null ? null : await sampleOf(session, event, input.onNoSample)
  const sample = own ?? sampleDelivery(event, nowMs)
  if (sample === null) throw unknownEvent(event)
  const changed = input.set.reduce<Readonly<Record<string, unknown>>>(withField, sample)
  const rawBody = Buffer.from(JSON.stringify(changed), 'utf8')
  const signed = key === null ? null : signBody(rawBody, key, nowMs)
  const headers: HeaderList = [...calendlysHeaders(signed?.header ?? null), ...(input.isTest ? [TEST_HEADER] : [])]
  const delivered = await postDelivery(deps.deliveries, { url: to, headers, rawBody, signal })
  return { event, to: to.href, sample: own === null ? 'built_in' : 'calendly', key: signed?.key ?? null, ...delivered }
}

/** `data` of `webhooks test`. */
export interface ReceiverTest extends Delivered {
  readonly webhook: { readonly id: string; readonly uri: string; readonly callbackUrl: string }
  readonly event: string
  readonly key: Verdict['key']
}

export async function testReceiver(
  deps: { readonly deliveries: Pick<DeliveryPorts, 'post'>; readonly clock: Clock },
  input: {
    readonly webhook: { readonly uri: string; readonly callbackUrl: string; readonly events: readonly string[] }
    readonly key: CandidateKey
    readonly signal: AbortSignal | undefined
  },
): Promise<ReceiverTest> {
  const { webhook, key, signal } = input
  const event = webhook.events.find((one) => EVENTS.includes(one)) ?? 'invitee.created'
  const to = new URL(webhook.callbackUrl)
  const { to: _to, sample: _sample, ...sent } = await sendSample(deps, { event, to, set: [], key, session: null, isTest: true, signal })
  return { webhook: { id: idOf(webhook.uri), uri: webhook.uri, callbackUrl: webhook.callbackUrl }, ...sent }
}

/** Null when Calendly does not give it: without network, or without the scope or plan for the event. */
async function sampleOf(
  session: Session,
  event: string,
  tell?: (reason: string) => void,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const { sample } = await sampleEvent(session, { event, scope: null, group: null })
    return typeof sample === 'object' && sample !== null ? Object.fromEntries(Object.entries(sample)) : null
  } catch (error) {
    if (!(error instanceof CalreconnectError) || !['auth', 'refused', 'unreachable', 'rate_limited'].includes(error.exit)) throw error
    tell?.(error.message)
    return null
  }
}

function unknownEvent(event: string): CalreconnectError {
  return new CalreconnectError('UNKNOWN_EVENT', `Calendly has no event ${event}`, { hint: `Events: ${EVENTS.join(', ')}` })
}
