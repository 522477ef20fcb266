// Which of the creates whose answer was lost did happen: found by looking at what is at Calendly now.
// Must not guess: a wrong match would store a wrong signing key. In doubt nothing is matched, and planning replaces what has no key.

import { identityOf, sameEvents } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import type { UnsettledCreate } from './model.ts'
import { createdAtMs } from './standing.ts'

/** The Date header, by which `startedAtMs` is measured, has whole seconds. */
const CLOCK_SLACK_MS = 2_000

export interface SettledCreate {
  readonly intent: UnsettledCreate
  /** Null: it never happened, or nobody can tell. */
  readonly subscription: Subscription | null
}

/**
 * For every intent the subscription that it made. One counts when it has the intent's identity and events, was not there before, was not
 * created earlier, and no other intent can claim it.
 * @param settled URIs whose origin is already on record (another process's, for instance): never matched
 * @param maker URI of the user who sent the creates: what Calendly says somebody else created is never matched
 */
export function settleCreates(
  unsettled: readonly UnsettledCreate[],
  observed: readonly Subscription[],
  settled: ReadonlySet<string> = new Set(),
  maker: string | null = null,
): SettledCreate[] {
  const mayBeTheirs = ({ creator }: Subscription): boolean => maker === null || creator === null || creator === maker
  const unexplained = observed.filter((one) => !settled.has(one.uri) && mayBeTheirs(one))
  const claims = unsettled.map((intent) => ({ intent, candidates: candidatesOf(intent, unexplained) }))
  const claimants = new Map<string, number>()
  for (const { candidates } of claims) {
    for (const { uri } of candidates) claimants.set(uri, (claimants.get(uri) ?? 0) + 1)
  }
  return claims.map(({ intent, candidates }) => {
    const [only, another] = candidates
    const certain = only !== undefined && another === undefined && claimants.get(only.uri) === 1
    return { intent, subscription: certain ? only : null }
  })
}

function candidatesOf(intent: UnsettledCreate, observed: readonly Subscription[]): Subscription[] {
  const before = new Set(intent.seenBefore)
  const identity = identityOf(intent)
  const possible = observed.filter(
    (one) =>
      !before.has(one.uri) &&
      identityOf(one) === identity &&
      sameEvents(one.events, intent.events) &&
      createdAtMs(one) >= intent.startedAtMs - CLOCK_SLACK_MS,
  )
  const verbatim = possible.filter(({ callbackUrl }) => callbackUrl === intent.callbackUrl)
  return verbatim.length > 0 ? verbatim : possible
}
