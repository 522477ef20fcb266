// The rule of an audit about a place that two want: what was made here is replaced by somebody else's again and again.

import { identityOf, idOf } from '../calendly/identity.ts'
import { CONTESTED_FROM, lostAt } from '../plan/contest.ts'
import { newestFirst, ownUris } from '../plan/standing.ts'
import { takeOverCommand } from './fixes.ts'
import type { RuleFinding, Surroundings } from './surroundings.ts'

/** CONTESTED: one finding for each connection whose own place it is, while somebody else's stands there. */
export function auditContests({ desired, known, subscriptions, places }: Surroundings): RuleFinding[] {
  const own = ownUris(known ?? [])
  return (desired ?? []).flatMap(({ account, spec }): RuleFinding[] => {
    if (spec === null) return []
    const identity = identityOf(spec)
    const [rival] = (places.get(identity) ?? []).filter((one) => !own.has(one.uri)).sort(newestFirst)
    if (rival === undefined) return []
    const times = lostAt(identity, known ?? [], subscriptions).length
    if (times < CONTESTED_FROM) return []
    const message =
      `Something else manages ${rival.callbackUrl}: what was made here for ${account} was replaced by somebody else's ${times} times, ` +
      `now by ${idOf(rival.uri)}; share its signing key with webhooks keys add, or take the place over`
    return [{ code: 'CONTESTED', message, uris: [rival.uri], fix: takeOverCommand(account), fixNeedsReview: true }]
  })
}
