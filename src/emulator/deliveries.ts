// Sends what subscriptions are told, signed, and tries again with growing pauses for a day by the emulator's clock; then the
// subscription is disabled. @see https://developer.calendly.com webhook errors
import { createHmac } from 'node:crypto'
import type { Delivery, DeliveryAttempt, Subscription } from './entities.ts'
import { wireTime } from './clock.ts'
import type { Occurrence } from './occurrence.ts'
import { shownWith } from './origin.ts'
import { postDelivery } from './post-delivery.ts'
import { uuid } from './random-ids.ts'
import type { World } from './world.ts'

const FIRST_RETRY_MS = 60_000
const RETRY_PAUSE_MAX_MS = 2 * 3_600_000
const GIVE_UP_AFTER_MS = 24 * 3_600_000
const AT_ONCE_MAX = 16
/** A receiver that answers so has its subscription deleted at once. @see https://developer.calendly.com/docs/webhooks/overview */
const GONE = 410

/** The deliveries of a world: made at once, retried when due. */
export class Deliveries {
  readonly #world: World
  #timer: NodeJS.Timeout | null = null
  #closed = false
  #running: Promise<void> = Promise.resolve()

  constructor(world: World) {
    this.#world = world
  }

  /** Queues a delivery for every active subscription that is told of such a thing. Sending starts with the next `runDue`. */
  enqueue(occurrence: Occurrence): Delivery[] {
    const { state, clock, random } = this.#world
    const made: Delivery[] = []
    for (const row of state.subscriptions()) {
      if (!this.#isTold(row, occurrence)) continue
      const createdAt = wireTime(Math.floor(clock.nowMs() / 1000) * 1000)
      const body = { created_at: createdAt, created_by: row.creator, event: occurrence.event, payload: occurrence.payload }
      const delivery: Delivery = {
        id: uuid(random),
        subscription: row.uri,
        event: occurrence.event,
        callbackUrl: row.callbackUrl,
        body: shownWith(this.#world.origin, JSON.stringify(body)),
        state: 'pending',
        attempts: [],
        nextAttemptAtMs: clock.nowMs(),
        firstFailedAtMs: null,
      }
      state.addDelivery(delivery)
      made.push(delivery)
    }
    return made
  }

  /** Makes every attempt that is due. Runs follow each other; none overlaps. */
  runDue(): Promise<void> {
    const next = () => this.#attemptDue()
    this.#running = this.#running.then(next, next)
    return this.#running
  }

  /** When the next attempt is due, by the emulator's clock; null if nothing waits. */
  nextDueMs(): number | null {
    let next: number | null = null
    for (const delivery of this.#world.state.deliveries.values())
      if (delivery.state === 'pending' && (next === null || delivery.nextAttemptAtMs < next)) next = delivery.nextAttemptAtMs
    return next
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async #attemptDue(): Promise<void> {
    const { state, clock } = this.#world
    const due = [...state.deliveries.values()].filter((row) => row.state === 'pending' && row.nextAttemptAtMs <= clock.nowMs())
    const workers = Array.from({ length: Math.min(AT_ONCE_MAX, due.length) }, async () => {
      for (let delivery = due.shift(); delivery !== undefined; delivery = due.shift()) await this.#attempt(delivery)
    })
    await Promise.all(workers)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const next = this.nextDueMs()
    if (next === null || this.#closed) return
    const { clock } = this.#world
    const pauseMs = Math.max(1, Math.min(2_147_483_647, (next - clock.nowMs()) / clock.accelerate))
    this.#timer = setTimeout(() => void this.runDue(), pauseMs)
    this.#timer.unref()
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { state, clock, switches } = this.#world
    const subscription = state.subscription(delivery.subscription)
    if (subscription === undefined || subscription.state === 'disabled') {
      delivery.state = 'abandoned'
      state.touch()
      return
    }
    const headers = this.#headers(delivery, subscription)
    const at = wireTime(clock.nowMs())
    const limits = { connectMs: switches.delivery_connect_timeout_ms, readMs: switches.delivery_timeout_ms }
    const outcome = await postDelivery(delivery.callbackUrl, delivery.body, headers, switches.deliveries, limits)
    const attempt: DeliveryAttempt = { at, headers, status: outcome.status, error: outcome.error }
    delivery.attempts.push(attempt)
    if (outcome.sent) this.#settle(delivery, subscription, outcome.status)
    else delivery.state = 'recorded'
    state.touch()
  }

  #settle(delivery: Delivery, subscription: Subscription, status: number | null): void {
    const nowMs = this.#world.clock.nowMs()
    if (status !== null && status >= 200 && status < 300) {
      delivery.state = 'delivered'
      subscription.lastDeliveredAtMs = nowMs
      if (!this.#stillRetrying(subscription)) this.#mark(subscription, { retryStartedAt: null })
      return
    }
    if (status === GONE) {
      delivery.state = 'gone'
      this.#world.state.removeSubscription(subscription.uri)
      return
    }
    delivery.firstFailedAtMs ??= nowMs
    if (subscription.retryStartedAt === null) this.#mark(subscription, { retryStartedAt: wireTime(nowMs) })
    if (nowMs - delivery.firstFailedAtMs >= GIVE_UP_AFTER_MS) {
      delivery.state = 'abandoned'
      // Another message that went out meanwhile saves the subscription.
      if ((subscription.lastDeliveredAtMs ?? -1) < delivery.firstFailedAtMs) this.#mark(subscription, { state: 'disabled' })
      else if (!this.#stillRetrying(subscription)) this.#mark(subscription, { retryStartedAt: null })
      return
    }
    const pauseMs = Math.min(RETRY_PAUSE_MAX_MS, FIRST_RETRY_MS * 2 ** (delivery.attempts.length - 1))
    delivery.nextAttemptAtMs = Math.min(nowMs + pauseMs, delivery.firstFailedAtMs + GIVE_UP_AFTER_MS)
  }

  #stillRetrying(subscription: Subscription): boolean {
    for (const row of this.#world.state.deliveries.values())
      if (row.subscription === subscription.uri && row.state === 'pending' && row.firstFailedAtMs !== null) return true
    return false
  }

  #mark(subscription: Subscription, change: Partial<Pick<Subscription, 'state' | 'retryStartedAt'>>): void {
    const changed = Object.entries(change).some(([name, value]) => value !== subscription[name === 'state' ? 'state' : 'retryStartedAt'])
    if (!changed) return
    Object.assign(subscription, change)
    subscription.updatedAt = wireTime(this.#world.clock.nowMs())
  }

  /** A key given at creation wins over the app's (a switch); a personal access token without one leaves deliveries unsigned. */
  #headers(delivery: Delivery, subscription: Subscription): Record<string, string> {
    const { state, clock, random, switches } = this.#world
    const appKey = subscription.clientId === null ? null : (state.apps.get(subscription.clientId)?.signingKey ?? null)
    const key = switches.app_key_wins ? (appKey ?? subscription.signingKey) : (subscription.signingKey ?? appKey)
    const previous = delivery.attempts.at(-1)?.headers['calendly-webhook-signature']
    const number = () => String(Buffer.from(random(8)).readBigUInt64BE())
    const seconds = Math.floor(clock.nowMs() / 1000)
    const fresh =
      key === null ? undefined : `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${delivery.body}`).digest('hex')}`
    const signature = switches.resign_retries ? fresh : (previous ?? fresh)
    return {
      'user-agent': 'Calendly',
      'content-type': 'application/json',
      accept: '*/*',
      'accept-encoding': 'gzip',
      'content-length': String(Buffer.byteLength(delivery.body)),
      ...(signature === undefined ? {} : { 'calendly-webhook-signature': signature }),
      'x-datadog-trace-id': number(),
      'x-datadog-parent-id': number(),
      'x-datadog-sampling-priority': '1',
      'x-datadog-tags': `_dd.p.tid=${Buffer.from(random(8)).toString('hex')}`,
    }
  }

  /** A removed member's user subscriptions fall silent; their organization ones keep firing, as at Calendly. */
  #isTold(row: Subscription, { event, organization, host }: Occurrence): boolean {
    if (row.state !== 'active' || row.organization !== organization || !row.events.includes(event)) return false
    if (row.scope === 'organization') return true
    if (row.scope === 'user') return row.user === host.uri && this.#world.state.membershipOf(host.uri, organization) !== undefined
    return this.#world.state.groups.get(row.group ?? '')?.members.includes(host.uri) ?? false
  }
}
