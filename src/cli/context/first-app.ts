// The OAuth app of a new authorization. Where none is known yet: how to make one, and on a terminal its id and secret, which are kept.

import type { AppWanted, OAuthApp } from '../../core/connection/app.ts'
import { type Advice, advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { Context } from '../context.ts'

/** What a new authorization would be for. */
export interface ConsentNeeds {
  /** --app, where it was given. */
  readonly app: string | null
  readonly redirectUri: URL
  /** Null: the app's own, from before scopes. */
  readonly scopes: readonly string[] | null
}

/** @throws SETTING_MISSING, with how to make an app where none is known */
export async function openApp(ctx: Context, wanted: AppWanted | undefined, consent: ConsentNeeds | null): Promise<OAuth> {
  if (consent === null || wanted?.issuedTo !== undefined) return ctx.oauth(wanted)
  const { environment, stored } = await ctx.oauthApps()
  if (environment === null && stored.length === 0) await askForApp(ctx, consent)
  return ctx.oauth({ ...wanted, named: consent.app })
}

/** Five lines, each a step. */
function howToMakeAnApp({ redirectUri, scopes }: Pick<ConsentNeeds, 'redirectUri' | 'scopes'>): Advice {
  const isPlain = redirectUri.protocol === 'http:'
  const steps = [
    '1. Sign in at https://developer.calendly.com (an account of its own), and make an OAuth app: My apps, Create new app',
    `2. Environment: ${isPlain ? 'Sandbox, since only that takes an http://localhost redirect (it acts on real accounts)' : 'Production, since the redirect URI is https'}`,
    `3. Redirect URI, to the letter: ${redirectUri.href}`,
    `4. Scopes: ${scopes === null ? 'those that the app had' : scopes.join(' ')}`,
  ]
  return advise`${steps.join('\n')}\n5. Keep its client id and secret here, encrypted: ${next('app', 'set', 'CLIENT_ID')}`
}

async function askForApp(ctx: Context, consent: ConsentNeeds): Promise<void> {
  const steps = howToMakeAnApp(consent)
  if (!ctx.canPrompt) {
    throw new CalreconnectError('SETTING_MISSING', 'CALENDLY_CLIENT_ID is not set, and no OAuth app is kept here to connect with', {
      hint: steps,
    })
  }
  ctx.say('To connect, an OAuth app at Calendly is needed, and none is known here:')
  ctx.say(steps)
  const clientId = await askForClientId(ctx)
  const clientSecret = await askForSecret(ctx)
  await keepApp(ctx, { clientId, name: null, kind: clientSecret === null ? 'native' : 'web', clientSecret })
  ctx.hint(advise`The app is kept in the store. Look at it with: ${next('app', 'show')}`)
}

export async function askForClientId(ctx: Context): Promise<string> {
  return (await (await ctx.prompts()).line('Client id:')).trim()
}

/** Null for a native app, which has none. */
export async function askForSecret(ctx: Context): Promise<OAuthApp['clientSecret']> {
  const { Secret } = await import('../../core/secrets/secret.ts')
  const text = (await (await ctx.prompts()).secret('Client secret (hidden; empty for a native app):')).reveal().trim()
  return text === '' ? null : new Secret(text)
}

/** @throws USAGE for an id or a name that cannot be one, or a name that another app has */
export async function keepApp(ctx: Context, app: OAuthApp): Promise<void> {
  const { checkApp } = await import('../../core/connection/app.ts')
  const { apps } = await ctx.store()
  checkApp(app, await apps.list())
  await apps.keep(app)
}
