// GET /routing_forms, /routing_form_submissions, and one of each. For owners and admins. Shapes: OpenAPI of 2023-04.
import { requireAdmin } from '../callers.ts'
import { API_ORIGIN } from '../lookup.ts'
import { checkQuery } from '../parameters.ts'
import { wireRoutingForm, wireSubmission } from '../payloads/routing-form.ts'
import { notFound } from '../refusals.ts'
import { listAnswer, Query } from './listing.ts'
import type { Call, Route } from './route.ts'

export const routingFormRoutes: readonly Route[] = [
  { method: 'GET', path: '/routing_forms', oauthScope: 'routing_forms:read', handle: listForms },
  { method: 'GET', path: '/routing_forms/{id}', oauthScope: 'routing_forms:read', handle: getForm },
  { method: 'GET', path: '/routing_form_submissions', oauthScope: 'routing_forms:read', handle: listSubmissions },
  { method: 'GET', path: '/routing_form_submissions/{id}', oauthScope: 'routing_forms:read', handle: getSubmission },
]

function listForms(call: Call) {
  const { world, caller } = call
  const query = new Query(call, ['organization', 'count', 'page_token', 'sort'])
  const organization = query.uri('organization', 'organizations', true)
  const { descending } = query.sort(['created_at'])
  query.done()
  requireAdmin(world, caller, organization ?? '')
  const rows = [...world.state.routingForms.values()].filter((row) => row.organization === organization)
  return listAnswer(call, { rows, key: byCreation, wire: wireRoutingForm, descending })
}

function getForm(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  return { status: 200, json: { resource: wireRoutingForm(reachable(call, `${API_ORIGIN}/routing_forms/${call.id}`)) } }
}

function listSubmissions(call: Call) {
  const query = new Query(call, ['form', 'count', 'page_token', 'sort'])
  const form = query.uri('form', 'routing_forms', true)
  const { descending } = query.sort(['created_at'])
  query.done()
  const { uri } = reachable(call, form ?? '')
  const rows = [...call.world.state.submissions.values()].filter((row) => row.routingForm === uri)
  return listAnswer(call, { rows, key: byCreation, wire: wireSubmission, descending })
}

function getSubmission(call: Call) {
  checkQuery(call.request.query, [], call.world.switches.unknown_query)
  const row = call.world.state.submissions.get(`${API_ORIGIN}/routing_form_submissions/${call.id}`)
  if (row === undefined) throw notFound()
  reachable(call, row.routingForm)
  return { status: 200, json: { resource: wireSubmission(row) } }
}

/** @throws Refusal 404, or 403 for those who are no admin there */
function reachable({ world, caller }: Call, uri: string) {
  const form = world.state.routingForms.get(uri)
  if (form === undefined) throw notFound()
  requireAdmin(world, caller, form.organization)
  return form
}

function byCreation(row: { createdAt: string; uri: string }): string {
  return `${row.createdAt} ${row.uri}`
}
