// The access token that `token` prints and `exec` passes on: CALENDLY_TOKEN unless --account names a connection.

import { Secret } from '../../core/secrets/secret.ts'
import type { IssuedToken } from '../../operations/tokens/issue.ts'
import type { Context } from '../context.ts'
import { environmentToken } from '../input/settings.ts'
import { sayWhoActs } from './who-acts.ts'

/** @throws NOT_CONNECTED, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, NEEDS_CONNECT … */
export async function issuedToken(ctx: Context, minValidityMs: number): Promise<IssuedToken> {
  const given = ctx.usesEnvironmentToken() ? environmentToken(ctx.env) : null
  if (given !== null) {
    await sayWhoActs(ctx, 'This is CALENDLY_TOKEN, as it is')
    return { token: new Secret(given), expiresAt: null, account: null }
  }
  const { issueToken } = await import('../../operations/tokens/issue.ts')
  const { connections } = await ctx.store()
  const accessTokens = (name: string, options: { readonly minValidityMs: number }) => ctx.accessTokens(name, options)
  return issueToken({ connections, accessTokens }, { query: ctx.globals.account, minValidityMs })
}
