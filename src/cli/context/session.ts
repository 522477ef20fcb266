// Who a command acts as: the connection that is named or in use, or the caller of CALENDLY_TOKEN.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Session } from '../../operations/observe/session.ts'
import type { Context, SessionOptions } from '../context.ts'
import { environmentToken } from '../input/settings.ts'
import { sayWhoActs } from './who-acts.ts'

/** @throws NOT_CONNECTED, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, NEEDS_CONNECT */
export async function openSession(context: Context, options: SessionOptions): Promise<Session> {
  const token = environmentToken(context.env)
  const tokenServes = options.name === undefined && options.storedOnly !== true && context.usesEnvironmentToken()
  if (token !== null && tokenServes) return environmentSession(context, new Secret(token))
  const [{ resolveConnection }, { connectCommand }] = await Promise.all([
    import('../../core/connection/query.ts'),
    import('../../core/connection/usable.ts'),
  ])
  const store = await context.store()
  const [connections, inUse] = [await store.connections.list(), await store.connections.inUse()]
  const connection = resolveConnection(connections, options.name ?? context.globals.account, inUse)
  const { userUri, organizationUri } = connection
  const api = await context.calendly(await context.accessTokens(connection.name))
  if (userUri === null || organizationUri === null || connection.role === null) {
    throw new CalreconnectError(
      'NEEDS_CONNECT',
      `The connection ${connection.name} was not completed: its Calendly user is not known yet`,
      {
        hint: connectCommand(connection.name),
      },
    )
  }
  return {
    account: connection.name,
    userUri,
    organizationUri,
    role: connection.role,
    grantedScopes: connection.scopes.length === 0 ? null : connection.scopes,
    api,
    connection,
  }
}

async function environmentSession(context: Context, token: Secret): Promise<Session> {
  const { identify, nameOf } = await import('../../operations/accounts/identify.ts')
  const api = await context.calendly({
    get: async () => token,
    renew: async () => null,
    refusedHint: 'Check CALENDLY_TOKEN: make a new token at https://calendly.com/integrations/api_webhooks',
  })
  const identity = await identify(api)
  await sayWhoActs(context, `The owner of CALENDLY_TOKEN acts: ${identity.user.email ?? identity.user.uri}`)
  return {
    account: nameOf(identity.user),
    userUri: identity.user.uri,
    organizationUri: identity.user.currentOrganization,
    role: identity.role,
    grantedScopes: null,
    api,
    connection: null,
  }
}
