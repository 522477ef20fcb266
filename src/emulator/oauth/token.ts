// POST /oauth/token: code -> pair, refresh token -> new pair (single use). Eight pairs per user and minute.
import { createHash } from 'node:crypto'
import type { App, AuthorizationCode, Grant } from '../entities.ts'
import { oauthRefusal, tooManyRequests, type Answer } from '../refusals.ts'
import { formFields, type EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'
import { invalidClient, readClient } from './clients.ts'
import { issueGrant, revokeFamily, tokenAnswer } from './grants.ts'

/** Answers the token endpoint. @throws Refusal with RFC 6749's errors, or 429 */
export function token(world: World, request: EmulatorRequest): Answer {
  const fields = formFields(request, world.switches.accept_multipart_token)
  if (fields === null) throw oauthRefusal(400, 'invalid_request')
  const grantType = fields.get('grant_type')
  if (grantType === undefined) throw oauthRefusal(400, 'invalid_request')
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') throw oauthRefusal(400, 'unsupported_grant_type')
  const client = readClient(world, request, fields)
  if (client === null || (client.app.kind === 'web' && !client.proved)) throw invalidClient(world, request)
  const grant = grantType === 'authorization_code' ? exchange(world, client.app, fields) : refresh(world, client.app, fields)
  const rotated = grantType === 'authorization_code' || world.switches.refresh_rotates
  return { status: 200, json: tokenAnswer(world, grant, rotated), headers: { 'cache-control': 'no-store', pragma: 'no-cache' } }
}

function exchange(world: World, app: App, fields: ReadonlyMap<string, string>): Grant {
  const redirectUri = fields.get('redirect_uri')
  const given = fields.get('code')
  if (given === undefined || redirectUri === undefined) throw oauthRefusal(400, 'invalid_request')
  const code = world.state.codes.get(given)
  const good =
    code !== undefined &&
    !code.used &&
    code.expiresAtMs > world.clock.nowMs() &&
    code.clientId === app.clientId &&
    world.state.users.has(code.user) &&
    code.redirectUri === redirectUri &&
    verifies(code, fields.get('code_verifier'))
  if (!good) throw oauthRefusal(400, 'invalid_grant')
  takeToken(world, code.user)
  code.used = true
  return issueGrant(world, { app, user: code.user, scope: code.scope })
}

/** RFC 7636 section 4.6. Where a challenge was given it counts, also for web apps; where none was, a verifier is a mistake. */
function verifies(code: AuthorizationCode, verifier: string | undefined): boolean {
  if (code.challenge === null) return verifier === undefined
  if (verifier === undefined || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  return createHash('sha256').update(verifier).digest('base64url') === code.challenge
}

function refresh(world: World, app: App, fields: ReadonlyMap<string, string>): Grant {
  const given = fields.get('refresh_token')
  if (given === undefined) throw oauthRefusal(400, 'invalid_request')
  const old = world.state.grantOfRefreshToken(given)
  if (old === undefined || old.clientId !== app.clientId || !world.state.users.has(old.user)) throw oauthRefusal(400, 'invalid_grant')
  if (old.refreshRevoked) {
    if (world.switches.refresh_reuse === 'revoke_family') revokeFamily(world, old.family)
    throw oauthRefusal(400, 'invalid_grant')
  }
  takeToken(world, old.user)
  if (world.switches.refresh_rotates) old.refreshRevoked = true
  if (world.switches.rotation_kills_access_token) old.accessRevoked = true
  return issueGrant(world, { app, user: old.user, scope: old.scope, family: old.family })
}

/** Counts before anything is spent: a refused request leaves the code or refresh token good. */
function takeToken(world: World, user: string): void {
  const limit = world.switches.token_limit
  if (world.limits.take(`token ${user}`, limit) === null) throw tooManyRequests(limit)
}
