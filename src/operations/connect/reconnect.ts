// `reconnect`: stored record, refresh before any OAuth, user info, list, delete stale and create only if needed, update
// the store. Idempotent; one connection or many at once.

import { MIN_VALIDITY_MS } from '../../core/connection/token.ts'
import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import type { Connection } from '../../core/connection/model.ts'
import { accessTokens } from '../tokens/access-token.ts'
import { authorizeAnew } from './connect.ts'
import { desiredFrom, oauthScopesFor, type WantedWebhook, wholeDesired } from '../../core/connection/desired.ts'
import { type Authorization, ensureDesired } from './webhook.ts'
import type { AccountDeps, Person } from './input.ts'
import { connectNeeded, needsConnect } from '../../core/connection/usable.ts'
import { ensureWebhook } from '../webhooks/ensure.ts'
import { changeOf } from '../../core/connection/whereabouts.ts'
import type { Doubts } from './doubting.ts'
import { tokensOfAnother } from '../accounts/doubt.ts'
import { nameOf, roleOf } from '../accounts/identify.ts'
import { mapBounded } from '../map-bounded.ts'
import type { OthersPolicy } from '../webhooks/others.ts'
import type { Session } from '../observe/session.ts'

export interface ReconnectInput {
  readonly wanted: WantedWebhook
  readonly dryRun: boolean
  readonly concurrency: number
  /** What becomes of subscriptions of others at the callback URL; default: they are replaced. */
  readonly others?: OthersPolicy
}

export interface ReconnectResult extends PlanResult, Doubts {
  readonly account: string
  /** Null when this account failed before that was known. */
  readonly authorization: Authorization | null
  readonly plan: Plan | null
  /** Why this account could not be done at all. */
  readonly error?: ErrorReport
}

/** `data` of `reconnect`. */
export interface ReconnectResults {
  readonly results: readonly ReconnectResult[]
}

/** A new authorization would help. */
const MENDED_BY_CONSENT: ReadonlySet<string> = new Set(['NEEDS_CONNECT', 'CALENDLY_UNAUTHENTICATED'])

/**
 * One connection: failures are thrown. Falls back to OAuth when the refresh token is dead and a person is there. Whether it went well is
 * kept, for later rounds; a dry run makes nothing right.
 * @param person how to ask for consent; null when nobody is there
 */
export async function reconnectOne(
  deps: AccountDeps,
  connection: Connection,
  input: ReconnectInput,
  person: Person | null,
): Promise<ReconnectResult> {
  const note = async (failure: string | null): Promise<void> => {
    if (!input.dryRun) await deps.connections.noteReconciled(connection.name, { atMs: deps.clock.nowMs(), failure })
  }
  try {
    const result = await madeRight(deps, connection, input, person)
    await note(result.failed[0]?.error.code ?? null)
    return result
  } catch (error) {
    if (error instanceof CalreconnectError && error.exit !== 'interrupted' && error.exit !== 'store') await note(error.code)
    throw error
  }
}

async function madeRight(
  deps: AccountDeps,
  connection: Connection,
  input: ReconnectInput,
  person: Person | null,
): Promise<ReconnectResult> {
  const desired = desiredFrom(connection.desired, input.wanted)
  const authorizeWith = person === null || input.dryRun ? null : { person, scopes: oauthScopesFor(null, desired) }
  const { authorization, ready } = await authorized(deps, connection, authorizeWith)
  const { organizationUri, role } = ready
  const change = organizationUri === null ? null : changeOf(connection, { organizationUri, role })
  if (change !== null) deps.warn(change.text)
  const result = await ensureDesired(deps, ready, wholeDesired(desired), { ...input.others, dryRun: input.dryRun })
  return { account: ready.name, authorization, ...(change === null ? {} : { change }), ...result }
}

/**
 * Several: each one's failure is its own. People are asked one after the other, at the end.
 * @param onResult takes each result as it comes, which is then not collected: thousands need no memory, and nobody is asked
 */
export async function reconnectMany(
  deps: AccountDeps,
  connections: readonly Connection[],
  input: ReconnectInput,
  person: Person | null,
  onResult: ((result: ReconnectResult) => void) | null = null,
): Promise<ReconnectResults> {
  deps.progress.start('Reconnecting', connections.length)
  const quiet: AccountDeps = { ...deps, progress: { ...deps.progress, start: ignore, advance: ignore, stop: ignore } }
  const attempt = async (connection: Connection, helper: Person | null): Promise<ReconnectResult> => {
    try {
      return await reconnectOne(helper === null ? quiet : deps, connection, input, helper)
    } catch (error) {
      if (error instanceof CalreconnectError && error.code === 'INTERRUPTED') throw error
      return { account: connection.name, authorization: null, plan: null, applied: [], failed: [], error: reportError(error) }
    }
  }
  const first = await mapBounded(connections, input.concurrency, async (connection) => {
    const result = await attempt(connection, null)
    deps.progress.advance()
    if (onResult === null) return { connection, result }
    onResult(result)
    return null
  })
  deps.progress.stop()
  const results: ReconnectResult[] = []
  for (const { connection, result } of first.filter((one) => one !== null)) {
    const again = person !== null && !input.dryRun && result.error !== undefined && MENDED_BY_CONSENT.has(result.error.code)
    results.push(again ? await attempt(connection, person) : result)
  }
  return { results }
}

function ignore(): void {}

/** The caller of CALENDLY_TOKEN: nothing is stored, so the callback URL must be given. @throws SETTING_MISSING */
export async function reconnectCaller(deps: AccountDeps, session: Session, input: ReconnectInput): Promise<ReconnectResult> {
  const desired = wholeDesired(desiredFrom(null, input.wanted))
  if (desired === null) {
    throw new CalreconnectError('SETTING_MISSING', 'With CALENDLY_TOKEN nothing is remembered, and no callback URL was given', {
      hint: 'Pass --callback-url, or set CALRECONNECT_CALLBACK_URL',
    })
  }
  const result = await ensureWebhook(deps, session, desired, { ...input.others, dryRun: input.dryRun })
  return { account: session.account, authorization: 'personal_access_token', ...result }
}

async function authorized(
  deps: AccountDeps,
  connection: Connection,
  authorizeWith: { readonly person: Person; readonly scopes: readonly string[] | null } | null,
): Promise<{ readonly authorization: Authorization; readonly ready: Connection }> {
  try {
    const ready = await checkUser(deps, connection)
    if (ready.auth === 'personal_access_token') return { authorization: 'personal_access_token', ready }
    return { authorization: ready.tokenGeneration === connection.tokenGeneration ? 'still_valid' : 'refreshed', ready }
  } catch (error) {
    const mendable = error instanceof CalreconnectError && MENDED_BY_CONSENT.has(error.code) && connection.auth === 'oauth'
    if (!mendable || authorizeWith === null) throw error
    deps.warn(error.message)
    const target = { connection, newName: connection.name, mayReplace: false }
    const ready = await authorizeAnew(deps, target, authorizeWith.scopes, authorizeWith.person)
    return { authorization: 'oauth', ready }
  }
}

/** `GET /users/me` with a token that works, and the role where it may have changed. The stored identity is brought up to date. */
async function checkUser(deps: AccountDeps, connection: Connection): Promise<Connection> {
  if (needsConnect(connection) && connection.needsConnect !== 'client_changed') throw connectNeeded(connection)
  const { name } = connection
  const api = await deps.calendly(accessTokens(deps, name, { minValidityMs: MIN_VALIDITY_MS }))
  const user = await api.me()
  if (connection.userUri !== null && connection.userUri !== user.uri) {
    throw tokensOfAnother(connection, nameOf(user))
  }
  // An owner or admin stays one as a rule; somebody who was less may have become more.
  const isSettled = connection.role !== null && connection.role !== 'user' && connection.organizationUri === user.currentOrganization
  const role = isSettled ? connection.role : await roleOf(api, user)
  return deps.connections.update(name, { email: user.email, userUri: user.uri, organizationUri: user.currentOrganization, role })
}
