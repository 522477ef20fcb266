// Brings back what a run deleted, from the definitions that the journal kept, with the same signing keys where they are known.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { identityOf, idOf, normalizeUrl } from '../../core/calendly/identity.ts'
import type { RunJournal, RunStep } from '../../core/ports/journal.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import { planRestore, writesOf } from '../../core/plan/reconcile.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import { type EnsureDeps, holdWebhooks } from './ensure.ts'
import { executePlan } from '../execute/plan.ts'
import { findRun, RUNS_MAX } from '../journal/find-run.ts'
import { observe } from '../observe/observe.ts'
import { recordOwn } from './own.ts'
import type { Session } from '../observe/session.ts'

export interface RestoreSource {
  /** Null: found by URI in several runs. */
  readonly runId: string | null
  readonly account: string
  readonly backups: readonly Subscription[]
}

export interface PlannedRestore {
  /** Named by URI: it takes the place of one with other events. */
  readonly exactly: boolean
  readonly plan: Plan
  readonly backups: readonly Subscription[]
  /** URIs of those whose signing key is not on record: their receivers must be told a new one. */
  readonly withoutKey: readonly string[]
}

export interface RestoreResult extends PlanResult {
  readonly plan: Plan
}

/** What a run deleted, by the run's id or its beginning. @throws USAGE when there is none, or it deleted nothing */
export async function backupsOfRun(runs: RunJournal, query: string): Promise<RestoreSource> {
  const { run, steps } = await findRun(runs, query)
  const backups = steps.filter(mayHaveDeleted).flatMap(backupOf)
  if (backups.length === 0)
    throw new CalreconnectError('USAGE', `The run ${run.id} (${run.command}) deleted nothing`, { hint: next('runs') })
  return { runId: run.id, account: run.account, backups }
}

/** What the account's last run that deleted anything for good deleted. @throws USAGE when there is none */
export async function backupsOfLastRun(runs: RunJournal, account: string): Promise<RestoreSource> {
  for (const { id } of await runs.list({ account, limit: RUNS_MAX })) {
    const recorded = await runs.get(id)
    if (recorded?.steps.some(hasDeleted) !== true) continue
    return { runId: id, account, backups: recorded.steps.filter(mayHaveDeleted).flatMap(backupOf) }
  }
  throw new CalreconnectError('USAGE', `No run of ${account} deleted anything`, { hint: next('runs') })
}

/** The last known definitions of single subscriptions, by URI or its id. @throws USAGE naming those that no run has deleted */
export async function backupsOfUris(runs: RunJournal, account: string, uris: readonly string[]): Promise<RestoreSource> {
  const latest = new Map<string, Subscription>()
  for (const { id } of await runs.list({ account, limit: RUNS_MAX })) {
    for (const backup of (await runs.get(id))?.steps.flatMap(backupOf) ?? []) {
      if (!latest.has(backup.uri)) latest.set(backup.uri, backup)
    }
  }
  const all = [...latest.values()]
  const found = uris.map((text) => [text, all.filter((one) => isMeant(one, text))] as const)
  const missing = found.filter(([, fitting]) => fitting.length === 0).map(([text]) => text)
  if (missing.length > 0) {
    throw new CalreconnectError('USAGE', `No run of ${account} deleted ${missing.join(', ')}`, { hint: next('runs') })
  }
  const [unclear] = found.filter(([text, fitting]) => fitting.length > 1 && !URL.canParse(text))
  if (unclear !== undefined) {
    throw new CalreconnectError('USAGE', `${unclear[0]} fits ${unclear[1].map(({ uri }) => idOf(uri)).join(', ')}`, {
      hint: 'Write more of its id',
    })
  }
  // One place may have been deleted often: its last definition comes back.
  return { runId: null, account, backups: [...new Set(found.flatMap(([, fitting]) => fitting.slice(0, 1)))] }
}

/** By its URI, its id or the beginning of it, or its callback URL. */
function isMeant({ uri, callbackUrl }: Subscription, text: string): boolean {
  if (uri === text || idOf(uri).startsWith(text)) return true
  return URL.canParse(text) && normalizeUrl(callbackUrl) === normalizeUrl(text)
}

/** @throws USAGE when the connection belongs to another organization than then */
export async function plannedRestore(deps: EnsureDeps, session: Session, source: RestoreSource): Promise<PlannedRestore> {
  const elsewhere = source.backups.find(({ organization }) => organization !== session.organizationUri)
  if (elsewhere !== undefined) {
    throw new CalreconnectError(
      'USAGE',
      `${elsewhere.uri} was in another organization than ${session.account} is now: ${elsewhere.organization}`,
      {
        hint: 'Name the connection with --account',
      },
    )
  }
  const exactly = source.runId === null
  const { plan } = await planNow(deps, session, source.backups, exactly)
  const keys = await keysOf(deps, source.backups)
  const created = new Set(writesOf(plan).map((step) => identityOf(step)))
  const withoutKey = source.backups.filter((one) => created.has(identityOf(one)) && !keys.has(identityOf(one))).map(({ uri }) => uri)
  return { plan, backups: source.backups, withoutKey, exactly }
}

/** Looks and plans again under the account's lock: what came back in the meantime is not made twice. */
export async function restore(
  deps: EnsureDeps,
  session: Session,
  planned: PlannedRestore,
  options: { readonly command: string },
): Promise<RestoreResult> {
  if (writesOf(planned.plan).length === 0) return { plan: planned.plan, applied: [], failed: [] }
  return holdWebhooks(deps, session, async () => {
    const { plan, observed } = await planNow(deps, session, planned.backups, planned.exactly)
    const keys = await keysOf(deps, planned.backups)
    const { applied, failed, made } = await executePlan(deps, {
      command: options.command,
      plan,
      session,
      origin: 'created',
      observed,
      signingKeyFor: (step) => keys.get(identityOf(step)) ?? null,
    })
    await recordOwn(deps, session, made)
    return { plan, applied, failed }
  })
}

async function planNow(
  deps: EnsureDeps,
  session: Session,
  backups: readonly Subscription[],
  exactly: boolean,
): Promise<{ readonly plan: Plan; readonly observed: readonly Subscription[] }> {
  const { account, organizationUri } = session
  const { observed, known } = await observe(deps, session, { group: backups.find(({ group }) => group !== null)?.group ?? null })
  const madeAt = new Date(deps.clock.nowMs()).toISOString()
  const plan = planRestore({ account, organizationUri, madeAt, backups, observed, exactly })
  return { plan: withRestorable(plan, { ...session, observed, known }), observed }
}

/** By identity. Of several that were at one place, the newest key that is known. */
async function keysOf(deps: Pick<EnsureDeps, 'subscriptions'>, backups: readonly Subscription[]): Promise<ReadonlyMap<string, Secret>> {
  const keys = new Map<string, Secret>()
  for (const backup of [...backups].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))) {
    const key = await deps.subscriptions.signingKey(backup.uri)
    if (key !== null) keys.set(identityOf(backup), key)
  }
  return keys
}

function backupOf({ backup }: RunStep): Subscription[] {
  return backup === null ? [] : [backup]
}

/** The subscription may be gone because of this step, and nothing was put in its place. What is there after all is kept by the plan. */
function mayHaveDeleted({ step, state, outcome }: RunStep): boolean {
  if (step.action === 'delete') return true
  return step.action === 'replace' && (state !== 'settled' || outcome !== 'replaced')
}

/** It is gone, or nobody can say. */
function hasDeleted({ step, state, outcome, backup }: RunStep): boolean {
  if (backup === null) return false
  if (step.action === 'delete') return outcome === 'deleted' || state === 'intended'
  return step.action === 'replace' && state !== 'settled'
}
