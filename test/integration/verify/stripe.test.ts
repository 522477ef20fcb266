// Stripe signs as Calendly does (`t=…,v1=…`), and its package was written by others: what both accept and refuse must agree.

import { randomBytes } from 'node:crypto'
import { Stripe } from 'stripe'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { signatureHeader, verifyDelivery } from '../../../src/core/signature/verdict.ts'
import { seededChance } from '../../support/chance.ts'
import { SIGNED_AT } from '../../support/deliveries.ts'

const { webhooks } = new Stripe('sk_test_made_up')
/** Their default. */
const TOLERANCE_SECONDS = 300
const CHARACTERS = ['a', 'Z', '0', '"', '\\', '\n', '\r', '\t', ' ', 'ë', '€', '日', '😀', '<', '&', '\u0000', '\u2028']

function theirs(body: string, header: string, secret: string, nowSeconds: number): boolean {
  try {
    webhooks.constructEvent(body, header, secret, TOLERANCE_SECONDS, undefined, nowSeconds * 1000)
    return true
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}

function ours(body: string, header: string, secret: string, nowSeconds: number): boolean {
  const keys = [{ key: new Secret(secret), source: 'given', account: null, webhookUri: null }] as const
  const rawBody = Buffer.from(body, 'utf8')
  return verifyDelivery({ rawBody, header, keys, nowMs: nowSeconds * 1000, toleranceSeconds: TOLERANCE_SECONDS, diagnosis: 'none' }).valid
}

test("verifyDelivery agrees with stripe's constructEvent over 1,000 random bodies, signed by either, right and wrong", () => {
  const chance = seededChance(12)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T
  const seen = { accepted: 0, refused: 0 }
  for (let round = 0; round < 1000; round += 1) {
    const text = Array.from({ length: Math.floor(chance() * 400) }, () => pick(CHARACTERS)).join('')
    const body = JSON.stringify({ id: `evt_${round}`, object: 'event', text })
    const secret = randomBytes(1 + Math.floor(chance() * 90)).toString('base64url')
    const signed =
      chance() < 0.5
        ? webhooks.generateTestHeaderString({ payload: body, secret, timestamp: SIGNED_AT })
        : signatureHeader(Buffer.from(body), new Secret(secret), SIGNED_AT)
    const kind = pick(['right', 'right', 'body', 'key', 'time', 'digest', 'old', 'second digest'])
    const at = Math.floor(chance() * body.length)
    const header =
      kind === 'time'
        ? signed.replace(`t=${SIGNED_AT}`, `t=${SIGNED_AT + 1}`)
        : kind === 'digest'
          ? signed.replace(/.$/, (one) => (one === '0' ? '1' : '0'))
          : kind === 'second digest'
            ? signed.replace(',v1=', `,v1=${'0'.repeat(64)},v1=`)
            : signed
    const arguments_ = [
      kind === 'body' ? `${body.slice(0, at)}x${body.slice(at)}` : body,
      header,
      kind === 'key' ? `${secret}x` : secret,
      SIGNED_AT + (kind === 'old' ? TOLERANCE_SECONDS + 1 : 0),
    ] as const
    const verdicts = { kind, theirs: theirs(...arguments_), ours: ours(...arguments_) }
    const isRight = kind === 'right' || kind === 'second digest'
    seen[verdicts.ours ? 'accepted' : 'refused'] += 1
    expect(verdicts).toEqual({ kind, theirs: isRight, ours: isRight })
  }
  expect({ accepted: seen.accepted > 200, refused: seen.refused > 200 }).toEqual({ accepted: true, refused: true })
})
