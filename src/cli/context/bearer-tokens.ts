// The token of whoever acts, where nothing else need be known of them: no request is spent on finding out.

import { resolveConnection } from '../../core/connection/query.ts'
import type { AccessTokens } from '../../core/ports/calendly.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Context } from '../context.ts'
import { environmentToken } from '../input/settings.ts'
import { sayWhoActs } from './who-acts.ts'

/** CALENDLY_TOKEN unless --account names a connection. @throws NOT_CONNECTED, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS */
export async function bearerTokens(ctx: Context): Promise<AccessTokens> {
  const given = ctx.usesEnvironmentToken() ? environmentToken(ctx.env) : null
  if (given === null) {
    const { connections } = await ctx.store()
    const { name } = resolveConnection(await connections.list(), ctx.globals.account, await connections.inUse())
    return ctx.accessTokens(name)
  }
  await sayWhoActs(ctx, 'The owner of CALENDLY_TOKEN acts')
  const token = new Secret(given)
  return {
    get: async () => token,
    renew: async () => null,
    refusedHint: 'Check CALENDLY_TOKEN: make a new token at https://calendly.com/integrations/api_webhooks',
  }
}
