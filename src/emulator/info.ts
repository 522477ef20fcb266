// What somebody needs to know to use a running emulator. Knows nothing of HTTP.
import { shownWith } from './origin.ts'
import { BadInput } from './seed-schema.ts'
import type { World } from './world.ts'

/** The `data` of `calreconnect emulator --json`. */
export interface EmulatorInfo {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly nativeClientId: string
  readonly personalAccessToken: string
  readonly userUri: string
  readonly organizationUri: string
  readonly appSigningKey: string
}

/** The first of each kind. @throws BadInput if a state file lacks one */
export function describe({ state, origin }: World, url: string): EmulatorInfo {
  const apps = [...state.apps.values()]
  const web = apps.find((app) => app.kind === 'web')
  const native = apps.find((app) => app.kind === 'native')
  const [token] = state.personalAccessTokens.values()
  const [user] = state.users.values()
  if (web === undefined || native === undefined || token === undefined || user === undefined)
    throw new BadInput('state file', '', 'lacks an app, a user or a token')
  return {
    url,
    clientId: web.clientId,
    clientSecret: web.clientSecret,
    nativeClientId: native.clientId,
    personalAccessToken: token.token,
    userUri: shownWith(origin, user.uri),
    organizationUri: shownWith(origin, user.currentOrganization),
    appSigningKey: web.signingKey,
  }
}
