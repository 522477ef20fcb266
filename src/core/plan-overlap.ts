// How a callback URL is made another one for Calendly while it stays the same one for the receiver.

/** The query parameter that makes an otherwise equal callback URL another URL for Calendly. */
const OVERLAP_PARAMETER = 'calreconnect'

/**
 * The URL with `calreconnect=<n>`, n one more than the URL has now. The rest of the query keeps its exact text; a fragment goes.
 */
export function nextOverlapUrl(callbackUrl: string): string {
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
