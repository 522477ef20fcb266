// Who an OAuth request comes from, and where it may be answered to. Knows nothing of single endpoints.
import { timingSafeEqual } from 'node:crypto'
import type { App } from '../entities.ts'
import { oauthRefusal, type Refusal } from '../refusals.ts'
import type { EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'

/** An app and whether it proved its secret. */
export interface Client {
  readonly app: App
  readonly proved: boolean
  readonly basic: boolean
}

/**
 * The client of a request: by HTTP Basic, or by `client_id` with or without `client_secret` in the body.
 * Null: no such app, a wrong secret, or two ways at once, unless `acceptTwice`: then the body's must be right, and a header that
 * is Basic must say the same.
 */
export function readClient(
  world: World,
  request: EmulatorRequest,
  fields: ReadonlyMap<string, string>,
  acceptTwice = false,
): Client | null {
  const authorization = request.headers['authorization']
  const bodyId = fields.get('client_id')
  const passedOver = acceptTwice && bodyId !== undefined && fields.has('client_secret') && /^Bearer /i.test(authorization ?? '')
  const basic = authorization === undefined || passedOver ? null : parseBasic(authorization)
  if (authorization !== undefined && basic === null && !passedOver) return null
  if (basic !== null && bodyId !== undefined && bodyId !== basic.id) return null
  const bodySecret = fields.get('client_secret')
  if (basic !== null && bodySecret !== undefined && !(acceptTwice && sameText(bodySecret, basic.secret))) return null
  const app = world.state.apps.get(basic?.id ?? bodyId ?? '')
  if (app === undefined) return null
  const secret = basic?.secret ?? fields.get('client_secret')
  if (secret === undefined) return { app, proved: false, basic: false }
  // Basic is documented for web clients only; a native app has no secret to show.
  if (app.kind === 'native' || !sameText(secret, app.clientSecret)) return null
  return { app, proved: true, basic: basic !== null }
}

/** 401, with the challenge that RFC 6749 section 5.2 asks for after Basic (a switch). */
export function invalidClient(world: World, request: EmulatorRequest): Refusal {
  const challenge = world.switches.www_authenticate === 'basic_401' && request.headers['authorization'] !== undefined
  return oauthRefusal(401, 'invalid_client', challenge ? { 'www-authenticate': 'Basic realm="Calendly"' } : {})
}

/** Whether a redirect URI is one of the app's: the same string, unless a switch allows other loopback ports. */
export function mayRedirect(world: World, app: App, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri) || redirectUri.includes('#')) return false
  if (app.redirectUris.includes(redirectUri)) return true
  const rule = world.switches.loopback_redirect
  if (rule === 'exact') return false
  return app.redirectUris.some((registered) => sameButPort(registered, redirectUri, rule === 'any_port_and_127'))
}

function sameButPort(registered: string, given: string, alsoIp: boolean): boolean {
  const a = new URL(registered)
  const b = new URL(given)
  const loopback = a.protocol === 'http:' && a.hostname === 'localhost'
  const host = b.hostname === 'localhost' || (alsoIp && b.hostname === '127.0.0.1')
  return loopback && host && b.protocol === 'http:' && a.pathname === b.pathname && a.search === b.search && b.username === ''
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
function parseBasic(header: string): { id: string; secret: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header)?.[1]
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined) return null
  const decode = (text: string) => new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? ''
  return { id: decode(id), secret: decode(secret) }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
