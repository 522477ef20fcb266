// POST /oauth/revoke and POST /oauth/introspect.
import type { Grant } from '../entities.ts'
import { oauthRefusal, type Answer } from '../refusals.ts'
import { formFields, type EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'
import { invalidClient, readClient } from './clients.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** Revokes either token of a pair; an unknown one is fine (RFC 7009 section 2.2). @throws Refusal 400, 403 */
export function revoke(world: World, request: EmulatorRequest): Answer {
  const fields = formFields(request, world.switches.accept_multipart_token)
  const given = fields?.get('token')
  if (fields === null || given === undefined) throw oauthRefusal(400, 'invalid_request')
  const client = readClient(world, request, fields, world.switches.accept_credentials_twice)
  const needsSecret = client?.app.kind === 'web' || world.switches.revoke_secret_required
  if (client === null || (needsSecret && !client.proved)) throw oauthRefusal(403, 'unauthorized_client')
  const grant = grantOf(world, given)
  if (grant !== undefined && grant.clientId !== client.app.clientId) throw oauthRefusal(403, 'unauthorized_client')
  if (grant !== undefined) {
    const pair = world.switches.revoke_kills_pair
    if (pair || grant.accessToken === given) grant.accessRevoked = true
    if (pair || grant.refreshToken === given) grant.refreshRevoked = true
    world.state.touch()
  }
  return { status: 200, json: {}, headers: NO_STORE }
}

/** Tells whether a token is good; another client's reads as inactive (RFC 7662 section 4). @throws Refusal 400, 401 */
export function introspect(world: World, request: EmulatorRequest): Answer {
  const fields = formFields(request, world.switches.accept_multipart_token)
  const given = fields?.get('token')
  if (fields === null || given === undefined) throw oauthRefusal(400, 'invalid_request')
  const client = readClient(world, request, fields, world.switches.accept_credentials_twice)
  const needsSecret = client?.app.kind === 'web' || world.switches.introspect_secret_required
  if (client === null || (needsSecret && !client.proved)) throw invalidClient(world, request)
  const grant = grantOf(world, given)
  const isAccess = grant?.accessToken === given
  const alive = grant !== undefined && (isAccess ? !grant.accessRevoked && grant.expiresAtMs > world.clock.nowMs() : !grant.refreshRevoked)
  if (!alive || grant.clientId !== client.app.clientId) return { status: 200, json: { active: false }, headers: NO_STORE }
  const json = {
    active: true,
    scope: grant.scope,
    client_id: grant.clientId,
    token_type: 'Bearer',
    ...(isAccess ? { exp: Math.floor(grant.expiresAtMs / 1000) } : {}),
    iat: Math.floor(grant.issuedAtMs / 1000),
    owner: grant.user,
    organization: world.state.users.get(grant.user)?.currentOrganization,
  }
  return { status: 200, json, headers: NO_STORE }
}

function grantOf(world: World, token: string): Grant | undefined {
  return world.state.grantOfAccessToken(token) ?? world.state.grantOfRefreshToken(token)
}
