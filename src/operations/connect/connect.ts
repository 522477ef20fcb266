// `connect`: an account that works, and its webhook. Idempotent: what works already is left alone. A new token pair is on
// disk before anything else is asked of Calendly, and another user's pair never takes a stored connection's place unasked.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OAuth } from '../../core/ports/oauth.ts'
import type { Connection } from '../../core/connection/model.ts'
import { accessTokens } from '../tokens/access-token.ts'
import { authorize, type AuthorizeDeps } from './consent.ts'
import { type ConnectResult, finishConnect } from './webhook.ts'
import { declinedScopes, desiredFrom, oauthScopesFor, type PartialDesired } from '../../core/connection/desired.ts'
import type { AccountDeps, ConnectHow, ConnectInput, ConsentDeps, ConsentInput } from './input.ts'
import { acceptIdentity, keepPair, storePersonalToken } from './landing.ts'
import { checkName } from '../../core/connection/name.ts'
import { findTarget, type Target } from './target.ts'
import { adoptUnfinished } from './unfinished.ts'
import { identify } from '../accounts/identify.ts'

const MIN_VALIDITY_MS = 5 * 60_000
/** Why stored tokens do not work any more, as opposed to: nobody can tell right now. */
const DEAD: ReadonlySet<string> = new Set(['NEEDS_CONNECT', 'CALENDLY_UNAUTHENTICATED'])

/** @throws ACCOUNT_DIFFERS, SETTING_MISSING, AUTHORIZATION_DENIED, ROLE_INSUFFICIENT, NETWORK … */
export async function connect(deps: AccountDeps, input: ConnectInput, how: ConnectHow): Promise<ConnectResult> {
  if (input.name !== null) checkName(input.name)
  const target = await findTarget(deps, input)
  const desired = desiredFrom(target.connection?.desired ?? null, input.wanted)
  if (how.kind === 'token') {
    const connection = await storePersonalToken(deps, target, input, how.token)
    return finishConnect(deps, { connection, authorization: 'personal_access_token', desired, webhook: input.webhook })
  }
  const existing = input.force ? null : await stillWorking(deps, target, input)
  if (existing !== null) return finishConnect(deps, { ...existing, desired, webhook: input.webhook })
  const connection = await consent(deps, { target, input, desired }, how)
  return finishConnect(deps, { connection, authorization: 'oauth', desired, webhook: input.webhook })
}

/** A connection whose tokens work: asked of Calendly, refreshed only if stale. Null: a new authorization is needed. */
async function stillWorking(
  deps: AccountDeps,
  target: Target,
  input: ConnectInput,
): Promise<Pick<Parameters<typeof finishConnect>[1], 'connection' | 'authorization'> | null> {
  const adopted = await adoptUnfinished(deps, target, input)
  if (adopted !== null) return { connection: adopted, authorization: 'oauth' }
  const stored = target.connection
  if (stored === null || stored.accessToken === null || !stored.isActive) return null
  const api = await deps.calendly(accessTokens(deps, stored.name, { minValidityMs: MIN_VALIDITY_MS }))
  try {
    const identity = await identify(api)
    const connection = await acceptIdentity(deps, { storedAs: stored.name, target, input }, identity)
    return { connection, authorization: workingAs(stored, connection) }
  } catch (error) {
    if (!(error instanceof CalreconnectError) || !DEAD.has(error.code)) throw error
    if (stored.auth === 'oauth') return null
    throw new CalreconnectError(error.code, `Calendly refuses the personal access token of ${stored.name}`, {
      ...error.answer,
      hint: 'Pass a new one with calreconnect connect --token-stdin, or use OAuth with --force',
      cause: error,
    })
  }
}

function workingAs(before: Connection, now: Connection): 'refreshed' | 'still_valid' | 'personal_access_token' {
  if (now.auth === 'personal_access_token') return 'personal_access_token'
  return now.tokenGeneration === before.tokenGeneration ? 'still_valid' : 'refreshed'
}

/** The whole OAuth flow with a person, up to a connection that is stored and known to be theirs. */
export async function consent(
  deps: AccountDeps,
  what: { readonly target: Target; readonly input: ConnectInput; readonly desired: PartialDesired },
  how: { readonly deps: ConsentDeps; readonly input: ConsentInput },
): Promise<Connection> {
  const oauth: OAuth = await deps.oauth()
  const scopes = oauthScopesFor(what.input.oauthScopes, what.desired)
  const flow: AuthorizeDeps = {
    listen: how.deps.listen,
    view: how.deps.view,
    prompts: await how.deps.prompts(),
    browser: how.input.openBrowser ? await how.deps.browser() : { open: async () => false },
    oauth,
    clock: deps.clock,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  }
  return authorize(flow, { ...how.input, scopes }, async (pair) => {
    const connection = await keepPair(deps, what, { pair, clientId: oauth.clientId, askedScopes: scopes })
    warnOfDeclined(deps, scopes, pair.scopes)
    return { account: connection.email ?? connection.name, value: connection }
  })
}

export function warnOfDeclined(deps: Pick<AccountDeps, 'warn'>, asked: readonly string[] | null, granted: readonly string[]): void {
  const declined = declinedScopes(asked, granted)
  if (declined.length > 0) deps.warn(`These OAuth scopes were asked for and not granted: ${declined.join(' ')}`)
}
