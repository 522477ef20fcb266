// Calendly's groups: an organization's members, bundled. Asked for by the audit only.

import * as v from 'valibot'

import type { Group } from '../../core/calendly/model.ts'
import type { Caller } from './caller.ts'
import { PAGE_ROWS_MAX, readAllPages } from './pages.ts'
import { page } from './wire.ts'

const readGroupPage = page(v.object({ uri: v.pipe(v.string(), v.url()), name: v.optional(v.nullable(v.string()), '') }), (wire): Group => ({
  uri: wire.uri,
  name: wire.name ?? '',
}))

/** All pages. @see https://developer.calendly.com/api-docs list-groups */
export function listGroups(caller: Caller, organization: string, trustedOrigins: readonly string[]): Promise<readonly Group[]> {
  const asked = 'list groups'
  return readAllPages((pageToken) => {
    const paging = { count: String(PAGE_ROWS_MAX), ...(pageToken === null ? {} : { page_token: pageToken }) }
    return caller.read({ method: 'GET', path: '/groups', query: { organization, ...paging }, asked }, readGroupPage)
  }, trustedOrigins)
}
