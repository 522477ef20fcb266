// GET and POST /oauth/authorize: what a browser sees between the tool and Calendly. Client and redirect URI are judged first, since
// an error may be sent to the redirect URI only when that is known to be the app's (RFC 6749 section 4.1.2.1).
import type { App } from '../entities.ts'
import { hex } from '../random-ids.ts'
import { oauthError, type Answer, type OAuthError } from '../refusals.ts'
import { contentType, formPairs, type EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'
import { consentPage, errorPage } from './consent-page.ts'
import { mayRedirect } from './clients.ts'

const CODE_LIFETIME_MS = 600_000
const PARAMETERS = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'code_challenge', 'code_challenge_method']

/** A request that may be put before the user. */
interface Asked {
  readonly app: App
  readonly redirectUri: string
  readonly state: string | null
  readonly scopes: readonly string[]
  readonly challenge: string | null
}

/** Shows the consent form, or why there is none. */
export function authorize(world: World, request: EmulatorRequest): Answer {
  const asked = readAsked(world, request.query)
  if ('status' in asked) return asked
  const hidden = PARAMETERS.flatMap((name) => request.query.getAll(name).map((value) => [name, value] as const))
  const users = [...world.state.users.values()].slice(0, 200)
  return consentPage({ app: asked.app, scopes: asked.scopes, redirectUri: asked.redirectUri, users, hidden })
}

/** Takes the form; judges everything anew, because a form can be sent by anybody. */
export function decide(world: World, request: EmulatorRequest): Answer {
  if (contentType(request) !== 'application/x-www-form-urlencoded') return errorPage(415, 'The consent form must be sent as a form.')
  const form = new URLSearchParams(formPairs(request))
  const asked = readAsked(world, form)
  if ('status' in asked) return asked
  const decision = form.get('decision')
  if (decision === 'deny') return sendError(world, asked, 'access_denied')
  const user = world.state.users.get(form.get('user') ?? '')
  if (decision !== 'allow' || user === undefined) return errorPage(400, 'Choose an account, then Allow or Deny.')
  const allowed = form.getAll('granted_scope').filter((scope) => asked.scopes.includes(scope))
  const code = hex(world.random, 32)
  world.state.codes.set(code, {
    code,
    clientId: asked.app.clientId,
    user: user.uri,
    scope: asked.app.legacy ? 'default' : allowed.join(' '),
    redirectUri: asked.redirectUri,
    challenge: asked.challenge,
    expiresAtMs: world.clock.nowMs() + CODE_LIFETIME_MS,
    used: false,
  })
  world.state.touch()
  return redirect(world, asked, { code })
}

function readAsked(world: World, query: URLSearchParams): Asked | Answer {
  const app = world.state.apps.get(query.get('client_id') ?? '')
  const redirectUri = query.get('redirect_uri')
  if (app === undefined || query.getAll('client_id').length > 1) return errorPage(401, oauthError('invalid_client').error_description)
  if (redirectUri === null || query.getAll('redirect_uri').length > 1 || !mayRedirect(world, app, redirectUri))
    return errorPage(400, oauthError('invalid_redirect_uri').error_description)
  const target = { app, redirectUri, state: query.get('state') }
  const refuse = (error: OAuthError) => sendError(world, target, error)
  if (PARAMETERS.some((name) => query.getAll(name).length > 1)) return refuse('invalid_request')
  const responseType = query.get('response_type')
  if (responseType === null) return refuse('invalid_request')
  if (responseType !== 'code') return refuse('unsupported_response_type')
  const challenge = query.get('code_challenge')
  const method = query.get('code_challenge_method')
  if (challenge === null ? method !== null || app.kind === 'native' : method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    return refuse('invalid_request')
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  if (!mayAsk(app, scopes)) return refuse('invalid_scope')
  return { ...target, scopes: app.legacy ? ['default'] : [...new Set(scopes)], challenge }
}

/** Apps from before scopes know `default` only; the others only what was selected on their form. */
function mayAsk(app: App, scopes: readonly string[]): boolean {
  if (app.legacy) return scopes.every((scope) => scope === 'default')
  return scopes.every((scope) => app.scopes.includes(scope) || app.scopes.includes(scope.replace(/:read$/, ':write')))
}

interface Target {
  readonly redirectUri: string
  readonly state: string | null
}

function sendError(world: World, target: Target, error: OAuthError): Answer {
  return redirect(world, target, oauthError(error))
}

function redirect(world: World, target: Target, parameters: Readonly<Record<string, string>>): Answer {
  const url = new URL(target.redirectUri)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  if (target.state !== null) url.searchParams.set('state', target.state)
  if (world.switches.redirect_issuer !== null) url.searchParams.set('iss', world.switches.redirect_issuer)
  return { status: 302, html: '', headers: { location: url.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } }
}
