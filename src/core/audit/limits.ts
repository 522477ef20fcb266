// The rule of an audit about how many there are. It explains how they came to be so many, and never offers to delete what works
// for somebody else, or what another finding says can stay.

import { deleteCommand, listCommand, NAMED_MAX } from './fixes.ts'
import { countOf, groupBy, placeName, placeOf } from './together.ts'
import type { RuleFinding, Surroundings } from './surroundings.ts'
import { normalizeUrl } from '../calendly/identity.ts'
import type { Subscription } from '../calendly/model.ts'
import { isUnderstood } from '../calendly/understood.ts'
import { createdAtMs } from '../plan/standing.ts'

const MONTH_MS = 30 * 86_400_000

/** TOO_MANY, in all and at one URL. */
export function auditLimits(around: Surroundings): RuleFinding[] {
  const { totalMax, perUrlMax, subscriptions } = around
  const findings: RuleFinding[] = []
  if (totalMax !== null && subscriptions.length > totalMax) {
    const message = `${countOf(subscriptions.length)} are more than the ${totalMax} of --max-total: ${accumulationOf(subscriptions, around)}`
    findings.push(tooMany(message, subscriptions, totalMax, around, []))
  }
  if (perUrlMax === null) return findings
  for (const [url, group] of groupBy(subscriptions, ({ callbackUrl }) => normalizeUrl(callbackUrl))) {
    if (group.length <= perUrlMax) continue
    const message = `${group.length} subscriptions at ${url} are more than the ${perUrlMax} of --max-per-url: ${accumulationOf(group, around)}`
    findings.push(tooMany(message, group, perUrlMax, around, ['--url', url]))
  }
  return findings
}

function tooMany(
  message: string,
  group: readonly Subscription[],
  max: number,
  around: Surroundings,
  where: readonly string[],
): RuleFinding {
  const uris = group.map(({ uri }) => uri)
  const excess = group.length - max
  const spare = group.filter((one) => canGo(one, around)).map(({ uri }) => uri)
  const isEnough = spare.length >= excess && excess <= NAMED_MAX
  const fix = isEnough ? deleteCommand(around.account, spare.slice(0, excess)) : listCommand(around.account, where)
  return { code: 'TOO_MANY', message, uris, fix, fixNeedsReview: !isEnough }
}

/** Ours to delete, and of no use: dead, or delivering again what another delivers. */
function canGo(one: Subscription, { managed, surplus, ownerOf }: Surroundings): boolean {
  return isUnderstood(one) && managed.has(one.uri) && !ownerOf.has(one.uri) && (one.state === 'disabled' || surplus.has(one.uri))
}

/** `3 of them made here, 40 duplicates, 2 disabled, 30 created in the last 30 days, most at *.ngrok.app (35)`. */
function accumulationOf(group: readonly Subscription[], { managed, surplus, nowMs }: Surroundings): string {
  const count = (test: (one: Subscription) => boolean): number => group.filter(test).length
  const fullest = [...groupBy(group, placeOf).values()].sort((a, b) => b.length - a.length).slice(0, 1)
  const duplicates = count(({ uri }) => surplus.has(uri))
  const disabled = count(({ state }) => state === 'disabled')
  return [
    `${count(({ uri }) => !managed.has(uri))} made elsewhere`,
    ...(duplicates > 0 ? [`${duplicates} that another makes superfluous`] : []),
    ...(disabled > 0 ? [`${disabled} disabled`] : []),
    `${count((one) => createdAtMs(one) > nowMs - MONTH_MS)} created in the last 30 days`,
    ...fullest.filter(({ length }) => length > 1 && length < group.length).map((most) => `most at ${placeName(most)} (${most.length})`),
  ].join(', ')
}
