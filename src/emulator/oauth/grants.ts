// Issues and ends token pairs. One grant holds an access and a refresh token, as a row of Doorkeeper's table does.
// Knows nothing of HTTP.
import { createHmac } from 'node:crypto'
import type { App, Grant } from '../entities.ts'
import { hex, uuid } from '../random-ids.ts'
import type { World } from '../world.ts'

/** Makes a new pair. `family` ties the pairs that descend from one login together. */
export function issueGrant(world: World, of: { app: App; user: string; scope: string; family?: string }): Grant {
  const issuedAtMs = world.clock.nowMs()
  const seconds = world.switches.access_token_seconds
  const grant: Grant = {
    id: uuid(world.random),
    family: of.family ?? uuid(world.random),
    clientId: of.app.clientId,
    user: of.user,
    scope: of.scope,
    accessToken: accessToken(world, of, issuedAtMs, seconds),
    refreshToken: hex(world.random, 32),
    issuedAtMs,
    expiresAtMs: (Math.floor(issuedAtMs / 1000) + seconds) * 1000,
    accessRevoked: false,
    refreshRevoked: false,
  }
  world.state.addGrant(grant)
  return grant
}

/** Calendly's answer of the token endpoint. @see https://developer.calendly.com/api-docs post-oauth-refresh-token */
export function tokenAnswer(world: World, grant: Grant, withRefreshToken = true): Record<string, unknown> {
  return {
    token_type: 'Bearer',
    expires_in: Math.round((grant.expiresAtMs - Math.floor(grant.issuedAtMs / 1000) * 1000) / 1000),
    created_at: Math.floor(grant.issuedAtMs / 1000),
    ...(withRefreshToken ? { refresh_token: grant.refreshToken } : {}),
    access_token: grant.accessToken,
    scope: grant.scope,
    owner: grant.user,
    organization: world.state.users.get(grant.user)?.currentOrganization,
  }
}

/** Ends every pair of a login. */
export function revokeFamily(world: World, family: string): void {
  for (const grant of world.state.grants.values()) {
    if (grant.family !== family) continue
    grant.accessRevoked = true
    grant.refreshRevoked = true
  }
  world.state.touch()
}

/** A JWT as Calendly's: HS256, and longer than old databases allow for. */
function accessToken(world: World, of: { app: App; user: string; scope: string }, issuedAtMs: number, seconds: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = Math.floor(issuedAtMs / 1000)
  const payload = {
    iss: 'https://auth.calendly.com',
    iat,
    jti: uuid(world.random),
    user_uuid: of.user.split('/').at(-1),
    app_uid: of.app.clientId,
    scope: of.scope,
    exp: iat + seconds,
  }
  const signed = `${part({ alg: 'HS256' })}.${part(payload)}`
  return `${signed}.${createHmac('sha256', world.state.secret).update(signed).digest('base64url')}`
}
