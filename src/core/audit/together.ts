// Which subscriptions are one thing to whoever reads about them: the tunnels of one provider, what one gone creator left, one host.

import { ephemeralDomainOf, hostOf } from '../calendly/callback-host.ts'
import type { Subscription } from '../calendly/model.ts'

/** At most so many are named as examples. */
const EXAMPLES_MAX = 3

/** What has something in common: at least one. */
export type Group<T> = readonly [T, ...T[]]

/** In the order in which their first ones come. */
export function groupBy<T>(items: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, Group<T>> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of items) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

/** The host; of tunnels, what all of one provider have in common. */
export function placeOf({ callbackUrl }: Pick<Subscription, 'callbackUrl'>): string {
  return ephemeralDomainOf(callbackUrl) ?? hostOf(callbackUrl) ?? callbackUrl
}

/** The host that all of these have, or how their hosts end. */
export function placeName(group: Group<Subscription>): string {
  const [first] = group
  const host = hostNameOf(first)
  return group.every((one) => hostNameOf(one) === host) ? host : `*.${placeOf(first)}`
}

/** `1 subscription`, `4,000 subscriptions at 4,000 hosts, such as a.ngrok.app and b.ngrok.app`. */
export function countedAt(group: readonly Subscription[]): string {
  const hosts = [...new Set(group.map(hostNameOf))]
  const counted = countOf(group.length)
  if (hosts.length < 2) return counted
  const examples = hosts.slice(0, EXAMPLES_MAX)
  return `${counted} at ${hosts.length.toLocaleString('en-US')} hosts, such as ${examples.slice(0, -1).join(', ')} and ${examples.at(-1)}`
}

function hostNameOf({ callbackUrl }: Subscription): string {
  return hostOf(callbackUrl) ?? callbackUrl
}

export function countOf(number: number): string {
  return number === 1 ? '1 subscription' : `${number.toLocaleString('en-US')} subscriptions`
}
