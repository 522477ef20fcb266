// Any request of Calendly's API, for `api`: what a person asks for, with the token, the retries and the limits of every other request.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AnyRequests } from '../../core/ports/calendly.ts'
import { redactHeaders } from '../../core/secrets/redact.ts'
import { isJsonObject } from '../http/json-text.ts'
import { openCaller } from './caller.ts'
import type { CallerOptions } from './caller.ts'
import { readAllPages, URI_ORIGIN } from './pages.ts'

type Row = Readonly<Record<string, unknown>>

export function openRequests(options: CallerOptions): AnyRequests {
  const caller = openCaller(options)
  const { apiUrl } = options
  return {
    async send({ method, path, query, body }) {
      const asked = `${method} ${path}`
      const { answer, json } = await caller.answer({ method, path, query, ...(body === null ? {} : { body }), asked })
      return { status: answer.status, headers: redactHeaders(answer.headers, options.http.secrets), json }
    },

    async pages({ path, query }, onRows) {
      const asked = `GET ${path}`
      const seen = new Set<string>()
      // Rows may move to the next page while it is read, and are told once. What has no URI is told as often as it comes.
      const isNew = ({ uri }: Row): boolean => typeof uri !== 'string' || !(seen.has(uri) || seen.add(uri).size === 0)
      const ask = async (of: Readonly<Record<string, string>>) => {
        const page = pageOf((await caller.answer({ method: 'GET', path, query: of, asked })).json, path)
        onRows(page.rows.filter(isNew))
        return { ...page, rows: [] }
      }
      await readAllPages({ ask, query, path, apiUrl })
    },

    pathOf: (text) => pathOf(text, apiUrl),
  }
}

/** @throws USAGE for an answer that is no list */
function pageOf(json: unknown, path: string) {
  const collection = isJsonObject(json) ? json['collection'] : undefined
  if (!isJsonObject(json) || !Array.isArray(collection)) {
    throw new CalreconnectError('USAGE', `${path} is no list: there is nothing to page through`, {
      hint: 'Leave out --paginate and --ndjson',
    })
  }
  const pagination = json['pagination']
  const text = (name: string): string | null => {
    const value = isJsonObject(pagination) ? pagination[name] : null
    return typeof value === 'string' ? value : null
  }
  return { rows: collection.filter(isJsonObject), nextPage: text('next_page'), nextPageToken: text('next_page_token') }
}

/**
 * Path and query of what a person gave: a path, with or without its first slash, or one of Calendly's URIs.
 * @throws INVALID_URL for anything on another origin: the token goes to Calendly alone
 */
function pathOf(text: string, apiUrl: URL): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const isUrl = /^[a-z][a-z\d+.-]*:|^[\\/]{2}/i.test(text)
  const url = URL.canParse(text, URI_ORIGIN) ? new URL(isUrl ? text : text.replace(/^\/?/, '/'), URI_ORIGIN) : null
  if (url === null || (url.origin !== URI_ORIGIN && url.origin !== apiUrl.origin) || /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(text)) {
    throw new CalreconnectError('INVALID_URL', `Not a path of Calendly's API: ${text}`, {
      hint: `A path such as /users/me, or a URI below ${URI_ORIGIN}`,
    })
  }
  const prefix = isUrl && url.origin === apiUrl.origin ? apiUrl.pathname.replace(/\/$/, '') : ''
  const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : url.pathname
  return { path, query: Object.fromEntries(url.searchParams) }
}
