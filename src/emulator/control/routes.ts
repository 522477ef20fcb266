// The control API under /_emulator/: what a test may do behind the wire's back, over HTTP. `route-table.ts` says what each route does.
import * as v from 'valibot'
import { tokenAnswer } from '../oauth/grants.ts'
import { wireTime } from '../clock.ts'
import type { Delivery } from '../entities.ts'
import type { EmulatorInfo } from '../info.ts'
import { EVENT_RULES } from '../events.ts'
import { notFound, type Answer } from '../refusals.ts'
import { jsonBody, type EmulatorRequest } from '../request.ts'
import { BadInput, parseInput } from '../seed-schema.ts'
import type { Control } from './control.ts'
import type { Asked, Handler } from './handler.ts'
import { peopleHandlers } from './people-routes.ts'
import { CONTROL_ROUTES } from './route-table.ts'
import { schedulingHandlers } from './scheduling-routes.ts'

const text = v.pipe(v.string(), v.nonEmpty('must be filled'))
const tokensOf = v.strictObject({ user: v.optional(text), client_id: v.optional(text) })
const subscriptionSchema = v.strictObject({
  uri: text,
  state: v.exactOptional(v.picklist(['active', 'disabled'])),
  retry_started_at: v.exactOptional(v.nullable(text)),
  creator: v.exactOptional(v.nullable(text)),
  hidden_ms: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
  hidden_lists: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
})

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET /', () => ({ routes: CONTROL_ROUTES.map(({ method, path }) => `${method} /_emulator${path}`), table: CONTROL_ROUTES })],
  ['GET /info', ({ info }) => info],
  ['GET /state', ({ control }) => control.state.snapshot(control.clock.nowMs())],
  ['POST /seed', ({ control, body }) => (control.seed(body), summary(control))],
  ['POST /add', ({ control, body }) => (control.add(body), summary(control))],
  ['POST /reset', ({ control }) => (control.reset(), summary(control))],
  ['GET /time', ({ control }) => time(control)],
  ['POST /time', advance],
  ['GET /requests', ({ control }) => control.requests.list()],
  ['DELETE /requests', ({ control }) => (control.requests.clear(), {})],
  ['GET /faults', ({ control }) => control.faults.list()],
  ['POST /faults', ({ control, body }) => (control.addFaults(body), control.faults.list())],
  ['DELETE /faults', ({ control }) => (control.faults.clear(), {})],
  ['GET /switches', ({ control }) => control.world.switches],
  ['PATCH /switches', ({ control, body }) => control.setSwitches(parseInput('switches', v.record(v.string(), v.unknown()), body))],
  ...schedulingHandlers,
  ['POST /events', emit],
  ['GET /deliveries', listDeliveries],
  ['GET /subscriptions', ({ control }) => control.subscriptions()],
  [
    'DELETE /subscriptions',
    ({ control, body }) => ({ removed: control.removeSubscription(parseInput('body', v.strictObject({ uri: text }), body).uri) }),
  ],
  ['PATCH /subscriptions', changeSubscription],
  ['GET /users', ({ control }) => [...control.state.users.values()]],
  ['GET /organizations', ({ control }) => [...control.state.organizations.values()]],
  ['GET /memberships', ({ control }) => [...control.state.memberships.values()]],
  ['GET /groups', ({ control }) => [...control.state.groups.values()]],
  ['GET /apps', ({ control }) => [...control.state.apps.values()]],
  ['GET /personal_access_tokens', ({ control }) => [...control.state.personalAccessTokens.values()]],
  ['GET /meetings', ({ control }) => [...control.state.meetings.values()]],
  ['GET /event_types', ({ control }) => [...control.state.eventTypes.values()]],
  ['GET /routing_forms', ({ control }) => [...control.state.routingForms.values()]],
  ['GET /grants', ({ control }) => [...control.state.grants.values()]],
  ...peopleHandlers,
  ['POST /tokens/issue', issue],
  ['POST /tokens/expire', ({ control, body }) => ({ expired: control.expireAccessTokens(readTokensOf(body)) })],
  ['POST /tokens/revoke', ({ control, body }) => ({ revoked: control.revokeTokens(readTokensOf(body)) })],
])

/** Shown as they came: their keys are not ours to spell. */
const AS_THEY_CAME: ReadonlySet<string> = new Set(['/requests', '/faults'])

/** Answers a request under /_emulator/; keys come out in snake case. Bad input is a 400 that names the path. */
export async function answerControl(control: Control, info: EmulatorInfo, request: EmulatorRequest): Promise<Answer> {
  const path = request.path.replace(/^\/_emulator/, '') || '/'
  const handler = HANDLERS.get(`${request.method} ${path}`)
  if (handler === undefined) return notFound().answer
  try {
    if (request.body.length > 0 && jsonBody(request) === undefined) throw new BadInput('body', '', 'is not JSON')
    const body = request.body.length === 0 ? {} : jsonBody(request)
    const given = await handler({ control, info, body, query: request.query })
    return { status: 200, json: AS_THEY_CAME.has(path) ? given : snakeCased(given) }
  } catch (error) {
    if (error instanceof BadInput) return { status: 400, json: { error: error.message, path: error.path } }
    throw error
  }
}

function time(control: Control): unknown {
  const nowMs = control.clock.nowMs()
  return { now: wireTime(nowMs), now_ms: nowMs, accelerate: control.clock.accelerate }
}

async function advance({ control, body }: Asked): Promise<unknown> {
  const ms = v.pipe(v.number(), v.minValue(0, 'must not be negative'))
  await control.advanceTime(parseInput('body', v.strictObject({ advance_ms: ms }), body).advance_ms)
  return time(control)
}

/** All, or those that are of an event, in a state, of a subscription or to a callback URL. @throws BadInput for another parameter */
function listDeliveries({ control, query }: Asked): unknown {
  const one = v.exactOptional(text)
  const schema = v.strictObject({ event: one, state: one, subscription: one, callback_url: one })
  const { callback_url: callbackUrl, ...rest } = parseInput('query', schema, Object.fromEntries(query))
  const wanted = Object.entries({ ...rest, ...(callbackUrl === undefined ? {} : { callbackUrl }) })
  const fields = (row: Delivery): Readonly<Record<string, unknown>> => ({ ...row })
  return control.deliveries().filter((row) => wanted.every(([name, value]) => fields(row)[name] === value))
}

function emit({ control, body }: Asked): unknown {
  const event = v.picklist([...EVENT_RULES.keys()], 'is not an event of Calendly')
  const given = parseInput('body', v.strictObject({ event, user: v.optional(text) }), body)
  return control.emit(given.event, given.user)
}

function changeSubscription({ control, body }: Asked): unknown {
  const { uri, ...given } = parseInput('body', subscriptionSchema, body)
  return control.setSubscription(uri, {
    ...(given.state === undefined ? {} : { state: given.state }),
    ...(given.retry_started_at === undefined ? {} : { retryStartedAt: given.retry_started_at }),
    ...(given.creator === undefined ? {} : { creator: given.creator }),
    ...(given.hidden_ms === undefined ? {} : { hiddenMs: given.hidden_ms }),
    ...(given.hidden_lists === undefined ? {} : { hiddenLists: given.hidden_lists }),
  })
}

function issue({ control, body }: Asked): unknown {
  const schema = v.strictObject({ client_id: text, user: v.exactOptional(text), scope: v.exactOptional(v.string()) })
  const { client_id: clientId, ...rest } = parseInput('body', schema, body)
  return tokenAnswer(control.world, control.issueTokens({ clientId, ...rest }))
}

function readTokensOf(body: unknown): { user?: string | undefined; clientId?: string | undefined } {
  const { user, client_id: clientId } = parseInput('body', tokensOf, body)
  return { user, clientId }
}

function summary(control: Control): unknown {
  const { organizations, users, apps } = control.state
  return { organizations: organizations.size, users: users.size, apps: apps.size, subscriptions: control.subscriptions().length }
}

/** Keys of objects in snake case, all the way down; values stay. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`), snakeCased(inner)]),
  )
}
