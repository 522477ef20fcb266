// `connect`: an account that works, and its webhook. Idempotent: what works already is left alone. The way, each station a file:
// target (which connection), consent (a person, a browser), landing (the pair is on disk before anything else is asked), identity
// (whose it is), webhook. Another user's pair never takes a stored connection's place unasked.

import { MIN_VALIDITY_MS } from '../../core/connection/token.ts'
import { advise, next } from '../../core/errors/advice.ts'
import { declinedScopes, desiredFrom, oauthScopesFor } from '../../core/connection/desired.ts'
import type { Connection } from '../../core/connection/model.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import { authorize, type AuthorizeDeps } from './consent.ts'
import { acceptIdentity, askIdentity, storePersonalToken } from './identity.ts'
import type { AccountDeps, ConnectHow, ConnectInput, Person } from './input.ts'
import { landPair, type NewPair, whileLanding } from './landing.ts'
import { findTarget, type Target } from './target.ts'
import { adoptUnfinished } from './unfinished.ts'
import { type Authorization, type ConnectResult, withWebhook } from './webhook.ts'

/** Why stored tokens do not work any more, as opposed to: nobody can tell right now. */
const DEAD: ReadonlySet<string> = new Set(['NEEDS_CONNECT', 'CALENDLY_UNAUTHENTICATED'])

/** A connection whose tokens work, and how that came about. */
interface Authorized {
  readonly connection: Connection
  readonly authorization: Authorization
}

/** @throws ACCOUNT_DIFFERS, SETTING_MISSING, AUTHORIZATION_DENIED, ROLE_INSUFFICIENT, NETWORK … */
export async function connect(deps: AccountDeps, input: ConnectInput, how: ConnectHow): Promise<ConnectResult> {
  const target = await findTarget(deps, input)
  const desired = desiredFrom(target.connection?.desired ?? null, input.wanted)
  const authorized = await authorizedAs(deps, target, how, {
    force: input.force,
    scopes: oauthScopesFor(input.oauthScopes, desired),
  })
  return withWebhook(deps, { ...authorized, desired, ensure: input.webhook, others: input.others })
}

async function authorizedAs(
  deps: AccountDeps,
  target: Target,
  how: ConnectHow,
  { force, scopes }: { readonly force: boolean; readonly scopes: readonly string[] | null },
): Promise<Authorized> {
  if (how.kind === 'token') {
    return { connection: await storePersonalToken(deps, target, how.token), authorization: 'personal_access_token' }
  }
  const working = force ? null : await stillWorking(deps, target)
  return working ?? { connection: await authorizeAnew(deps, target, scopes, how), authorization: 'oauth' }
}

/** A connection whose tokens work: asked of Calendly, refreshed only if stale. Null: a new authorization is needed. */
async function stillWorking(deps: AccountDeps, target: Target): Promise<Authorized | null> {
  const adopted = await adoptUnfinished(deps, target)
  if (adopted !== null) return { connection: adopted, authorization: 'oauth' }
  const stored = target.connection
  if (stored === null || stored.accessToken === null || !stored.isActive) return null
  try {
    const identity = await askIdentity(deps, stored.name, MIN_VALIDITY_MS)
    const connection = await acceptIdentity(deps, target, stored.name, identity)
    return { connection, authorization: workingAs(stored, connection) }
  } catch (error) {
    if (!(error instanceof CalreconnectError) || !DEAD.has(error.code)) throw error
    if (stored.auth === 'oauth') return null
    throw new CalreconnectError(error.code, `Calendly refuses the personal access token of ${stored.name}`, {
      ...error.answer,
      hint: advise`Pass a new one with ${next('connect', '--name', stored.name, '--token-stdin')}, or use OAuth with ${next('connect', '--name', stored.name, '--force')}`,
      cause: error,
    })
  }
}

function workingAs(before: Connection, now: Connection): Authorization {
  if (now.auth === 'personal_access_token') return 'personal_access_token'
  return now.tokenGeneration === before.tokenGeneration ? 'still_valid' : 'refreshed'
}

/** From consent to identity: the whole OAuth flow with a person, up to a connection that is stored and known to be theirs. */
export async function authorizeAnew(
  deps: AccountDeps,
  target: Target,
  scopes: readonly string[] | null,
  person: Person,
): Promise<Connection> {
  await deps.connections.reserve()
  const oauth: OAuth = await deps.oauth({ before: target.connection?.clientId ?? null })
  const flow: AuthorizeDeps = {
    listen: person.deps.listen,
    view: person.deps.view,
    prompts: await person.deps.prompts(),
    browser: person.input.openBrowser ? await person.deps.browser() : { open: async () => false },
    oauth,
    clock: deps.clock,
    interruption: deps.interruption,
  }
  return authorize(flow, { ...person.input, scopes }, async (pair) => {
    const connection = await keepPair(deps, target, { pair, clientId: oauth.clientId, askedScopes: scopes })
    return { account: connection.email ?? connection.name, value: connection }
  })
}

/** Landing and identity, while no other process does the same. @throws ACCOUNT_DIFFERS (the new pair is then revoked) */
export async function keepPair(deps: AccountDeps, target: Target, fresh: NewPair): Promise<Connection> {
  const connection = await whileLanding(deps, async () => {
    const storedAs = await landPair(deps, target, fresh)
    return acceptIdentity(deps, target, storedAs, await askIdentity(deps, storedAs))
  })
  const declined = declinedScopes(fresh.askedScopes, fresh.pair.scopes)
  if (declined.length > 0) deps.warn(`These OAuth scopes were asked for and not granted: ${declined.join(' ')}`)
  return connection
}
