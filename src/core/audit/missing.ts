// The rule of an audit about what is managed and no longer there.

import { createCommand, reconnectCommand } from './fixes.ts'
import type { RuleFinding, Surroundings } from './surroundings.ts'
import { identityOf, idOf } from '../calendly/identity.ts'
import { groupBy } from './together.ts'

/** MISSING: one finding for each place. What stands there by now, whoever made it, is another rule's business. */
export function auditMissing({ missing, desired, subscriptions, account }: Surroundings): RuleFinding[] {
  const taken = new Set(subscriptions.map(identityOf))
  const places = groupBy(missing, identityOf)
  const wantedBy = groupBy(desired ?? [], ({ spec }) => (spec === null ? '' : identityOf(spec)))
  return [...places].flatMap(([identity, gone]) => {
    if (taken.has(identity)) return []
    const last = gone.at(-1) ?? gone[0]
    const uris = gone.map(({ uri }) => uri)
    const wanting = wantedBy.get(identity)?.[0]
    const ids = uris.map(idOf).join(', ')
    const message = `The subscription for ${last.callbackUrl} in ${last.scope} scope (${ids}) is gone at Calendly: it was deleted there, or its receiver answered 410, on which Calendly deletes it`
    const fix = wanting === undefined ? createCommand(last.account ?? account, last) : reconnectCommand(wanting.account)
    return { code: 'MISSING', message, uris, fix, fixNeedsReview: false }
  })
}
