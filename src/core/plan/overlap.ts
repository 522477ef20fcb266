// How a callback URL is made another one for Calendly while it stays the same one for the receiver.

import { flagsFor } from '../calendly/callback-host.ts'
import { normalizeUrl } from '../calendly/identity.ts'
import type { Connection } from '../connection/model.ts'
import { next, type NextCommand } from '../errors/advice.ts'

/** The query parameter that makes an otherwise equal callback URL another URL for Calendly. */
const OVERLAP_PARAMETER = 'calreconnect'

/**
 * The URL with `calreconnect=<n>`, n one more than the URL has now. The rest of the query keeps its exact text; a fragment goes.
 * @param taken URLs that have a subscription already: a run that died may have left one at the next URL
 */
export function nextOverlapUrl(callbackUrl: string, taken: readonly string[] = []): string {
  const inTheWay = new Set(taken.map(normalizeUrl))
  let further = oneFurther(callbackUrl)
  while (inTheWay.has(normalizeUrl(further))) further = oneFurther(further)
  return further
}

function oneFurther(callbackUrl: string): string {
  const [beforeFragment = ''] = callbackUrl.split('#')
  const [base = '', ...query] = beforeFragment.split('?')
  const pairs = query
    .join('?')
    .split('&')
    .filter((pair) => pair !== '')
  const isOurs = (pair: string) => new RegExp(`^${OVERLAP_PARAMETER}=\\d{1,9}$`).test(pair)
  const current = Math.max(0, ...pairs.filter(isOurs).map((pair) => Number(pair.slice(OVERLAP_PARAMETER.length + 1))))
  return `${base}?${[...pairs.filter((pair) => !isOurs(pair)), `${OVERLAP_PARAMETER}=${current + 1}`].join('&')}`
}

/**
 * What somebody can have who is no owner or admin any more.
 * @param options.isTaken one of organization scope is left at the URL: Calendly may take a URL once from one user, whatever the scope
 */
export function inUserScope(
  { name, desired }: Pick<Connection, 'name' | 'desired'>,
  { isTaken }: { readonly isTaken: boolean },
): NextCommand {
  const url = desired?.callbackUrl
  const elsewhere = url === undefined || !isTaken ? [] : ['--callback-url', nextOverlapUrl(url), ...flagsFor(url)]
  return next('reconnect', name, '--scope', 'user', ...elsewhere)
}
