// `disconnect`: webhooks, refresh token, access token, then the store. A saga whose state is the store itself: deleted
// webhooks are forgotten one by one, tokens stay until both are revoked (revoking twice does no harm, RFC 7009 section 2.2),
// so a rerun goes on where an earlier one stopped, whether it failed or was killed.

import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { Plan } from '../../core/plan/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Connection } from '../../core/connection/model.ts'
import { holdTokens } from '../tokens/access-token.ts'
import type { AccountDeps } from '../connect/input.ts'
import { quoted } from '../../core/connection/usable.ts'
import { type DisconnectInput, type HandedOver, isDisconnected, type PreparedDisconnect } from './prepare.ts'
import { holdWebhooks } from '../webhooks/ensure.ts'
import { executePlan } from '../execute/plan.ts'

export type RevokedToken = 'refresh' | 'access'
/** What is not done yet, or never will be: a webhook's URI, a token at Calendly, or what is stored here. */
export type Leftover = string

export interface DisconnectResult {
  readonly account: string
  /** URIs, those that were gone already included. */
  readonly webhooksDeleted: readonly string[]
  /** What other connections want as well. */
  readonly webhooksHandedOver: readonly HandedOver[]
  readonly tokensRevoked: readonly RevokedToken[]
  /** Tokens and keys are gone from the store. */
  readonly cleared: boolean
  readonly left: readonly Leftover[]
  /** With --dry-run: what would be deleted. */
  readonly plan?: Plan | null
  /** Why it stopped, or with --force-local what failed. */
  readonly error?: ErrorReport
}

/** `data` of `disconnect`. */
export interface DisconnectResults {
  readonly results: readonly DisconnectResult[]
}

const STORED = 'stored_tokens'

/** What a dry run shows. */
export function foreseen({ connection, handedOver, work }: PreparedDisconnect): DisconnectResult {
  const uris = (work?.plan.steps ?? []).flatMap((step) => step.uri ?? [])
  const left = isDisconnected(connection) ? [] : [...uris, ...tokensOf(connection).map(({ kind }) => `${kind}_token`), STORED]
  return {
    account: connection.name,
    webhooksDeleted: [],
    webhooksHandedOver: handedOver,
    tokensRevoked: [],
    cleared: false,
    left,
    plan: work?.plan ?? null,
  }
}

/** Stops at the first step that fails, unless `forceLocal`: then every step is tried and the store is cleared in the end. */
export async function disconnect(deps: AccountDeps, prepared: PreparedDisconnect, input: DisconnectInput): Promise<DisconnectResult> {
  const { connection, handedOver, work } = prepared
  const account = connection.name
  const done: DisconnectResult = { account, webhooksDeleted: [], webhooksHandedOver: [], tokensRevoked: [], cleared: true, left: [] }
  if (isDisconnected(connection)) return done
  await deps.subscriptions.release(handedOver, account)
  const webhooks = work === null ? { deleted: [], left: [], error: prepared.problem } : await deleteWebhooks(deps, work)
  const unreachable = prepared.problem === null ? [] : prepared.staying
  const stopped = webhooks.error !== null && !input.forceLocal
  const tokens = stopped
    ? { revoked: [], left: tokensOf(connection).map(({ kind }) => `${kind}_token`), error: null, cleared: false }
    : await revokeAndClear(deps, account, input)
  const error = webhooks.error ?? tokens.error
  return {
    account,
    webhooksDeleted: webhooks.deleted,
    webhooksHandedOver: handedOver,
    tokensRevoked: tokens.revoked,
    cleared: tokens.cleared,
    left: [...unreachable, ...webhooks.left, ...tokens.left, ...(tokens.cleared ? [] : [STORED])],
    ...(error === null ? {} : { error }),
  }
}

/** @throws INTERRUPTED between two webhooks, saying what is left */
async function deleteWebhooks(deps: AccountDeps, work: NonNullable<PreparedDisconnect['work']>) {
  const { session, plan, observed } = work
  const { applied, failed } = await holdWebhooks(deps, session, () =>
    executePlan(deps, { command: 'disconnect', plan, session, origin: 'connection', observed }),
  )
  const deleted = applied.flatMap((step) => step.uri ?? [])
  const left = plan.steps.flatMap((step) => step.uri ?? []).filter((uri) => !deleted.includes(uri))
  return { deleted, left, error: failed[0]?.error ?? null }
}

/** Nobody renews the pair meanwhile: what is revoked is what is stored. */
function revokeAndClear(deps: AccountDeps, name: string, input: DisconnectInput) {
  const stake = {
    awaited: `Calendly to revoke the tokens of ${name}`,
    cost: 'they may still be accepted there',
    mend: `calreconnect disconnect ${quoted(name)}`,
  }
  return holdTokens(deps, name, () => deps.interruption.finish(stake, () => revokeAll(deps, name, input)))
}

async function revokeAll(deps: AccountDeps, name: string, input: DisconnectInput) {
  const connection = await deps.connections.get(name)
  const tokens = connection === null ? [] : tokensOf(connection)
  const revoked: RevokedToken[] = []
  let error: ErrorReport | null = null
  for (const { kind, token } of tokens) {
    if (error !== null && !input.forceLocal) break
    try {
      await (await deps.oauth()).revoke(token)
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

/** In the order in which they are revoked. A personal access token can only be revoked in Calendly itself. */
function tokensOf(connection: Connection): readonly { readonly kind: RevokedToken; readonly token: Secret }[] {
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
    hint: `Check CALENDLY_CLIENT_SECRET. A native app has none: remove it in Calendly under Integrations, then run calreconnect disconnect ${quoted(name)} --force-local`,
    cause: thrown,
  })
}
