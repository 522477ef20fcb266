// Plans and what was done of them, as people read them.

import type { AppliedStep, DeleteStep, FailedStep, Plan, PlanResult, ReplaceStep, Step, Why, WhyNot } from '../../core/plan/model.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import { type Paint, shown, type View } from './view.ts'
import { count, duration, eventFamilies, idOf, relativeTime, shortId } from './words.ts'

/** Why a step is in a plan, for a column. */
export const BECAUSE: Record<Why, string> = {
  desired: 'as it should be',
  missing: 'none there',
  events_differ: 'events differ',
  disabled: 'disabled',
  key_unknown: 'key unknown',
  duplicate: 'duplicate',
  superseded: 'superseded',
  url_conflict: 'URL is taken',
  matched: 'named',
  older_than: 'old',
  creator_gone: 'creator gone',
  restored: 'restored',
}

/** A line a step. @param rowsMax more are only counted */
export function renderPlan(plan: Plan, view: View, options: { readonly rowsMax?: number } = {}): string {
  const rowsMax = options.rowsMax ?? Number.POSITIVE_INFINITY
  const shown = plan.steps.slice(0, rowsMax)
  const more = plan.steps.length - shown.length
  const table = renderTable(view, fittingColumns(view, planColumns(view, shown), shown), shown)
  return [table, ...(more === 0 ? [] : [`… and ${more} more`]), ...notRestorable(plan)].join('\n')
}

const WHY_NOT: Record<WhyNot, string> = {
  key_unknown: 'its signing key is not known here',
  scope_missing: 'the granted scopes do not cover its events',
  role_insufficient: 'the role does not allow its scope',
  of_another_user: 'it is another user’s',
}

/** What `webhooks restore` could not bring back as it was, before it goes. */
function notRestorable({ steps }: Plan): string[] {
  const lost = steps.filter((step): step is DeleteStep | ReplaceStep => 'restorable' in step && !step.restorable)
  return (['key_unknown', 'scope_missing', 'role_insufficient', 'of_another_user'] as const).flatMap((why) => {
    const ids = lost.flatMap((step) => (step.whyNot === why ? [idOf(step.uri)] : []))
    if (ids.length === 0) return []
    const named = ids.length <= NAMED_MAX ? ids.join(', ') : `${ids.slice(0, NAMED_MAX).join(', ')} and ${ids.length - NAMED_MAX} more`
    return [`Cannot be restored as it was: ${named} (${WHY_NOT[why]})`]
  })
}

const NAMED_MAX = 5

/** What a dry run prints: the plan, and that it is one. */
export function renderDryRun(plan: Plan, view: View): string {
  const writes = plan.steps.filter(({ action }) => action !== 'keep')
  if (writes.length === 0) return 'Nothing to do'
  return `${renderPlan(plan, view)}\n\nWould ${whatOf(plan)}; nothing was changed`
}

/** `delete 12 subscriptions`, `replace 1 subscription and delete 2`. */
export function whatOf({ steps }: Plan): string {
  const of = (action: Step['action']): number => steps.filter((step) => step.action === action).length
  const parts = (['create', 'replace', 'delete'] as const).map((action) => [action, of(action)] as const).filter(([, number]) => number > 0)
  return parts
    .map(([action, number], at) => (at === 0 ? `${action} ${count(number, 'subscription')}` : `${action} ${number}`))
    .join(' and ')
}

/** What was done, with failures in full, and a last line that says what has changed. */
export function renderChange(data: PlanResult & { readonly plan: Plan }, view: View, options: { readonly dryRun: boolean }): string {
  if (options.dryRun) return renderDryRun(data.plan, view)
  if (data.applied.length === 0 && data.failed.length === 0) return `${view.paint.green('✓')} Nothing to do`
  const lines =
    data.applied.length > 0 && data.applied.length <= ROWS_MAX
      ? [renderTable(view, fittingColumns(view, doneColumns(view, data.applied), data.applied), data.applied), '']
      : []
  const failures = data.failed.map((step) => failureLine(step, view))
  const mark = data.failed.length === 0 ? view.paint.green('✓') : view.paint.red('✗')
  return [...lines, ...failures, `${mark} ${doneText(data)}`].join('\n')
}

/** Beyond this, counting says more than listing. */
const ROWS_MAX = 50

/** `Created 1 subscription, deleted 12 subscriptions, 1 was gone already, 2 failed`. */
function doneText({ plan, applied, failed }: PlanResult & { readonly plan: Plan }): string {
  const of = (outcome: AppliedStep['outcome']): number => applied.filter((step) => step.outcome === outcome).length
  const gone = of('already_gone')
  const total = plan.steps.filter(({ action }) => action !== 'keep').length
  const left = total - applied.length - failed.length
  const parts = [
    ...(['created', 'replaced', 'deleted'] as const)
      .filter((outcome) => of(outcome) > 0)
      .map((outcome) => `${outcome} ${count(of(outcome), 'subscription')}`),
    ...(gone === 0 ? [] : [`${gone} ${gone === 1 ? 'was' : 'were'} gone already`]),
    ...(failed.length === 0 ? [] : [`${failed.length} failed`]),
    ...(left === 0 ? [] : [`${left} not begun`]),
    ...applied.filter((step) => step.outcome === 'replaced').map((step) => gapText(step.gapMs ?? 0)),
  ]
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function gapText(gapMs: number): string {
  return gapMs === 0 ? 'without a gap' : `${gapMs < 1000 ? `${Math.round(gapMs)} ms` : duration(gapMs)} without a subscription`
}

function failureLine(step: FailedStep, view: View): string {
  const { paint } = view
  const id = step.uri === null ? '' : ` ${idOf(step.uri)}`
  return `${paint.red('✗')} ${step.action}${id} ${shown(step.callbackUrl, view)}: ${printable(step.error.message)}`
}

function planColumns(view: View, steps: readonly Step[]): readonly DroppableColumn<Step>[] {
  const short = shortId(steps.flatMap(({ uri }) => (uri === null ? [] : [idOf(uri)])))
  return [
    { header: 'action', cell: ({ action }) => action, paint: (text, { action }) => actionPaint(view.paint, action)(text) },
    { header: 'why', cell: ({ why }) => BECAUSE[why] },
    { header: 'scope', cell: ({ scope }) => scope, dropsAt: 3 },
    { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl, shrinks: true },
    { header: 'events', cell: ({ events }) => eventFamilies(events), value: ({ events }) => events.join(','), shrinks: true, dropsAt: 1 },
    {
      header: 'created',
      cell: ({ createdAt }) => (createdAt === null ? '-' : relativeTime(createdAt, view.nowMs)),
      value: ({ createdAt }) => createdAt ?? '-',
      dropsAt: 2,
    },
    {
      header: 'id',
      cell: ({ uri }) => (uri === null ? '-' : short(idOf(uri))),
      value: ({ uri }) => (uri === null ? '-' : idOf(uri)),
      paint: (text) => view.paint.dim(text),
    },
  ]
}

function doneColumns(view: View, applied: readonly AppliedStep[]): readonly DroppableColumn<AppliedStep>[] {
  const idAfter = ({ uri, newUri }: AppliedStep): string => idOf(newUri ?? uri ?? '')
  const short = shortId(applied.map(idAfter))
  return [
    {
      header: 'outcome',
      cell: ({ outcome }) => outcome.replace('_', ' '),
      paint: (text, { action }) => actionPaint(view.paint, action)(text),
    },
    { header: 'why', cell: ({ why }) => BECAUSE[why] },
    { header: 'scope', cell: ({ scope }) => scope, dropsAt: 3 },
    { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl, shrinks: true },
    { header: 'id', cell: (step) => short(idAfter(step)), value: idAfter, paint: (text) => view.paint.dim(text) },
  ]
}

function actionPaint(paint: Paint, action: Step['action']): (text: string) => string {
  switch (action) {
    case 'keep':
      return (text) => paint.dim(text)
    case 'create':
      return (text) => paint.green(text)
    case 'replace':
      return (text) => paint.yellow(text)
    case 'delete':
      return (text) => paint.red(text)
  }
}
