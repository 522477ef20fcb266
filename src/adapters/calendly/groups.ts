// Calendly's groups: an organization's members, bundled. Asked for by the audit only.

import * as v from 'valibot'

import type { Group } from '../../core/calendly/model.ts'
import type { Caller } from './caller.ts'
import { readAllPages } from './pages.ts'
import { page } from './wire.ts'

const readGroupPage = page(v.object({ uri: v.pipe(v.string(), v.url()), name: v.optional(v.nullable(v.string()), '') }), (wire): Group => ({
  uri: wire.uri,
  name: wire.name ?? '',
}))

/** All pages. @see https://developer.calendly.com/api-docs list-groups */
export function listGroups(caller: Caller, organization: string, apiUrl: URL): Promise<readonly Group[]> {
  const path = '/groups'
  const ask = (query: Readonly<Record<string, string>>) => caller.read({ method: 'GET', path, query, asked: 'list groups' }, readGroupPage)
  return readAllPages({ ask, query: { organization }, path, apiUrl })
}
