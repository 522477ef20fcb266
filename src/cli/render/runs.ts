// The journal as people read it.

import { NO_INVOCATION } from '../../core/errors/advice.ts'
import { isWhole, type RunDetail, type RunList, type RunSummary, type StepRecord } from '../../operations/journal/runs.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import { BECAUSE } from './plan.ts'
import type { Paint, View } from './view.ts'
import { count, duration, idOf, relativeTime, shortId } from './words.ts'

export function renderRuns({ runs }: RunList, view: View): string {
  if (runs.length === 0) return 'No runs: nothing was changed at Calendly yet'
  const short = shortId(runs.flatMap(({ id, settledBy }) => (settledBy === null ? [id] : [id, settledBy])))
  const columns: readonly DroppableColumn<RunSummary>[] = [
    { header: 'run', cell: ({ id }) => short(id), value: ({ id }) => id },
    { header: 'started', cell: ({ startedAt }) => relativeTime(startedAt, view.nowMs), value: ({ startedAt }) => startedAt, dropsAt: 2 },
    { header: 'account', cell: ({ account }) => account, shrinks: true },
    { header: 'command', cell: ({ command }) => command },
    { header: 'status', cell: (run) => statusText(run, short), paint: (text, run) => colourOf(run, view.paint)(text) },
    { header: 'steps', cell: stepsText, dropsAt: 1 },
  ]
  return renderTable(view, fittingColumns(view, columns, runs), runs)
}

export function renderRun({ run, steps, next }: RunDetail, view: View): string {
  const { paint } = view
  const took = run.finishedAt === null ? '' : `, took ${duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`
  const lines = [
    `${paint.bold(run.id)}  ${colourOf(run, paint)(statusText(run, (id) => id))}`,
    `${printable(run.command)} for ${printable(run.account)}, ${relativeTime(run.startedAt, view.nowMs)} (${run.startedAt})${took}`,
    '',
    stepTable(steps, view),
  ]
  const failures = steps.flatMap((step, at) => failureLines(step, at + 1, paint))
  if (failures.length > 0) lines.push('', ...failures)
  if (run.unsettled > 0 && run.settledBy === null) {
    lines.push(
      '',
      `${count(run.unsettled, 'step')} began and has no outcome on record; the next command for ${printable(run.account)} finds out by looking at Calendly`,
    )
  }
  if (next !== null)
    lines.push(
      '',
      `${paint.cyan(isWhole(run) ? 'To bring back what it deleted:' : 'Next:')} ${next.render(view.invocation ?? NO_INVOCATION)}`,
    )
  return lines.join('\n')
}

function stepTable(steps: readonly StepRecord[], view: View): string {
  if (steps.length === 0) return 'Its plan had nothing to change'
  const short = shortId(steps.flatMap(({ uri, newUri }) => [uri, newUri].filter((one) => one !== null).map(idOf)))
  const idCell = (uri: string | null): string => (uri === null ? '' : short(idOf(uri)))
  const idValue = (uri: string | null): string => (uri === null ? '' : idOf(uri))
  const isNow: DroppableColumn<StepRecord> = {
    header: 'is now',
    cell: ({ newUri }) => idCell(newUri),
    value: ({ newUri }) => idValue(newUri),
  }
  const columns: readonly DroppableColumn<StepRecord>[] = [
    { header: 'step', cell: (step) => String(steps.indexOf(step) + 1), align: 'right' },
    { header: 'action', cell: ({ action }) => action },
    { header: 'outcome', cell: outcomeText, paint: (text, step) => stepColour(step, view.paint)(text) },
    { header: 'scope', cell: ({ scope }) => scope, dropsAt: 1 },
    { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl, shrinks: true },
    { header: 'why', cell: ({ why }) => BECAUSE[why], value: ({ why }) => why },
    { header: 'was', cell: ({ uri }) => idCell(uri), value: ({ uri }) => idValue(uri) },
    ...(Number.isFinite(view.columns) && steps.every(({ newUri }) => newUri === null) ? [] : [isNow]),
  ]
  return renderTable(view, fittingColumns(view, columns, steps), steps)
}

function failureLines({ error, status }: StepRecord, number: number, paint: Paint): readonly string[] {
  if (status !== 'failed' || typeof error !== 'object' || error === null) return []
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'failed'
  const hint = 'hint' in error && typeof error.hint === 'string' ? `\n  ${paint.cyan('Hint:')} ${printable(error.hint)}` : ''
  return [`${paint.red(`Step ${number}:`)} ${printable(message)}${hint}`]
}

function statusText(run: RunSummary, short: (id: string) => string): string {
  const { status, unsettled, settledBy } = run
  if (settledBy !== null) return `${status === 'open' ? 'killed' : status}, settled by ${short(settledBy)}`
  if (status === 'open') return isWhole(run) ? 'killed, and settled since' : 'open (running, or was killed)'
  return unsettled > 0 ? `${status}, ${unsettled} unsettled` : status
}

function stepsText({ stepsDone, stepsTotal, stepsFailed }: RunSummary): string {
  return `${stepsDone}/${stepsTotal}${stepsFailed === 0 ? '' : `, ${stepsFailed} failed`}`
}

function outcomeText({ status, outcome, gapMs }: StepRecord): string {
  const gap = gapMs === null || gapMs === 0 ? '' : ` (gap ${gapMs} ms)`
  return status === 'done' ? `${outcome ?? 'done'}${gap}`.replace('_', ' ') : status.replace('_', ' ')
}

function colourOf(run: RunSummary, paint: Paint): (text: string) => string {
  const { status, unsettled, settledBy } = run
  if (settledBy !== null || (status === 'open' && isWhole(run))) return (text) => paint.dim(text)
  if (status === 'failed') return (text) => paint.red(text)
  if (status === 'open' || status === 'partial' || unsettled > 0) return (text) => paint.yellow(text)
  return (text) => paint.green(text)
}

function stepColour({ status }: StepRecord, paint: Paint): (text: string) => string {
  switch (status) {
    case 'done':
      return (text) => paint.green(text)
    case 'failed':
      return (text) => paint.red(text)
    case 'unsettled':
      return (text) => paint.yellow(text)
    case 'not_begun':
      return (text) => paint.dim(text)
  }
}
