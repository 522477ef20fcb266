// POST /webhook_subscriptions: the checks in an order that is a switch, because Calendly does not tell its own.
import { requireScope, requireScopeRole, type Caller } from '../callers.ts'
import type { Subscription } from '../entities.ts'
import { EVENT_RULES, grants } from '../events.ts'
import { wireTime } from '../clock.ts'
import { uuid } from '../random-ids.ts'
import { API_ORIGIN } from '../lookup.ts'
import { readOwner } from '../parameters.ts'
import type { Owner } from '../parameters.ts'
import { alreadyExists, insufficientScope, invalidArgument, permissionDenied } from '../refusals.ts'
import type { Detail } from '../refusals.ts'
import { contentType, formPairs, isRecord, jsonBody } from '../request.ts'
import type { EmulatorRequest } from '../request.ts'
import type { CreateCheck } from '../switches.ts'
import { wireSubscription } from '../wire.ts'
import type { World } from '../world.ts'
import type { Call, Route } from './route.ts'

/** The OAuth scope is one of the ordered checks, hence not checked by the router. */
export const subscriptionCreateRoute: Route = { method: 'POST', path: '/webhook_subscriptions', oauthScope: '', handle: createSubscription }

interface Wanted extends Owner {
  readonly url: string
  readonly events: readonly string[]
  readonly signingKey: string | null
}

function createSubscription(call: Call) {
  const { world, caller } = call
  let wanted: Wanted | null = null
  const parsed = () => (wanted ??= readWanted(call.request, world))
  const checks: Record<CreateCheck, () => void> = {
    oauth_scope: () => requireScope(caller, 'webhooks:write'),
    shape: () => void parsed(),
    role: () => requireScopeRole(world, caller, parsed()),
    plan: () => checkPlan(world, parsed()),
    family_scope: () => checkFamilyScopes(world, caller.scope, parsed()),
    conflict: () => checkConflict(world, caller, parsed()),
  }
  for (const check of world.switches.create_check_order) checks[check]()
  const row = make(call, parsed())
  world.state.addSubscription(row)
  return { status: 201, json: { resource: wireSubscription(row) } }
}

const FIELDS = ['url', 'events', 'organization', 'user', 'group', 'scope', 'signing_key']

/** @throws Refusal 400 naming each field that is wrong; without details if the body is no JSON object */
function readWanted(request: EmulatorRequest, world: World): Wanted {
  const body = readBody(request, world)
  if (!isRecord(body)) throw invalidArgument()
  const wrong: Detail[] = []
  for (const name of Object.keys(body)) if (!FIELDS.includes(name)) wrong.push({ parameter: name, message: 'is not allowed' })
  for (const name of request.query.keys()) wrong.push({ parameter: name, message: 'is not allowed' })
  const url = body['url']
  if (url === undefined || url === null) wrong.push({ parameter: 'url', message: 'is missing' })
  else if (!isCallbackUrl(url, world.switches.callback_https_only)) wrong.push({ parameter: 'url', message: 'is in invalid format' })
  const owner = readOwner((name) => body[name], wrong)
  const events = readEvents(body['events'], owner, wrong)
  const signingKey = body['signing_key'] ?? null
  if (signingKey !== null && typeof signingKey !== 'string') wrong.push({ parameter: 'signing_key', message: 'must be a string' })
  if (signingKey === '') wrong.push({ parameter: 'signing_key', message: 'must be filled' })
  if (wrong.length > 0 || owner === null || typeof url !== 'string') throw invalidArgument(...wrong)
  return { ...owner, url, events, signingKey: typeof signingKey === 'string' ? signingKey : null }
}

/** JSON, as documented; or a form with `events[]`, `events[0]` or a repeated `events`, as some clients send. */
function readBody(request: EmulatorRequest, world: World): unknown {
  if (contentType(request) === 'application/json') return jsonBody(request)
  if (contentType(request) !== 'application/x-www-form-urlencoded' || !world.switches.accept_form_create) return undefined
  const body: Record<string, unknown> = {}
  const events: string[] = []
  for (const [name, value] of formPairs(request)) {
    if (/^events(\[\d*\])?$/.test(name)) events.push(value)
    else if (Object.hasOwn(body, name)) return undefined
    else body[name] = value
  }
  return events.length === 0 ? body : { ...body, events }
}

function isCallbackUrl(url: unknown, httpsOnly: boolean): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && !httpsOnly)
}

function readEvents(given: unknown, owner: Owner | null, wrong: Detail[]): string[] {
  const refuse = (message: string) => void wrong.push({ parameter: 'events', message })
  if (given === undefined || given === null) refuse('is missing')
  else if (!Array.isArray(given)) refuse('must be an array')
  else if (given.length === 0) refuse('must be filled')
  else if (!given.every((event): event is string => typeof event === 'string' && EVENT_RULES.has(event)))
    refuse(`must be one of: ${[...EVENT_RULES.keys()].join(', ')}`)
  else if (new Set(given).size !== given.length) refuse('must be unique')
  else if (owner !== null && given.some((event) => EVENT_RULES.get(event)?.scopes.includes(owner.scope) === false))
    refuse(`is not supported for ${owner.scope} scope`)
  else return given
  return []
}

function checkPlan(world: World, wanted: Wanted): void {
  const features = world.state.organizations.get(wanted.organization)?.features
  const lacking = wanted.events.some((event) => {
    const needed = EVENT_RULES.get(event)?.feature ?? null
    return needed !== null && features?.[needed] === false
  })
  if (lacking || features?.webhooks === false) throw permissionDenied(world.switches.plan_message)
}

function checkFamilyScopes(world: World, granted: string, wanted: Wanted): void {
  const needed = new Set(wanted.events.map((event) => EVENT_RULES.get(event)?.oauthScope ?? ''))
  const missing = [...needed].filter((scope) => !grants(granted, scope))
  if (missing.length === 0) return
  throw world.switches.missing_family_scope === '403' ? insufficientScope(missing) : invalidArgument()
}

function checkConflict(world: World, { clientId, user }: Caller, wanted: Wanted): void {
  const span = world.switches.conflict_span
  for (const row of world.state.subscriptions()) {
    if (row.callbackUrl !== wanted.url) continue
    const sameOrganization = row.organization === wanted.organization
    const sameOwner = sameOrganization && row.scope === wanted.scope && row.user === wanted.user && row.group === wanted.group
    const within =
      span === 'global' ||
      (span === 'organization' && sameOrganization) ||
      (span === 'creator' && sameOrganization && row.creator === user.uri) ||
      (span === 'owner' && sameOwner) ||
      (span === 'app' && sameOwner && row.clientId === clientId)
    if (within) throw alreadyExists()
  }
}

function make({ world, caller }: Call, wanted: Wanted): Subscription {
  const sequence = world.state.nextSequence()
  const now = wireTime(world.clock.nowMs(), sequence)
  return {
    uri: `${API_ORIGIN}/webhook_subscriptions/${uuid(world.random)}`,
    sequence,
    callbackUrl: wanted.url,
    createdAt: now,
    updatedAt: now,
    retryStartedAt: null,
    state: 'active',
    events: [...wanted.events],
    scope: wanted.scope,
    organization: wanted.organization,
    user: wanted.user,
    group: wanted.group,
    creator: caller.user.uri,
    clientId: caller.clientId,
    signingKey: wanted.signingKey,
    lastDeliveredAtMs: null,
    hiddenUntilMs: 0,
    hiddenLists: 0,
  }
}
