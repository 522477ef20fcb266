// Reads a list page by page, and never for ever. Knows no resource.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Page } from './wire.ts'

/** Calendly's largest page. */
export const PAGE_ROWS_MAX = 100
/** 100,000 rows: far beyond what an organization has, and an end for a server that never stops. */
const PAGES_MAX = 1_000

/**
 * All rows of all pages, each URI once: rows may move from one page to the next while reading.
 * @param readPage asks for one page by its token, the first by null
 * @param trustedOrigins where a `next_page` may point; it is never followed, only checked
 * @throws UNEXPECTED_ANSWER for a foreign next page, a token seen before, or too many pages
 */
export async function readAllPages<T extends { readonly uri: string }>(
  readPage: (pageToken: string | null) => Promise<Page<T>>,
  trustedOrigins: readonly string[],
  onPage?: (rows: number) => void,
): Promise<T[]> {
  const rows = new Map<string, T>()
  const tokensSeen = new Set<string>()
  let pageToken: string | null = null
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const page: Page<T> = await readPage(pageToken)
    for (const row of page.rows) rows.set(row.uri, row)
    onPage?.(page.rows.length)
    if (page.nextPage !== null) refuseForeign(page.nextPage, trustedOrigins)
    pageToken = page.nextPageToken
    if (pageToken === null || pageToken === '') return [...rows.values()]
    if (tokensSeen.has(pageToken)) throw new CalreconnectError('UNEXPECTED_ANSWER', 'Calendly gave the same page token twice')
    tokensSeen.add(pageToken)
  }
  throw new CalreconnectError('UNEXPECTED_ANSWER', `Calendly's list has more than ${PAGES_MAX} pages`)
}

/** Somebody in between would send us, and with a careless client the token, elsewhere. */
function refuseForeign(nextPage: string, trustedOrigins: readonly string[]): void {
  const origin = URL.canParse(nextPage) ? new URL(nextPage).origin : nextPage.slice(0, 100)
  if (trustedOrigins.includes(origin)) return
  throw new CalreconnectError('UNEXPECTED_ANSWER', `The next page of the list is at a foreign host, ${origin}`)
}
