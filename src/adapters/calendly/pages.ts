// Reads a list page by page, whole or not at all, and never for ever: half a list would lead to writes. Knows no resource.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Page } from './wire.ts'

/** Calendly's largest page. */
const PAGE_ROWS_MAX = 100
/** 100,000 rows: far beyond what an organization has, and an end for a server that never stops. */
const PAGES_MAX = 1_000

type Query = Readonly<Record<string, string>>

export interface PagedList<T> {
  /** Asks for one page. */
  readonly ask: (query: Query) => Promise<Page<T>>
  /** What every page is asked for with, besides its size and token. */
  readonly query: Query
  /** Where the list is; nobody is sent anywhere else. */
  readonly path: string
  readonly apiUrl: URL
  readonly onPage?: ((rows: number) => void) | undefined
}

/** The origin that Calendly's URIs have wherever requests are sent: they are identifiers. */
export const URI_ORIGIN = 'https://api.calendly.com'

/**
 * All rows of all pages, each URI once: rows may move from one page to the next while reading. Pages are asked for by token, which
 * `next_page` has as well. Where a token is refused, the query of `next_page` is asked for instead, at the same place.
 * @throws UNEXPECTED_ANSWER for an announced page that cannot be had, a foreign one, one seen before, or too many
 */
export async function readAllPages<T extends { readonly uri: string }>(list: PagedList<T>): Promise<T[]> {
  const rows = new Map<string, T>()
  const seen = new Set<string>()
  let next: Next | null = null
  let followsLinks = false
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const read: Read<T> = await readPage(list, next, followsLinks)
    followsLinks = read.followed
    for (const row of read.page.rows) rows.set(row.uri, row)
    list.onPage?.(read.page.rows.length)
    next = nextOf(read.page, list)
    if (next === null) return [...rows.values()]
    if (seen.has(next.token)) throw new CalreconnectError('UNEXPECTED_ANSWER', 'Calendly gave the same page token twice')
    seen.add(next.token)
  }
  throw new CalreconnectError('UNEXPECTED_ANSWER', `Calendly's list has more than ${PAGES_MAX} pages`)
}

interface Next {
  readonly token: string
  /** The query of `next_page`, where there is one. */
  readonly link: Query | null
}

interface Read<T> {
  readonly page: Page<T>
  /** By the link, since the token alone is not taken. */
  readonly followed: boolean
}

async function readPage<T>({ ask, query }: PagedList<T>, next: Next | null, followsLinks: boolean): Promise<Read<T>> {
  const sized = { ...query, count: String(PAGE_ROWS_MAX) }
  if (next === null) return { page: await ask(sized), followed: false }
  if (followsLinks && next.link !== null) return { page: await ask(next.link), followed: true }
  try {
    return { page: await ask({ ...sized, page_token: next.token }), followed: false }
  } catch (error) {
    const isRefused = error instanceof CalreconnectError && error.code === 'CALENDLY_BAD_REQUEST'
    if (!isRefused || next.link === null) throw error
    return { page: await ask(next.link), followed: true }
  }
}

/** Null: that was the last page, and both fields say so. */
function nextOf<T>({ nextPage, nextPageToken }: Page<T>, list: PagedList<T>): Next | null {
  const url = nextPage === null || nextPage.trim() === '' ? null : pinned(nextPage, list)
  const token = nextPageToken === null || nextPageToken === '' ? (url?.searchParams.get('page_token') ?? '') : nextPageToken
  if (token !== '') return { token, link: url === null ? null : Object.fromEntries(url.searchParams) }
  if (url === null) return null
  throw new CalreconnectError('UNEXPECTED_ANSWER', 'Calendly announces another page of the list and does not say how to ask for it')
}

/** Somebody in between would send us, and with a careless client the token, elsewhere. */
function pinned(nextPage: string, { path, apiUrl }: PagedList<unknown>): URL {
  const url = URL.canParse(nextPage) ? new URL(nextPage) : null
  const origin = url?.origin ?? nextPage.slice(0, 100)
  if (url === null || (origin !== URI_ORIGIN && origin !== apiUrl.origin)) {
    throw new CalreconnectError('UNEXPECTED_ANSWER', `The next page of the list is at a foreign host, ${origin}`)
  }
  if (url.pathname !== path && url.pathname !== apiUrl.pathname.replace(/\/$/, '') + path) {
    throw new CalreconnectError('UNEXPECTED_ANSWER', `The next page of the list is at another place, ${url.pathname.slice(0, 100)}`)
  }
  return url
}
