// How a callback URL is made another one for Calendly while it stays the same one for the receiver.

import { normalizeUrl } from '../calendly/identity.ts'

/** The query parameter that makes an otherwise equal callback URL another URL for Calendly. */
const OVERLAP_PARAMETER = 'calreconnect'

/** More than that are not looked at: each is a subscription that a run left behind. */
const TAKEN_MAX = 1_000

/**
 * The URL with `calreconnect=<n>`, n one more than the URL has now. The rest of the query keeps its exact text; a fragment goes.
 * @param taken URLs that have a subscription already: a run that died may have left one at the next URL
 */
export function nextOverlapUrl(callbackUrl: string, taken: readonly string[] = []): string {
  const inTheWay = new Set(taken.map(normalizeUrl))
  let next = oneFurther(callbackUrl)
  for (let tries = 0; inTheWay.has(normalizeUrl(next)) && tries < TAKEN_MAX; tries += 1) next = oneFurther(next)
  return next
}

function oneFurther(callbackUrl: string): string {
  const [beforeFragment = ''] = callbackUrl.split('#')
  const queryAt = beforeFragment.indexOf('?')
  const base = queryAt < 0 ? beforeFragment : beforeFragment.slice(0, queryAt)
  const pairs =
    queryAt < 0
      ? []
      : beforeFragment
          .slice(queryAt + 1)
          .split('&')
          .filter((pair) => pair !== '')
  const isOurs = (pair: string) => new RegExp(`^${OVERLAP_PARAMETER}=\\d{1,9}$`).test(pair)
  const current = Math.max(0, ...pairs.filter(isOurs).map((pair) => Number(pair.slice(OVERLAP_PARAMETER.length + 1))))
  return `${base}?${[...pairs.filter((pair) => !isOurs(pair)), `${OVERLAP_PARAMETER}=${current + 1}`].join('&')}`
}
