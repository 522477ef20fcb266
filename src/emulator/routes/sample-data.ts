// GET /sample_webhook_data: a bare delivery body, made up for the caller's account.
import { requireScopeRole } from '../callers.ts'
import { EVENT_RULES } from '../events.ts'
import { wireTime } from '../clock.ts'
import { samplePayload } from '../payloads/sample.ts'
import { checkQuery, readOwner } from '../parameters.ts'
import { invalidArgument } from '../refusals.ts'
import type { Detail } from '../refusals.ts'
import type { Call, Route } from './route.ts'

export const sampleDataRoutes: readonly Route[] = [
  { method: 'GET', path: '/sample_webhook_data', oauthScope: 'webhooks:read', handle: getSample },
]

function getSample({ world, caller, request }: Call) {
  const { query } = request
  checkQuery(query, ['event', 'organization', 'scope', 'user', 'group'], world.switches.unknown_query)
  const wrong: Detail[] = []
  const event = query.get('event')
  const rule = event === null ? undefined : EVENT_RULES.get(event)
  if (event === null) wrong.push({ parameter: 'event', message: 'is missing' })
  else if (rule === undefined) wrong.push({ parameter: 'event', message: `must be one of: ${[...EVENT_RULES.keys()].join(', ')}` })
  const owner = readOwner((name) => query.get(name), wrong)
  if (owner !== null && rule !== undefined && !rule.scopes.includes(owner.scope))
    wrong.push({ parameter: 'event', message: `is not supported for ${owner.scope} scope` })
  if (owner === null || event === null || wrong.length > 0) throw invalidArgument(...wrong)
  requireScopeRole(world, caller, owner)
  const createdAt = wireTime(world.clock.nowMs(), 123)
  return {
    status: 200,
    json: { created_at: createdAt, created_by: caller.user.uri, event, payload: samplePayload(world, event, caller.user) },
  }
}
