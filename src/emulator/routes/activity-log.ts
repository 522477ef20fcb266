// GET /activity_log_entries: for owners and admins of an enterprise. Shape: OpenAPI of 2023-04.
import { requireAdmin } from '../callers.ts'
import type { Activity } from '../entities.ts'
import { permissionDenied } from '../refusals.ts'
import type { State } from '../state.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const activityLogRoutes: readonly Route[] = [
  { method: 'GET', path: '/activity_log_entries', oauthScope: 'activity_log:read', handle: listActivities },
]

const PARAMETERS = [
  'organization',
  'search_term',
  'actor',
  'sort',
  'min_occurred_at',
  'max_occurred_at',
  'page_token',
  'count',
  'namespace',
  'action',
]
const COUNTED_MAX = 1_000

function listActivities(call: Call) {
  const { world, caller } = call
  const query = new Query(call, PARAMETERS)
  const organization = query.uri('organization', 'organizations', true)
  const actor = query.uri('actor', 'users')
  const namespace = query.text('namespace')
  const action = query.text('action')
  const term = query.text('search_term')?.toLowerCase() ?? null
  const minMs = query.timeMs('min_occurred_at')
  const maxMs = query.timeMs('max_occurred_at')
  const { descending } = query.sort(['occurred_at', 'action', 'namespace'])
  query.done()
  requireAdmin(world, caller, organization ?? '')
  if (world.state.organizations.get(organization ?? '')?.plan !== 'enterprise')
    throw permissionDenied('Please upgrade your Calendly account to Enterprise.')
  const rows = [...world.state.activities.values()].filter((row) => {
    const atMs = Date.parse(row.occurredAt)
    return (
      row.organization === organization &&
      (actor === null || row.actor === actor) &&
      (namespace === null || row.namespace === namespace) &&
      (action === null || row.action === action) &&
      (term === null || JSON.stringify(wireActivity(world.state, row)).toLowerCase().includes(term)) &&
      (minMs === null || atMs > minMs) &&
      (maxMs === null || atMs < maxMs)
    )
  })
  const key = (row: Activity) => `${row.occurredAt} ${row.uri}`
  const page = listAnswer(call, { rows, key, wire: (row) => wireActivity(world.state, row), descending })
  const newest =
    rows
      .map((row) => row.occurredAt)
      .sort()
      .at(-1) ?? null
  const totals = {
    last_event_time: newest,
    total_count: Math.min(rows.length, COUNTED_MAX),
    exceeds_max_total_count: rows.length > COUNTED_MAX,
  }
  return { ...page, json: { ...Object(page.json), ...totals } }
}

function wireActivity(state: State, row: Activity): Record<string, unknown> {
  const user = row.actor === null ? undefined : state.users.get(row.actor)
  const role = row.actor === null ? undefined : state.membershipOf(row.actor, row.organization)?.role
  return {
    action: row.action,
    actor:
      row.actor === null
        ? { type: 'System' }
        : {
            alternative_identifier: user?.email ?? '',
            display_name: user?.name ?? '',
            organization: { role: role === undefined ? '' : role[0]?.toUpperCase() + role.slice(1), uri: row.organization },
            type: 'User',
            uri: row.actor,
          },
    details: row.details,
    fully_qualified_name: `${row.namespace}.${row.action}`,
    namespace: row.namespace,
    occurred_at: row.occurredAt,
    organization: row.organization,
    uri: row.uri,
  }
}
