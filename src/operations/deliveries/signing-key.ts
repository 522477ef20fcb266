// Which key a delivery of our own is signed with: the one given, else the subscription's that it is meant for, else the only one known.

import { normalizeUrl } from '../../core/calendly/identity.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import type { CandidateKey } from '../../core/signature/verdict.ts'

export interface KeyWanted {
  /** Given, and of the environment. */
  readonly atHand: readonly CandidateKey[]
  /** Null: there is no store. */
  readonly subscriptions: Pick<SubscriptionStore, 'known' | 'signingKeys'> | null
  /** A connection's name; null for all. */
  readonly account: string | null
  /** The subscription, or the callback URL of one. */
  readonly of?: { readonly uri?: string; readonly callbackUrl?: string }
}

const HINT = 'Pass --signing-key-file or --signing-key-stdin, or set CALENDLY_WEBHOOK_SIGNING_KEY'

/**
 * Given before stored before the environment's: the app's key signs only what has no key of its own.
 * @throws SETTING_MISSING when none is known, USAGE when several are and nothing tells which
 */
export async function chooseKey({ atHand, subscriptions, account, of = {} }: KeyWanted): Promise<CandidateKey> {
  const given = atHand.find(({ source }) => source === 'given')
  if (given !== undefined) return given
  const [known, stored] = subscriptions === null ? [[], []] : [await subscriptions.known(account), await subscriptions.signingKeys()]
  const keyed = known.flatMap((one) => {
    const found = stored.find(({ webhookUri, current }) => current && webhookUri === one.uri)
    return found === undefined ? [] : [{ ...one, key: found.key }]
  })
  const at = of.callbackUrl === undefined ? null : normalizeUrl(of.callbackUrl)
  const meant = keyed.filter(({ uri, callbackUrl }) => uri === of.uri || (at !== null && normalizeUrl(callbackUrl) === at))
  const candidates = meant.length > 0 ? meant : keyed
  const [only, another] = candidates
  const environment = atHand.find(({ source }) => source === 'environment')
  if (only !== undefined && (another === undefined || meant.length > 0) && (meant.length > 0 || environment === undefined)) {
    return { key: only.key, source: 'store', account: only.account, webhookUri: only.uri }
  }
  if (environment !== undefined) return environment
  if (only === undefined) throw new CalreconnectError('SETTING_MISSING', 'No signing key is known to sign with', { hint: HINT })
  throw new CalreconnectError('USAGE', `Several signing keys are stored (${candidates.length}), and nothing tells which to sign with`, {
    hint: `Pass --account. ${HINT}`,
  })
}
