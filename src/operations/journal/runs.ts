// The journal for people and scripts: what was planned, done, failed, and what is open.

import { next, type NextCommand } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { resolveConnection } from '../../core/connection/query.ts'
import type { Run, RunJournal, RunStep } from '../../core/ports/journal.ts'
import type { Plan, Step } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import { type LaterRun, settledBy } from '../../core/plan/settled-by.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { findRun, RUNS_MAX } from './find-run.ts'
import type { RecordedRun } from './find-run.ts'

export interface RunSummary {
  readonly id: string
  readonly command: string
  readonly account: string
  /** ISO 8601 UTC. */
  readonly startedAt: string
  readonly finishedAt: string | null
  /** `open`: under way in another process, or it was killed. */
  readonly status: Run['status']
  /** Steps that change something. */
  readonly stepsTotal: number
  readonly stepsDone: number
  readonly stepsFailed: number
  /** Steps that were begun and whose outcome is not known. */
  readonly unsettled: number
  /** Id of the later run that did what this one had left; null where nothing was left, or still is. */
  readonly settledBy: string | null
}

export type StepState = 'done' | 'failed' | 'unsettled' | 'not_begun'

export type StepRecord = Step & {
  readonly index: number
  readonly status: StepState
  readonly outcome: string | null
  readonly newUri: string | null
  readonly gapMs: number | null
  /** As it was reported then. */
  readonly error: unknown
  /** Whether its whole definition is on record, for `webhooks restore`. */
  readonly backup: boolean
  readonly startedAt: string | null
  readonly settledAt: string | null
}

export interface RunDetail {
  readonly run: RunSummary & { readonly plan: Plan }
  readonly steps: readonly StepRecord[]
  /** The command that goes on, or brings back; null when there is nothing to do. */
  readonly next: NextCommand | null
}

export interface RunList {
  readonly runs: readonly RunSummary[]
}

/** Open and unsettled ones first, then newest first. @param account a name, e-mail …; null for all */
export async function listRuns(
  deps: { readonly runs: RunJournal; readonly connections: ConnectionStore },
  input: { readonly account: string | null; readonly limit: number },
): Promise<RunList> {
  const account = input.account === null ? null : await accountName(deps.connections, input.account)
  const all = await deps.runs.list({ limit: RUNS_MAX, ...(account === null ? {} : { account }) })
  const settlers = settlersAmong(all)
  const open = new Set(all.filter(({ status }) => status === 'open').map(({ id }) => id))
  for (const name of new Set(all.map((run) => run.account))) {
    for (const { runId } of await deps.runs.unsettledCreates(name)) open.add(runId)
  }
  const shown = [...all.filter(({ id }) => open.has(id)), ...all.filter(({ id }) => !open.has(id))].slice(0, input.limit)
  const recorded = await Promise.all(shown.map(({ id }) => deps.runs.get(id)))
  const summaries = recorded.flatMap((one) => (one === null ? [] : [summaryOf(one, settlers)]))
  const isOpen = (run: RunSummary): boolean => run.settledBy === null && (run.status === 'open' || run.unsettled > 0) && !isWhole(run)
  const age = new Map(all.map(({ id }, at) => [id, at]))
  const newestFirst = summaries.sort((a, b) => (age.get(a.id) ?? 0) - (age.get(b.id) ?? 0))
  return { runs: [...newestFirst.filter(isOpen), ...newestFirst.filter((one) => !isOpen(one))] }
}

/** @throws USAGE when there is no such run */
export async function showRun(deps: { readonly runs: RunJournal }, query: string): Promise<RunDetail> {
  const recorded = await findRun(deps.runs, query)
  const steps = stepRecords(recorded)
  const settlers = settlersAmong(await deps.runs.list({ account: recorded.run.account, limit: RUNS_MAX }))
  const summary = summaryOf(recorded, settlers)
  return {
    run: { ...summary, plan: recorded.run.plan },
    steps,
    next: summary.settledBy === null ? nextCommand(recorded.run, steps) : null,
  }
}

/** Nothing is left to do. */
export function isWhole({ stepsDone, stepsTotal }: RunSummary): boolean {
  return stepsDone === stepsTotal
}

/** Of a run the later ones of its account that went through, oldest first. */
type Settlers = (run: Run) => readonly LaterRun[]

/** @param newestFirst as the journal lists them */
function settlersAmong(newestFirst: readonly Run[]): Settlers {
  return (run) =>
    newestFirst
      .slice(
        0,
        Math.max(
          0,
          newestFirst.findIndex(({ id }) => id === run.id),
        ),
      )
      .filter(({ account, status }) => account === run.account && status === 'done')
      .map(({ id, plan }) => ({ id, steps: plan.steps }))
      .toReversed()
}

function summaryOf(recorded: RecordedRun, settlers: Settlers): RunSummary {
  const { run } = recorded
  const steps = stepRecords(recorded)
  const inState = (status: StepState): number => steps.filter((step) => step.status === status).length
  return {
    id: run.id,
    command: run.command,
    account: run.account,
    startedAt: new Date(run.startedAtMs).toISOString(),
    finishedAt: isoOrNull(run.finishedAtMs),
    status: run.status,
    stepsTotal: writesOf(run.plan).length,
    stepsDone: inState('done'),
    stepsFailed: inState('failed'),
    unsettled: inState('unsettled'),
    settledBy: settledBy(
      steps.filter(({ status }) => status !== 'done'),
      settlers(run),
    ),
  }
}

/** The plan's steps that change something, each with what came of it, and what was put back besides. */
function stepRecords({ run, steps }: RecordedRun): StepRecord[] {
  const begun = new Map(steps.map((step) => [step.index, step]))
  const beyond = steps.filter(({ index }) => index >= run.plan.steps.length)
  return [
    ...run.plan.steps.flatMap((planned, index) => (planned.action === 'keep' ? [] : [recordOf(index, planned, begun.get(index))])),
    ...beyond.map((record) => recordOf(record.index, record.step, record)),
  ]
}

function recordOf(index: number, planned: Step, record: RunStep | undefined): StepRecord {
  return {
    ...(record?.step ?? planned),
    index,
    status: record === undefined ? 'not_begun' : STATES[record.state],
    outcome: record?.outcome ?? null,
    newUri: record?.newUri ?? null,
    gapMs: record?.gapMs ?? null,
    error: record?.error ?? null,
    backup: (record?.backup ?? null) !== null,
    startedAt: isoOrNull(record?.startedAtMs ?? null),
    settledAt: isoOrNull(record?.settledAtMs ?? null),
  }
}

const STATES = { intended: 'unsettled', settled: 'done', failed: 'failed' } as const satisfies Record<string, StepState>

/** What a person would run: the same verb again where it knows what is left, the backup where something may be missing. */
function nextCommand({ id, command, account }: Run, steps: readonly StepRecord[]): NextCommand | null {
  const isLeft = steps.some(({ status }) => status !== 'done')
  const of = ['--account', account]
  const halfReplaced = steps.some(
    ({ action, status, backup }) => action === 'replace' && backup && status !== 'done' && status !== 'not_begun',
  )
  if (isLeft && (command === 'connect' || command === 'reconnect')) return next('reconnect', ...of)
  if (isLeft && command === 'disconnect') return next('disconnect', ...of)
  if (halfReplaced) return next('webhooks', 'restore', id)
  if (isLeft)
    return steps.some(({ status }) => status === 'unsettled') ? next('webhooks', 'list', ...of) : next(...command.split(' '), ...of)
  return steps.some(({ outcome }) => outcome === 'deleted') ? next('webhooks', 'restore', id) : null
}

/** A connection's name; text that fits none is taken as it is, since runs outlive connections. */
async function accountName(connections: ConnectionStore, query: string): Promise<string> {
  try {
    return resolveConnection(await connections.list(), query, null).name
  } catch (error) {
    if (error instanceof CalreconnectError && (error.code === 'ACCOUNT_UNKNOWN' || error.code === 'NOT_CONNECTED')) return query
    throw error
  }
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
