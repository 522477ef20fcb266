// The rules of an audit that compare subscriptions with each other, and with what the store desires.

import { deleteCommand, deleteSurplusCommand, NAMED_MAX, reconnectCommand } from './fixes.ts'
import type { DesiredOf, RuleFinding, Surroundings } from './surroundings.ts'
import { isFor, isWantedByOthers } from '../plan/standing.ts'
import { isUnderstood } from '../calendly/understood.ts'
import { identityOf, idOf, normalizeUrl, sameEvents } from '../calendly/identity.ts'

/** DUPLICATE: one finding for each set. What stays is named first. */
export function auditDuplicates({ duplicates, account, managed }: Surroundings): RuleFinding[] {
  return duplicates.map(({ kept, surplus }) => {
    const surplusUris = surplus.map(({ uri }) => uri)
    const events = kept.events.filter((event) => surplus.some((one) => one.events.includes(event)))
    const message = `${normalizeUrl(kept.callbackUrl)} is subscribed to ${events.join(', ')} ${surplus.length + 1} times; ${idOf(kept.uri)} can stay`
    const fix = deleteSurplusCommand(account, surplusUris)
    // A command for all duplicates does more than this one asks for.
    const fixNeedsReview = surplusUris.length > NAMED_MAX || surplusUris.some((uri) => !managed.has(uri))
    return { code: 'DUPLICATE', message, uris: [kept.uri, ...surplusUris], fix, fixNeedsReview }
  })
}

/** DRIFT: what a connection should have and has not, has otherwise, or still has. */
export function auditDrift(around: Surroundings): RuleFinding[] {
  return (around.desired ?? []).flatMap((desired) => [...ownDrift(desired, around), ...leftBehind(desired, around)])
}

function ownDrift({ account, spec }: DesiredOf, { ownOf, missing }: Surroundings): RuleFinding[] {
  if (spec === null) return []
  const own = ownOf.get(account)
  const where = `${spec.callbackUrl} in ${spec.scope} scope`
  const fix = reconnectCommand(account)
  // That it is gone is said by a rule of its own.
  if (own === undefined && missing.some((one) => identityOf(one) === identityOf(spec))) return []
  if (own === undefined)
    return [{ code: 'DRIFT', message: `${account} should have a webhook at ${where}; there is none`, uris: [], fix, fixNeedsReview: false }]
  // What is not understood is left alone by `reconnect` as well.
  if (!isUnderstood(own) || sameEvents(own.events, spec.events)) return []
  const message = `${account}'s webhook at ${where} has ${own.events.join(', ')} instead of ${spec.events.join(', ')}`
  return [{ code: 'DRIFT', message, uris: [own.uri], fix, fixNeedsReview: false }]
}

function leftBehind({ account, userUri, spec }: DesiredOf, around: Surroundings): RuleFinding[] {
  const { creatorGone, subscriptions, known } = around
  const mine = (known ?? []).filter((one) => one.isActive && one.origin === 'connection' && isFor(one, account))
  const made = new Set(mine.filter((one) => !isWantedByOthers(one, account)).map(({ uri }) => uri))
  const identity = spec === null ? null : identityOf(spec)
  const left = subscriptions.filter((one) => isUnderstood(one) && made.has(one.uri) && identityOf(one) !== identity)
  if (left.length === 0) return []
  const message = `${account} still has ${left.map(({ callbackUrl }) => callbackUrl).join(', ')}, desired no more`
  const uris = left.map(({ uri }) => uri)
  // Its own user may remove it no more.
  const isStranded = left.some((one) => one.creator === userUri && creatorGone(one) !== null)
  const fix = isStranded ? deleteCommand(around.account, uris) : reconnectCommand(account)
  return [{ code: 'DRIFT', message, uris, fix, fixNeedsReview: false }]
}
