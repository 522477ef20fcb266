// `disconnect`: what others want is handed over, webhooks, refresh token, access token, then the store. A saga whose state is the
// store itself: deleted webhooks are forgotten one by one, and tokens stay for as long as something is left that they could reach,
// so a rerun goes on where an earlier one stopped, whether it failed or was killed. It never stops at looking.

import type { ErrorReport } from '../../core/errors/errors.ts'
import { type Change, type Stranded, strandedOf } from '../../core/connection/whereabouts.ts'
import type { FailedStep, Plan } from '../../core/plan/model.ts'
import type { AccountDeps } from '../connect/input.ts'
import { isContradiction } from '../accounts/doubt.ts'
import { executePlan } from '../execute/plan.ts'
import { holdWebhooks } from '../webhooks/ensure.ts'
import { learn, type OutOfReach, outOfReach } from './look.ts'
import { type DisconnectInput, type HandedOver, isDisconnected, type PreparedDisconnect } from './prepare.ts'
import { revokeAndClear, type RevokedToken, tokensOf } from './revoke.ts'

/**
 * What is not done yet, or never will be: a webhook's URI, the callback URL of one whose create was never answered, a token at
 * Calendly, or what is stored here.
 */
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
  /** Of what is left: webhooks that this user may not touch any more, and who may. */
  readonly stranded?: readonly Stranded[]
  /** What Calendly says of the user otherwise than it was stored. */
  readonly change?: Change
  /** With --dry-run: what would be deleted. */
  readonly plan?: Plan | null
  /** Why something is left. */
  readonly error?: ErrorReport
}

/** `data` of `disconnect`. */
export interface DisconnectResults {
  readonly results: readonly DisconnectResult[]
}

const STORED = 'stored_tokens'

/** What a dry run shows. */
export async function foreseen(deps: Pick<AccountDeps, 'connections'>, prepared: PreparedDisconnect): Promise<DisconnectResult> {
  const { connection, handedOver, work, out, lost, problem } = prepared
  const uris = [...(work?.plan.steps ?? []).flatMap((step) => step.uri ?? []), ...out.map(({ uri }) => uri), ...lost]
  const left = isDisconnected(connection) ? [] : [...uris, ...tokenNames(prepared), STORED]
  return {
    account: connection.name,
    webhooksDeleted: [],
    webhooksHandedOver: handedOver,
    tokensRevoked: [],
    cleared: false,
    left,
    ...(await explained(deps, prepared, out)),
    plan: work?.plan ?? null,
    ...(problem === null ? {} : { error: problem }),
  }
}

/** Every step is tried. Tokens that might still reach what is left are kept, unless `forceLocal`. */
export async function disconnect(deps: AccountDeps, prepared: PreparedDisconnect, input: DisconnectInput): Promise<DisconnectResult> {
  const { connection, handedOver, work } = prepared
  const account = connection.name
  const done: DisconnectResult = { account, webhooksDeleted: [], webhooksHandedOver: [], tokensRevoked: [], cleared: true, left: [] }
  if (isDisconnected(connection)) return done
  await deps.subscriptions.release(handedOver, account)
  const webhooks = work === null ? { deleted: [], out: [] } : await deleteWebhooks(deps, prepared, work)
  // Somebody else may have deleted meanwhile what could not be looked at.
  const known = new Set((await deps.subscriptions.known(null)).map(({ uri }) => uri))
  const out = [...prepared.out, ...webhooks.out].filter(({ uri }) => known.has(uri))
  const blocked = out.find(({ bar }) => bar === null)?.error ?? (prepared.lost.length > 0 ? prepared.problem : null)
  const tokens =
    blocked !== null && !input.forceLocal
      ? { revoked: [], left: tokenNames(prepared), error: null, cleared: false }
      : await revokeAndClear(deps, account, input)
  const error = blocked ?? tokens.error ?? out[0]?.error ?? null
  return {
    account,
    webhooksDeleted: webhooks.deleted,
    webhooksHandedOver: handedOver,
    tokensRevoked: tokens.revoked,
    cleared: tokens.cleared,
    left: [...out.map(({ uri }) => uri), ...prepared.lost, ...tokens.left, ...(tokens.cleared ? [] : [STORED])],
    ...(await explained(deps, prepared, out)),
    ...(error === null ? {} : { error }),
  }
}

function tokenNames({ connection }: PreparedDisconnect): readonly string[] {
  return tokensOf(connection).map(({ kind }) => `${kind}_token`)
}

async function explained(
  deps: Pick<AccountDeps, 'connections'>,
  { change }: PreparedDisconnect,
  out: readonly OutOfReach[],
): Promise<Pick<DisconnectResult, 'stranded' | 'change'>> {
  const barred = out.some(({ bar }) => bar !== null)
  const connections = barred ? await deps.connections.list() : []
  const stranded = out.flatMap((one) => (one.bar === null ? [] : [strandedOf(one, one.bar, connections)]))
  return { ...(stranded.length === 0 ? {} : { stranded }), ...(change === null ? {} : { change }) }
}

/** @throws INTERRUPTED between two webhooks, saying what is left */
async function deleteWebhooks(deps: AccountDeps, prepared: PreparedDisconnect, work: NonNullable<PreparedDisconnect['work']>) {
  const { session, plan, observed } = work
  const { applied, failed } = await holdWebhooks(deps, session, () =>
    executePlan(deps, { command: 'disconnect', plan, session, origin: 'connection', observed }),
  )
  const deleted = applied.flatMap((step) => step.uri ?? [])
  const [first] = failed
  if (first === undefined) return { deleted, out: [] }
  const eyes = { session, now: prepared.now, change: prepared.change }
  if (failed.some(({ error }) => isContradiction(error.code))) await learn(deps, eyes)
  const failures = new Map(failed.map((step: FailedStep) => [step.uri, step.error]))
  const out = plan.steps.flatMap((step): readonly OutOfReach[] => {
    const { uri } = step
    if (uri === null || deleted.includes(uri)) return []
    // What was not begun ended with the failure that ended the run.
    return [outOfReach({ ...step, uri }, eyes.now, failures.get(uri) ?? first.error)]
  })
  return { deleted, out }
}
