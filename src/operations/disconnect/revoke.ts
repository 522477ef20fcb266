// The second half of the saga: tokens revoked, then the store cleared. Tokens stay until both are revoked (revoking twice does no
// harm, RFC 7009 section 2.2), so that a rerun goes on here.

import { advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { AccountDeps } from '../connect/input.ts'
import { holdTokens } from '../tokens/access-token.ts'
import { isKeyless } from './look.ts'
import type { DisconnectInput } from './prepare.ts'

export type RevokedToken = 'refresh' | 'access'

/** Nobody renews the pair meanwhile: what is revoked is what is stored. */
export function revokeAndClear(deps: AccountDeps, name: string, input: DisconnectInput) {
  const stake = {
    awaited: `Calendly to revoke the tokens of ${name}`,
    cost: 'they may still be accepted there',
    mend: next('disconnect', name),
  }
  return holdTokens(deps, name, () => deps.interruption.finish(stake, () => revokeAll(deps, name, input)))
}

async function revokeAll(deps: AccountDeps, name: string, input: DisconnectInput) {
  const connection = await readable(deps, name, input)
  if (connection instanceof CalreconnectError) return forgotten(deps, name, connection)
  const tokens = connection === null ? [] : tokensOf(connection)
  const revoked: RevokedToken[] = []
  let error: ErrorReport | null = null
  for (const { kind, token } of tokens) {
    if (error !== null && !input.forceLocal) break
    try {
      await (await deps.oauth({ issuedTo: connection?.clientId ?? null })).revoke(token)
      revoked.push(kind)
    } catch (thrown) {
      error ??= reportError(revokeFailed(name, kind, thrown))
    }
  }
  const left = tokens.filter(({ kind }) => !revoked.includes(kind)).map(({ kind }) => `${kind}_token`)
  const cleared = error === null || input.forceLocal
  if (cleared) await deps.connections.clear(name)
  return { revoked, left, error, cleared }
}

/** With --force-local, the error itself where the store's key is gone and the tokens cannot be read. */
async function readable(deps: AccountDeps, name: string, input: DisconnectInput): Promise<Connection | CalreconnectError | null> {
  try {
    return await deps.connections.get(name)
  } catch (error) {
    if (input.forceLocal && isKeyless(error)) return error
    throw error
  }
}

/** Tokens that nobody can read any more are cleared, and may live on at Calendly. */
async function forgotten(deps: AccountDeps, name: string, error: CalreconnectError) {
  await deps.connections.clear(name)
  return { revoked: [], left: ['refresh_token', 'access_token'], error: reportError(error), cleared: true }
}

/** In the order in which they are revoked. A personal access token can only be revoked in Calendly itself. */
export function tokensOf(connection: Connection): readonly { readonly kind: RevokedToken; readonly token: Secret }[] {
  if (connection.auth === 'personal_access_token') return []
  const { refreshToken, accessToken } = connection
  return [
    ...(refreshToken === null ? [] : [{ kind: 'refresh' as const, token: refreshToken }]),
    ...(accessToken === null ? [] : [{ kind: 'access' as const, token: accessToken }]),
  ]
}

/** Calendly does not say how a native app, which has no secret, revokes: a refusal may be final. */
function revokeFailed(name: string, kind: RevokedToken, thrown: unknown): unknown {
  if (!(thrown instanceof CalreconnectError) || thrown.exit !== 'auth') return thrown
  const { code, message, answer } = thrown
  return new CalreconnectError(code, `Calendly refused to revoke the ${kind} token of ${name}: ${message}`, {
    ...answer,
    hint: advise`Check CALENDLY_CLIENT_SECRET. A native app has none: remove it in Calendly under Integrations, then run ${next('disconnect', name, '--force-local')}`,
    cause: thrown,
  })
}
