// The OAuth app that is meant, opened: one from the environment, or one that the store keeps with its secret.

import { type AppWanted, chooseApp, type ChosenApp, type KnownApps, labelOf, setCommand } from '../../core/connection/app.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { Store } from '../../core/ports/store.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Http } from '../../adapters/http/http.ts'
import type { Context } from '../context.ts'
import type { Once } from '../context/once.ts'
import { authUrl, environmentApp } from '../input/settings.ts'
import type { Wiring } from './parts.ts'

export function openOAuthApps(
  { host, clock, hint }: Pick<Wiring, 'host' | 'clock' | 'hint'>,
  store: Once<Store>,
  http: Once<Http>,
): Pick<Context, 'oauth' | 'oauthApps'> {
  const opened = new Map<string, Promise<OAuth>>()
  const told = new Set<string>()
  const tell = (text: string): void => {
    if (told.has(text)) return
    told.add(text)
    hint(text)
  }
  const oauthApps = async (): Promise<KnownApps> => {
    const given = environmentApp(host.env)
    const environment =
      given === null
        ? null
        : {
            clientId: given.clientId,
            name: null,
            kind: given.clientSecret === null ? ('native' as const) : ('web' as const),
            clientSecret: given.clientSecret === null ? null : new Secret(given.clientSecret),
          }
    return { environment, stored: await (await store.get()).apps.list() }
  }
  const open = async ({ app: { clientId, clientSecret } }: ChosenApp): Promise<OAuth> => {
    const { openOAuth } = await import('../../adapters/oauth/client.ts')
    return openOAuth({ authUrl: authUrl(host.env), clientId, clientSecret, http: await http.get(), clock })
  }
  return {
    oauthApps,
    async oauth(wanted: AppWanted = {}) {
      const known = await oauthApps()
      const chosen = chooseApp(known, wanted)
      checkSecret(chosen)
      for (const line of remarks(known, chosen)) tell(line)
      const key = `${chosen.from} ${chosen.app.clientId}`
      const oauth = opened.get(key) ?? open(chosen)
      opened.set(key, oauth)
      return oauth
    },
  }
}

/** @throws SETTING_MISSING for a web app whose secret was forgotten, STORE_KEY_MISSING, STORE_KEY_WRONG for one that cannot be read */
function checkSecret({ app }: ChosenApp): void {
  const { clientId, clientSecret, kind } = app
  if (clientSecret !== null && clientSecret.problem !== null) throw clientSecret.problem
  if (kind === 'web' && clientSecret === null) {
    throw new CalreconnectError('SETTING_MISSING', `The secret of the OAuth app ${labelOf(app)} is not kept here any more`, {
      hint: setCommand(clientId),
    })
  }
}

/** Which of the two was taken, where that could be mistaken. */
function remarks({ environment, stored }: KnownApps, { app, from }: ChosenApp): readonly string[] {
  if (environment === null || stored.length === 0) return []
  return from === 'environment'
    ? [`The OAuth app of CALENDLY_CLIENT_ID is used (${app.clientId}): the environment wins over the store`]
    : [`The OAuth app ${labelOf(app)} is used, which the store keeps, and not the one of CALENDLY_CLIENT_ID`]
}
