// Finds what answers a request of the wire: OAuth, or a route of the API behind its token, rate and scope checks.
// Knows nothing of sockets, faults or the control API.
import { authenticate, countRequest, requireScope } from './callers.ts'
import { authorize, decide } from './oauth/authorize.ts'
import { introspect, revoke } from './oauth/revoke.ts'
import { token } from './oauth/token.ts'
import { edgePage, edgeRefusal, notEmulated, Refusal, type Answer } from './refusals.ts'
import type { EmulatorRequest } from './request.ts'
import { activityLogRoutes } from './routes/activity-log.ts'
import { availabilityRoutes } from './routes/availability.ts'
import { eventTypeRoutes } from './routes/event-types.ts'
import { groupRoutes } from './routes/groups.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { membershipRoutes } from './routes/memberships.ts'
import { noShowRoutes } from './routes/no-shows.ts'
import { organizationRoutes } from './routes/organizations.ts'
import type { Route } from './routes/route.ts'
import { routingFormRoutes } from './routes/routing-forms.ts'
import { sampleDataRoutes } from './routes/sample-data.ts'
import { scheduledEventRoutes } from './routes/scheduled-events.ts'
import { subscriptionCreateRoute } from './routes/subscription-create.ts'
import { subscriptionRoutes } from './routes/subscriptions.ts'
import { userRoutes } from './routes/users.ts'
import type { World } from './world.ts'

/** Every path of the API that the emulator has. */
export const ROUTES: readonly Route[] = [
  ...userRoutes,
  ...organizationRoutes,
  ...membershipRoutes,
  ...groupRoutes,
  ...invitationRoutes,
  ...activityLogRoutes,
  ...eventTypeRoutes,
  ...scheduledEventRoutes,
  ...noShowRoutes,
  ...availabilityRoutes,
  ...routingFormRoutes,
  ...subscriptionRoutes,
  subscriptionCreateRoute,
  ...sampleDataRoutes,
]

const OAUTH: ReadonlyMap<string, (world: World, request: EmulatorRequest) => Answer> = new Map([
  ['GET /oauth/authorize', authorize],
  ['POST /oauth/authorize', decide],
  ['POST /oauth/token', token],
  ['POST /oauth/revoke', revoke],
  ['POST /oauth/introspect', introspect],
])

/** Answers a request, refusals included. */
export function answer(world: World, request: EmulatorRequest): Answer {
  try {
    if ((request.headers['user-agent'] ?? '') === '' && !world.switches.accept_no_user_agent) throw edgeRefusal(403, 'Forbidden')
    if (request.method === 'OPTIONS') return { status: 200 }
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const oauth = OAUTH.get(`${method} ${request.path}`)
    if (oauth !== undefined) return challenged(world, oauth(world, request))
    if (/^\/(oauth|\.well-known)\//.test(request.path)) return noPage(request.path)
    return answerApi(world, request, method)
  } catch (error) {
    if (error instanceof Refusal) return challenged(world, error.answer)
    throw error
  }
}

function answerApi(world: World, request: EmulatorRequest, method: string): Answer {
  const caller = authenticate(world, request)
  const rate = countRequest(world, caller)
  try {
    const found = findRoute(method, request.path)
    if (found === null) throw notEmulated(method, request.path)
    if (found.route.oauthScope !== '') requireScope(caller, found.route.oauthScope)
    const given = found.route.handle({ world, caller, request, id: found.ids[0] ?? '', ids: found.ids })
    return { ...given, headers: { ...rate, ...given.headers } }
  } catch (error) {
    if (error instanceof Refusal) return { ...error.answer, headers: { ...rate, ...error.answer.headers } }
    throw error
  }
}

/** The browser's host: another method than an endpoint has, or nothing there (no discovery document is, too). */
function noPage(path: string): Answer {
  const methods = [...OAUTH.keys()].filter((key) => key.endsWith(` ${path}`)).map((key) => key.split(' ', 1).join(''))
  if (methods.length === 0) return { status: 404, html: edgePage(404, 'Not Found') }
  return { status: 405, html: edgePage(405, 'Method Not Allowed'), headers: { allow: methods.join(', ') } }
}

/** Each route with its path cut at the slashes, by method and number of segments. */
const BY_SHAPE = new Map<string, { readonly route: Route; readonly segments: readonly string[] }[]>()
for (const route of ROUTES) {
  const segments = route.path.split('/')
  const shape = `${route.method} ${segments.length}`
  BY_SHAPE.set(shape, [...(BY_SHAPE.get(shape) ?? []), { route, segments }])
}

/** The route of a path, and what stands in the place of each `{id}`. */
function findRoute(method: string, path: string): { route: Route; ids: readonly string[] } | null {
  const given = path.split('/')
  for (const { route, segments } of BY_SHAPE.get(`${method} ${given.length}`) ?? []) {
    const fits = segments.every((segment, index) => (segment === '{id}' ? given[index] !== '' : segment === given[index]))
    if (fits) return { route, ids: given.filter((_, index) => segments[index] === '{id}') }
  }
  return null
}

/** Doorkeeper puts a challenge on every OAuth error; whether Calendly does is not known, hence a switch. */
function challenged(world: World, given: Answer): Answer {
  if (world.switches.www_authenticate !== 'always' || given.status < 400) return given
  const { json } = given
  if (typeof json !== 'object' || json === null || !('error' in json)) return given
  const challenge = `Bearer realm="Calendly", error="${String(json.error)}"`
  return { ...given, headers: { ...given.headers, 'www-authenticate': challenge } }
}
