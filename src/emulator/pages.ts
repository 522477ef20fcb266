// Cuts a sorted list into Calendly's pages: `count`, `page_token`, and a `pagination` of always five keys.
// Knows nothing of what the rows are.
import { API_ORIGIN } from './lookup.ts'
import type { PageTokens } from './page-tokens.ts'
import { invalidArgument } from './refusals.ts'

const COUNT_DEFAULT = 20
const COUNT_MAX = 100

/** What a page is cut from. `key` orders like the rows do and tells each from the others. */
export interface Listing<T> {
  readonly path: string
  readonly query: URLSearchParams
  readonly rows: readonly T[]
  readonly key: (row: T) => string
  readonly wire: (row: T) => unknown
  readonly paging: 'keyset' | 'offset'
  readonly descending?: boolean
}

/** One page of a list. @throws Refusal 400 for a count out of 1-100 or a token that is not this query's */
export function cutPage<T>(pages: PageTokens, listing: Listing<T>): { collection: unknown[]; pagination: Record<string, unknown> } {
  const { rows, query } = listing
  const count = readCount(query.get('count'))
  const bound = boundQuery(query)
  const start = startOf(pages, listing, bound, count)
  const shown = rows.slice(start, start + count)
  const last = shown.at(-1)
  const first = shown[0]
  const nextToken =
    last !== undefined && start + shown.length < rows.length
      ? pages.issue({ query: bound, direction: 'after', row: listing.key(last), offset: start + shown.length })
      : null
  const previousToken =
    first !== undefined && start > 0
      ? pages.issue({ query: bound, direction: 'before', row: listing.key(first), offset: Math.max(0, start - count) })
      : null
  return {
    collection: shown.map(listing.wire),
    pagination: {
      count: shown.length,
      next_page: nextToken === null ? null : pageUrl(listing.path, query, nextToken),
      next_page_token: nextToken,
      previous_page: previousToken === null ? null : pageUrl(listing.path, query, previousToken),
      previous_page_token: previousToken,
    },
  }
}

function readCount(given: string | null): number {
  if (given === null) return COUNT_DEFAULT
  if (!/^\d{1,9}$/.test(given)) throw invalidArgument({ parameter: 'count', message: 'must be an integer' })
  const count = Number(given)
  if (count < 1) throw invalidArgument({ parameter: 'count', message: 'must be greater than or equal to 1' })
  if (count > COUNT_MAX) throw invalidArgument({ parameter: 'count', message: `must be less than or equal to ${COUNT_MAX}` })
  return count
}

/** The parameters that a token belongs to: all but itself and the page's size. */
function boundQuery(query: URLSearchParams): string {
  const bound = new URLSearchParams(query)
  bound.delete('page_token')
  bound.delete('count')
  bound.sort()
  return bound.toString()
}

function startOf<T>(pages: PageTokens, listing: Listing<T>, bound: string, count: number): number {
  const token = listing.query.get('page_token')
  if (token === null) return 0
  const position = pages.find(token, bound)
  if (position === undefined) throw invalidArgument({ parameter: 'page_token', message: 'is invalid' })
  if (listing.paging === 'offset') return position.offset
  const { rows, key, descending = false } = listing
  const beyond = (row: T) => (descending ? key(row) < position.row : key(row) > position.row)
  const reached = (row: T) => beyond(row) || key(row) === position.row
  const index = rows.findIndex(position.direction === 'after' ? beyond : reached)
  const found = index === -1 ? rows.length : index
  return position.direction === 'after' ? found : Math.max(0, found - count)
}

/** A full URL with every parameter, percent-encoded, in alphabetical order. */
function pageUrl(path: string, query: URLSearchParams, token: string): string {
  const parameters = new Map([...query, ['page_token', token] as const])
  if (!parameters.has('count')) parameters.set('count', String(COUNT_DEFAULT))
  const pairs = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${API_ORIGIN}${path}?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}
