// What is at Calendly now, wherever this caller may look, and what is known of it here. What an earlier run left open is
// settled first, so that no plan is made on half a truth.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import { isRole } from '../../core/calendly/understood.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { Scope, Subscription } from '../../core/calendly/model.ts'
import type { KnownSubscription, UnsettledCreate } from '../../core/plan/model.ts'
import { keyedUris, managedUris } from '../../core/plan/standing.ts'
import type { Progress } from '../../core/ports/desk.ts'
import { settleCreates } from '../../core/plan/settle.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import { commonKey } from '../journal/common-key.ts'
import type { Session } from './session.ts'

export interface ObserveDeps {
  readonly subscriptions: SubscriptionStore
  readonly runs: RunJournal
  readonly progress: Progress
}

export interface ObserveInput {
  /** Only these; default: every scope that applies to the caller. */
  readonly scopes?: readonly Scope[]
  /** A group whose subscriptions are of interest besides those that are known here. */
  readonly group?: string | null
}

export interface Observation {
  /** Each once. */
  readonly observed: readonly Subscription[]
  /** Of all connections: a key is a key, whoever stored it. */
  readonly known: readonly KnownSubscription[]
}

/** After this long a POST that was begun is surely over, and the list would show what came of it. */
const POST_OVER_MS = 10 * 60_000

/** @throws CALENDLY_FORBIDDEN, CALENDLY_INSUFFICIENT_SCOPE, NETWORK … */
export async function observe(deps: ObserveDeps, session: Session, input: ObserveInput = {}): Promise<Observation> {
  const known = await deps.subscriptions.known(null)
  const groups = known.flatMap(({ group, organization }) => (group !== null && organization === session.organizationUri ? [group] : []))
  deps.progress.start('Listing webhook subscriptions')
  try {
    const observed = await listEverywhere(session, { ...input, knownGroups: groups }, (rows) => deps.progress.advance(rows))
    const isSettled = await settleOpenCreates(deps, session, { observed, known })
    return { observed, known: isSettled ? await deps.subscriptions.known(null) : known }
  } finally {
    deps.progress.stop()
  }
}

/** Organization scope is for owners and admins; one's own user scope for everybody. What a role may that is not known here, Calendly says. */
export function scopesOf(session: Session): readonly Scope[] {
  return session.role === 'user' ? ['user', 'group'] : ['organization', 'user', 'group']
}

/** The lists of every scope that applies, as one; nothing is settled. */
export async function listEverywhere(
  session: Session,
  input: ObserveInput & { readonly knownGroups?: readonly string[] },
  onPage?: (rows: number) => void,
): Promise<readonly Subscription[]> {
  const { api, organizationUri: organization, userUri: user } = session
  const scopes = input.scopes ?? scopesOf(session)
  const found = new Map<string, Subscription>()
  const add = (subscriptions: readonly Subscription[]): void => {
    for (const one of subscriptions) found.set(one.uri, one)
  }
  if (scopes.includes('organization')) {
    const list = api.subscriptions({ organization, scope: 'organization' }, onPage)
    const mayBeRefused = input.scopes === undefined && !isRole(session.role)
    add(await (mayBeRefused ? list.catch(nothingIfGone) : list))
  }
  if (scopes.includes('user')) add(await api.subscriptions({ organization, scope: 'user', user }, onPage))
  if (!scopes.includes('group')) return [...found.values()]
  const wanted = input.group ?? null
  if (wanted !== null) add(await api.subscriptions({ organization, scope: 'group', group: wanted }, onPage))
  for (const group of new Set(input.knownGroups)) {
    if (group !== wanted) add(await api.subscriptions({ organization, scope: 'group', group }, onPage).catch(nothingIfGone))
  }
  return [...found.values()]
}

/** A group that was removed, or is no longer the caller's to see, has nothing for them. */
function nothingIfGone(error: unknown): readonly Subscription[] {
  if (error instanceof CalreconnectError && (error.code === 'CALENDLY_NOT_FOUND' || error.code === 'CALENDLY_FORBIDDEN')) return []
  throw error
}

/**
 * Finds out which creates happened although their answer never came, and keeps their keys. True when something was written.
 * @see settleCreates for what counts as certain
 */
async function settleOpenCreates(deps: ObserveDeps, session: Session, { observed, known }: Observation): Promise<boolean> {
  const unsettled = await deps.runs.unsettledCreates(session.connection?.name ?? session.account)
  if (unsettled.length === 0) return false
  const rest: UnsettledCreate[] = []
  for (const intent of unsettled) {
    const kept = await alreadyKept(deps, intent, known)
    if (kept === null) rest.push(intent)
    else await deps.runs.settle(intent.runId, intent.stepIndex, { outcome: 'created', newUri: kept })
  }
  const explained = new Set([...keyedUris(known), ...managedUris(known)])
  for (const { intent, subscription, rivals } of settleCreates(rest, observed, explained, session.userUri)) {
    const { runId, stepIndex, origin } = intent
    if (subscription !== null) {
      // Ours for certain; where two may have made it, the key is known only if both sent the same.
      const signingKey = await commonKey(deps.runs, [intent, ...rivals])
      await deps.subscriptions.keep(subscription, { account: session.connection?.name ?? null, origin, signingKey })
      await deps.runs.settle(runId, stepIndex, { outcome: 'created', newUri: subscription.uri })
    } else if (session.api.remoteNowMs() - intent.startedAtMs > POST_OVER_MS && scopesOf(session).some((scope) => scope === intent.scope)) {
      await deps.runs.fail(
        runId,
        stepIndex,
        new CalreconnectError('CALENDLY_NOT_FOUND', `Nothing came of the subscription for ${intent.callbackUrl}`),
      )
    }
  }
  return true
}

/** The process died after it had stored the subscription, and before it had settled the step. */
async function alreadyKept(deps: ObserveDeps, intent: UnsettledCreate, known: readonly KnownSubscription[]): Promise<string | null> {
  const identity = identityOf(intent)
  const candidates = known.filter((one) => one.keyStored && !intent.seenBefore.includes(one.uri) && identityOf(one) === identity)
  if (candidates.length === 0) return null
  const intended = await deps.runs.intendedKey(intent.runId, intent.stepIndex)
  for (const { uri } of candidates) {
    const stored = await deps.subscriptions.signingKey(uri)
    if (stored !== null && stored.reveal() === intended?.reveal()) return uri
  }
  return null
}
