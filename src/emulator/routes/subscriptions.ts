// GET (list and one) and DELETE /webhook_subscriptions. Creating has a file of its own.
import { requireScopeRole } from '../callers.ts'
import type { Subscription } from '../entities.ts'
import { API_ORIGIN } from '../lookup.ts'
import { cutPage } from '../pages.ts'
import { checkQuery, readOwner } from '../parameters.ts'
import { invalidArgument, notFound, PERMISSION, permissionDenied } from '../refusals.ts'
import type { Detail } from '../refusals.ts'
import { wireSubscription } from '../wire.ts'
import type { World } from '../world.ts'
import type { Call, Route } from './route.ts'

export const subscriptionRoutes: readonly Route[] = [
  { method: 'GET', path: '/webhook_subscriptions', oauthScope: 'webhooks:read', handle: listSubscriptions },
  { method: 'GET', path: '/webhook_subscriptions/{id}', oauthScope: 'webhooks:read', handle: getSubscription },
  { method: 'DELETE', path: '/webhook_subscriptions/{id}', oauthScope: 'webhooks:write', handle: deleteSubscription },
]

const PARAMETERS = ['organization', 'scope', 'user', 'group', 'count', 'page_token', 'sort']

function listSubscriptions({ world, caller, request }: Call) {
  const { query } = request
  checkQuery(query, PARAMETERS, world.switches.unknown_query)
  const wrong: Detail[] = []
  const owner = readOwner((name) => query.get(name), wrong, world.switches.accept_user_in_organization_list)
  const sort = query.get('sort') ?? 'created_at:asc'
  if (sort !== 'created_at:asc' && sort !== 'created_at:desc') wrong.push({ parameter: 'sort', message: 'is invalid' })
  if (owner === null || wrong.length > 0) throw invalidArgument(...wrong)
  requireScopeRole(world, caller, owner)
  const all = world.state.subscriptionsOf(owner.organization, owner.scope, owner.user ?? owner.group)
  const shown = all.filter((row) => visible(world, row) && (!world.switches.isolate_by_app || row.clientId === caller.clientId))
  const descending = sort === 'created_at:desc'
  const json = cutPage(world.pages, {
    path: request.path,
    query,
    rows: descending ? shown.toReversed() : shown,
    key: (row) => `${row.createdAt} ${String(row.sequence).padStart(9, '0')}`,
    wire: wireSubscription,
    paging: world.switches.paging,
    descending,
  })
  return { status: 200, json }
}

/** A row may be kept back for a time or for some lists, as a list that lags behind a create would. */
function visible(world: World, row: Subscription): boolean {
  if (row.hiddenLists > 0) {
    row.hiddenLists -= 1
    return false
  }
  return row.hiddenUntilMs <= world.clock.nowMs()
}

function getSubscription(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireSubscription(reachable(call)) } }
}

function deleteSubscription(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  call.world.state.removeSubscription(reachable(call).uri)
  return { status: 204 }
}

/** The subscription of the path. @throws Refusal 404, or 403 for those who may not have it */
function reachable({ world, caller, id }: Call): Subscription {
  const row = world.state.subscription(`${API_ORIGIN}/webhook_subscriptions/${id}`)
  if (row === undefined) throw notFound()
  if (world.switches.isolate_by_app && row.clientId !== caller.clientId) throw notFound()
  if (row.scope === 'user' && row.user !== caller.user.uri) throw permissionDenied(PERMISSION.notAdmin)
  requireScopeRole(world, caller, row)
  return row
}
