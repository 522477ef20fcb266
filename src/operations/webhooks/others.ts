// What `connect` and `reconnect` do about subscriptions of others at a connection's own place: say so before one goes, leave it, take it as
// it is, and stop when somebody else replaces ours again and again.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { advise, again, next } from '../../core/errors/advice.ts'
import { identityOf, idOf } from '../../core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { type KnownSubscription, type Plan, specOf } from '../../core/plan/model.ts'
import { CONTESTED_FROM } from '../../core/plan/contest.ts'
import { isManaged, newestFirst, ownUris } from '../../core/plan/standing.ts'
import type { ExecuteDeps } from '../execute/context.ts'
import { announceOther } from '../execute/announce.ts'
import type { Observation } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

/** What becomes of subscriptions of others. */
export interface OthersPolicy {
  /** `leave`: --no-replace. `adopt`: --adopt. */
  readonly others: 'replace' | 'leave' | 'adopt'
  /** --take-over: although somebody else keeps replacing ours. */
  readonly takeOver: boolean
}

export const REPLACE_OTHERS: OthersPolicy = { others: 'replace', takeOver: false }

/** More lost ones than that at one place are not asked for one by one. */
const ASKED_MAX = 10

export interface Contest {
  /** Made here, and gone for certain, while somebody else's stands there. */
  readonly displaced: readonly string[]
  /** Made here, and gone for certain; nobody else is there. */
  readonly gone: readonly string[]
  /** Displaced earlier. */
  readonly before: readonly string[]
  readonly rival: Subscription | null
}

/** Looks at what became of those that were made here for this place. A list may be behind, so each is asked for itself. */
export async function contestAt(
  deps: ExecuteDeps,
  session: Session,
  spec: SubscriptionSpec,
  { observed, known }: Observation,
): Promise<Contest> {
  const identity = identityOf(spec)
  const here = (one: KnownSubscription | Subscription): boolean => identityOf(one) === identity
  const own = ownUris(known)
  const [rival = null] = observed.filter((one) => here(one) && !own.has(one.uri)).sort(newestFirst)
  const there = new Set(observed.map(({ uri }) => uri))
  const missing = known.filter((one) => isManaged(one) && here(one) && !there.has(one.uri)).slice(-ASKED_MAX)
  const lost: string[] = []
  for (const { uri } of missing) if (await isGone(session, uri)) lost.push(uri)
  const before = rival === null ? [] : (await deps.subscriptions.known(null, { gone: true })).filter((one) => one.displaced && here(one))
  return { displaced: rival === null ? [] : lost, gone: rival === null ? lost : [], before: before.map(({ uri }) => uri), rival }
}

/**
 * Puts the contest on record, and ends it where it was lost too often.
 * @throws CONTESTED
 */
export async function settleContest(
  deps: ExecuteDeps,
  session: Session,
  contest: Contest,
  policy: OthersPolicy & { readonly dryRun: boolean },
): Promise<void> {
  const { displaced, gone, before, rival } = contest
  if (!policy.dryRun) {
    for (const uri of gone) await deps.subscriptions.forget(uri)
    await deps.subscriptions.displace(displaced)
  }
  const times = new Set([...displaced, ...before]).size
  if (rival === null || policy.others !== 'replace' || times < CONTESTED_FROM) return
  if (policy.takeOver) {
    if (!policy.dryRun) await deps.subscriptions.takeOver([...displaced, ...before])
    return
  }
  const name = session.connection?.name ?? null
  const share = next('webhooks', 'keys', 'add', idOf(rival.uri), '--stdin', ...(name === null ? [] : ['--account', name]))
  throw new CalreconnectError(
    'CONTESTED',
    `Something else manages ${rival.callbackUrl}: a subscription made here was found replaced by somebody else's ${times} times, now by ${rival.uri}`,
    { hint: advise`${share} shares its signing key; ${again({ add: ['--take-over'] })} replaces it all the same` },
  )
}

export interface Adoption {
  /** With the URL and events of what was adopted. */
  readonly desired: DesiredWebhook
  readonly known: readonly KnownSubscription[]
}

/**
 * `--adopt`: somebody else's at the place is the connection's own from now on, as it is. Null when there is none that could be.
 * @throws CALENDLY_CONFLICT for one that delivers nothing
 */
export async function adoptOther(
  deps: ExecuteDeps,
  session: Session,
  desired: DesiredWebhook,
  found: { readonly spec: SubscriptionSpec; readonly observation: Observation; readonly dryRun: boolean },
): Promise<Adoption | null> {
  const { spec, observation, dryRun } = found
  const own = ownUris(observation.known)
  const candidates = observation.observed.filter((one) => identityOf(one) === identityOf(spec) && !own.has(one.uri)).sort(newestFirst)
  const other = candidates.find(({ state }) => state === 'active')
  if (other === undefined && candidates[0] !== undefined) {
    throw new CalreconnectError(
      'CALENDLY_CONFLICT',
      `${candidates[0].uri} is ${candidates[0].state} and delivers nothing, so it cannot be adopted`,
      {
        hint: 'Leave out --adopt to replace it',
      },
    )
  }
  if (other === undefined) return null
  const account = session.connection?.name ?? null
  const adopted = { ...desired, callbackUrl: other.callbackUrl, events: other.events }
  if (dryRun) return { desired: adopted, known: [...observation.known, knownAs(other, account)] }
  await deps.subscriptions.keep(other, { account, origin: 'connection', signingKey: null })
  await deps.subscriptions.adopt(other.uri)
  if (account !== null) await deps.connections.update(account, { desired: adopted, webhookUri: other.uri })
  deps.progress.note(
    `Adopted ${other.uri}; its signing key is not known here: ${next('webhooks', 'keys', 'add', idOf(other.uri), '--stdin').toString()}`,
  )
  return { desired: adopted, known: await deps.subscriptions.known(null) }
}

function knownAs(other: Subscription, account: string | null): KnownSubscription {
  const owners = account === null ? [] : [account]
  const record = { account, owners, origin: 'connection', keyStored: false, adopted: true, displaced: false, isActive: true } as const
  return { ...specOf(other), uri: other.uri, ...record }
}

/** What this plan takes from others is said before it goes. */
export function announceOthers(deps: ExecuteDeps, session: Session, plan: Plan, { observed, known }: Observation): void {
  const own = ownUris(known)
  const foreign = new Map(observed.filter(({ uri }) => !own.has(uri)).map((one) => [one.uri, one]))
  for (const step of plan.steps) {
    const other = step.action === 'delete' || step.action === 'replace' ? foreign.get(step.uri) : undefined
    if (other !== undefined) announceOther(deps, session, other)
  }
}

async function isGone({ api }: Session, uri: string): Promise<boolean> {
  try {
    await api.subscription(uri)
    return false
  } catch (error) {
    if (error instanceof CalreconnectError && error.code === 'CALENDLY_NOT_FOUND') return true
    // Nobody can tell: then nothing is concluded from it.
    if (error instanceof CalreconnectError && error.exit === 'refused') return false
    throw error
  }
}
