// Which of the creates whose answer was lost did happen: found by looking at what is at Calendly now.
// Must not guess: a wrong match would store a wrong signing key. In doubt about whose one is, nothing is matched; in doubt about its key
// only, it is ours with a key that nobody knows.

import { identityOf, sameEvents } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import type { UnsettledCreate } from './model.ts'
import { createdAtMs, newestFirst } from './standing.ts'

/** The Date header, by which `startedAtMs` is measured, has whole seconds. */
const CLOCK_SLACK_MS = 2_000

export interface SettledCreate {
  readonly intent: UnsettledCreate
  /** Null: it never happened, or nobody can tell. */
  readonly subscription: Subscription | null
  /** Others of our intents that may have made it instead: it is ours, and its key is the intent's only if they all have the same. */
  readonly rivals: readonly UnsettledCreate[]
}

/**
 * For every intent the subscription that it made. One counts when it has the intent's identity and events, was not there before, was not
 * created earlier, and there are not more that fit than intents which they could be of.
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
  const found = new Map<UnsettledCreate, SettledCreate>()
  for (const { intents, candidates } of tangles(unsettled, unexplained)) {
    if (candidates.length > intents.length) continue
    // Which one belongs to which does not matter where their keys are the same, and is not said where they are not.
    const newest = intents.toSorted((a, b) => b.startedAtMs - a.startedAtMs)
    for (const [index, subscription] of candidates.toSorted(newestFirst).entries()) {
      const intent = newest[index]
      if (intent !== undefined) found.set(intent, { intent, subscription, rivals: intents.filter((one) => one !== intent) })
    }
  }
  return unsettled.map((intent) => found.get(intent) ?? { intent, subscription: null, rivals: [] })
}

interface Tangle {
  readonly intents: readonly UnsettledCreate[]
  readonly candidates: readonly Subscription[]
}

/** Intents and candidates that can be told from all others, but not from each other. */
function tangles(unsettled: readonly UnsettledCreate[], observed: readonly Subscription[]): readonly Tangle[] {
  let found: Tangle[] = []
  for (const intent of unsettled) {
    const candidates = candidatesOf(intent, observed)
    const touched = found.filter((one) => one.candidates.some((candidate) => candidates.includes(candidate)))
    const tangle = {
      intents: [...touched.flatMap(({ intents }) => intents), intent],
      candidates: [...new Set([...touched.flatMap((one) => one.candidates), ...candidates])],
    }
    found = [...found.filter((one) => !touched.includes(one)), tangle]
  }
  return found
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
