// `webhooks audit`: what is at Calendly and what is known here, judged. Read-only there; here it leaves a count, for the trend.

import { auditSubscriptions, codesNotJudged, type FailOn } from '../../core/audit/audit.ts'
import type { AuditSnapshot } from '../../core/audit/snapshots.ts'
import type { AuditSnapshots, ConnectionStore, SubscriptionStore } from '../../core/ports/store.ts'
import type { AuditInput, DesiredOf, Finding } from '../../core/audit/surroundings.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import {
  describeSubscriptions,
  type FindingCode,
  type SubscriptionRow,
  type SubscriptionSummary,
  summarize,
} from '../../core/audit/findings.ts'
import { history, type HistoryPoint } from '../../core/audit/history.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import { sharedSpec, type Wanter, wantedSpec } from '../../core/connection/shared.ts'
import { identityOf } from '../../core/calendly/identity.ts'
import { isManaged } from '../../core/plan/standing.ts'
import { mapBounded } from '../map-bounded.ts'
import type { Progress } from '../../core/ports/desk.ts'
import type { Connection } from '../../core/connection/model.ts'
import { type AuditedScope, type AuditLists, listForAudit } from './lists.ts'
import type { Session } from '../observe/session.ts'

/** What an audit asks of the store. Null with CALENDLY_TOKEN: nothing is stored for it. */
export interface AuditStore {
  readonly connections: Pick<ConnectionStore, 'list'>
  readonly subscriptions: Pick<SubscriptionStore, 'known'>
  readonly auditSnapshots: AuditSnapshots
}

export interface AuditDeps {
  readonly store: AuditStore | null
  readonly progress: Progress
}

export interface AuditRequest extends Pick<AuditInput, 'totalMax' | 'perUrlMax' | 'allowHosts'> {
  readonly failOn: FailOn
  /** Further accounts of the organization: what is their own is looked at as well. */
  readonly others?: readonly Session[]
}

/** Why a code could not be judged: no store to compare with, the members not listed, no --allow-host given. */
export interface NotJudged {
  readonly code: FindingCode
  readonly why: 'no_store' | 'members_not_listed' | 'no_allow_host'
}

/** `data` of `webhooks audit`. */
export interface AuditResult {
  readonly organizationUri: string
  readonly summary: SubscriptionSummary
  readonly findings: readonly Finding[]
  readonly history: readonly HistoryPoint[]
  readonly scopes: readonly AuditedScope[]
  readonly notJudged: readonly NotJudged[]
}

export interface AuditReport {
  readonly account: string
  /** What people call the organization; null where it is not known here. */
  readonly organizationName: string | null
  readonly result: AuditResult
  /** Every subscription that was looked at. */
  readonly rows: readonly SubscriptionRow[]
  /** Why this audit's count could not be kept; null where it was, or where there is no store. */
  readonly snapshotProblem: CalreconnectError | null
}

/**
 * Lists, judges, and keeps the count.
 * @throws what Calendly refused to list, where `failOn` names the code that needs it; and as `listForAudit`
 */
export async function audit(deps: AuditDeps, session: Session, request: AuditRequest): Promise<AuditReport> {
  deps.progress.start('Auditing webhook subscriptions')
  const before = deps.store === null ? [] : await knownHere(deps.store, session)
  const lists = await listForAudit(session, deps.progress, request.others).finally(() => deps.progress.stop())
  const { failOn } = request
  if (lists.membershipsRefusal !== null && Array.isArray(failOn) && failOn.includes('CREATOR_GONE')) throw lists.membershipsRefusal
  const nowMs = session.api.remoteNowMs()
  const known = deps.store === null ? null : await knownHere(deps.store, session)
  const input: AuditInput = {
    observed: lists.observed,
    known,
    missing: await missingOf(session, lists, before, known ?? []),
    desired: deps.store === null ? null : desiredHere(await deps.store.connections.list(), session, lists),
    memberships: lists.memberships,
    totalMax: request.totalMax,
    perUrlMax: request.perUrlMax,
    allowHosts: request.allowHosts,
    nowMs,
    account: session.connection?.name ?? null,
  }
  const rows = describeSubscriptions(lists.observed, known ?? [])
  const summary = summarize(rows)
  const kept = await snapshotsWith(deps.store, session, { atMs: nowMs, total: summary.total, active: summary.active })
  const result: AuditResult = {
    organizationUri: session.organizationUri,
    summary,
    findings: auditSubscriptions(input),
    history: history(lists.observed, kept.snapshots),
    scopes: lists.scopes,
    notJudged: codesNotJudged(input).map((code) => ({ code, why: WHY_NOT[code] ?? 'no_store' })),
  }
  return {
    account: session.account,
    organizationName: session.connection?.organizationName ?? null,
    result,
    rows,
    snapshotProblem: kept.problem,
  }
}

const SUSPECTS_AT_ONCE = 4

const WHY_NOT: Partial<Record<FindingCode, NotJudged['why']>> = { CREATOR_GONE: 'members_not_listed', UNKNOWN_HOST: 'no_allow_host' }

async function knownHere(store: AuditStore, { organizationUri }: Session): Promise<readonly KnownSubscription[]> {
  // Those that are gone tell of contests; to every other rule they do not count.
  const known = await store.subscriptions.known(null, { gone: true })
  return known.filter((one) => one.organization === organizationUri && (one.isActive || one.displaced))
}

/**
 * What is managed, was so already before the lists were read, and is in none of them although it would have to be. Calendly is asked for
 * each, since a list may lag behind.
 */
async function missingOf(
  { api }: Session,
  lists: AuditLists,
  before: readonly KnownSubscription[],
  now: readonly KnownSubscription[],
): Promise<readonly KnownSubscription[]> {
  const observed = new Set(lists.observed.map(({ uri }) => uri))
  const old = new Set(before.map(({ uri }) => uri))
  const isListed = ({ scope, user, group }: KnownSubscription): boolean =>
    scope === 'user'
      ? user !== null && lists.users.includes(user)
      : scope === 'group'
        ? group !== null && lists.groups.includes(group)
        : lists.scopes.some((one) => one.scope === scope && one.leftOut === null)
  // What a disconnected account left at Calendly on purpose is nobody's to miss.
  const isMissed = (one: KnownSubscription): boolean => isManaged(one) && (one.account === null || one.owners.length > 0)
  const suspects = now.filter((one) => old.has(one.uri) && !observed.has(one.uri) && isListed(one) && isMissed(one))
  const asked = await mapBounded(suspects, SUSPECTS_AT_ONCE, async (one) => ((await isGone(api, one.uri)) ? [one] : []))
  return asked.flat()
}

async function isGone(api: Session['api'], uri: string): Promise<boolean> {
  try {
    await api.subscription(uri)
    return false
  } catch (error) {
    if (!(error instanceof CalreconnectError) || error.exit !== 'refused') throw error
    return error.code === 'CALENDLY_NOT_FOUND'
  }
}

/** Whoever shares a place wants the same there: the events of all. */
function withSharedEvents(all: readonly DesiredOf[]): readonly DesiredOf[] {
  const atPlace = new Map<string, Wanter[]>()
  for (const { account, spec } of all) {
    if (spec === null) continue
    const identity = identityOf(spec)
    atPlace.set(identity, [...(atPlace.get(identity) ?? []), { account, events: spec.events }])
  }
  return all.map((one) => {
    if (one.spec === null) return one
    return { ...one, spec: sharedSpec(one.spec, atPlace.get(identityOf(one.spec)) ?? [], [], null) }
  })
}

/** Of connections whose webhook would have been in one of the lists: of others nobody could say that it is missing. */
function desiredHere(connections: readonly Connection[], session: Session, lists: AuditLists): readonly DesiredOf[] {
  const listed = new Set(lists.scopes.filter(({ leftOut }) => leftOut === null).map(({ scope }) => scope))
  const here = connections.filter((one) => one.isActive && one.organizationUri === session.organizationUri)
  return withSharedEvents(
    here.map((one) => ({ account: one.name, userUri: one.userUri, spec: wantedSpec(one), webhookUri: one.webhookUri })),
  ).filter(({ spec }) => {
    if (spec === null) return true
    if (spec.scope === 'user') return spec.user !== null && lists.users.includes(spec.user)
    if (spec.scope === 'group') return spec.group !== null && lists.groups.includes(spec.group)
    return listed.has('organization')
  })
}

/** Earlier counts and this one. An audit is worth more than its trend: a store that cannot take the count does not end it. */
async function snapshotsWith(store: AuditStore | null, { userUri, organizationUri }: Session, count: AuditSnapshot) {
  if (store === null) return { snapshots: [count], problem: null }
  const owner = { userUri, organizationUri }
  const earlier = await store.auditSnapshots.list(owner)
  const snapshots = [...earlier.filter(({ atMs }) => atMs < count.atMs), count]
  try {
    await store.auditSnapshots.add(owner, count)
    return { snapshots, problem: null }
  } catch (error) {
    if (error instanceof CalreconnectError && error.exit === 'store') return { snapshots, problem: error }
    throw error
  }
}
