// Webhook subscriptions as people read them.

import { advise, next, type Hint } from '../../core/errors/advice.ts'
import type { SubscriptionRow, SubscriptionSummary } from '../../core/audit/findings.ts'
import type { WebhookChange } from '../../operations/webhooks/create.ts'
import type { WebhookDetail } from '../../operations/webhooks/get.ts'
import type { WebhookList } from '../../operations/webhooks/list.ts'
import { renderChange } from './plan.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import { shown, type View } from './view.ts'
import { count, duration, eventFamilies, relativeTime, shortId } from './words.ts'

/** A line a subscription and a summary; nothing at all for none. */
export function renderWebhooks({ webhooks, summary }: WebhookList, view: View): string {
  if (webhooks.length === 0) return ''
  const { paint, nowMs } = view
  const isAll = !Number.isFinite(view.columns) || (view.only ?? null) !== null
  const short = shortId(webhooks.map(({ id }) => id))
  const hasFindings = webhooks.some((row) => otherFindings(row) !== '')
  const findings: DroppableColumn<SubscriptionRow> = {
    header: 'findings',
    cell: otherFindings,
    value: ({ findings: codes }) => codes.join(','),
    paint: (text) => paint.yellow(text),
  }
  const columns: readonly DroppableColumn<SubscriptionRow>[] = [
    { header: 'state', cell: (row) => stateText(row, nowMs), value: stateValue, paint: (text, row) => statePaint(row, view)(text) },
    { header: 'scope', cell: ({ scope }) => scope, dropsAt: 3 },
    { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl, shrinks: true },
    { header: 'events', cell: ({ events }) => eventFamilies(events), value: ({ events }) => events.join(','), shrinks: true, dropsAt: 1 },
    { header: 'created', cell: ({ createdAt }) => relativeTime(createdAt, nowMs), value: ({ createdAt }) => createdAt, dropsAt: 2 },
    { header: 'managed', cell: managedText, paint: (text, row) => (row.managed ? text : paint.dim(text)), dropsAt: 4 },
    ...(hasFindings || isAll ? [findings] : []),
    { header: 'id', cell: ({ id }) => short(id), value: ({ id }) => id, paint: (text) => paint.dim(text) },
  ]
  const table = renderTable(view, fittingColumns(view, columns, webhooks), webhooks)
  return Number.isFinite(view.columns) ? `${table}\n\n${summaryText(summary)}` : table
}

/** What to run next. */
export function listHints({ webhooks, summary }: WebhookList, isFiltered: boolean): readonly Hint[] {
  if (webhooks.length === 0) {
    return [
      isFiltered
        ? advise`No subscription fits. All of them: ${next('webhooks', 'list')}`
        : advise`No webhook subscriptions yet. Make one: ${next('reconnect', '--callback-url', 'URL')}`,
    ]
  }
  const isCrowded = webhooks.some((row) => row.managed && row.findings.some((code) => code === 'DUPLICATE' || code === 'DISABLED'))
  if (isCrowded) return [advise`See what could go: ${next('webhooks', 'prune', '--dry-run')}`]
  if (summary.duplicates > 0 || summary.disabled > 0) {
    return [
      advise`See what could go, others’ included: ${next('webhooks', 'prune', '--duplicates', '--disabled', '--include-foreign', '--dry-run')}`,
    ]
  }
  return []
}

/** Everything about one. */
export function renderWebhook({ webhook, signingKey }: WebhookDetail, view: View): string {
  // Alone on stdout, so that a script can take it as it is.
  return signingKey ?? block(webhook, view)
}

/** What was done, and what is in place now. */
export function renderWebhookChange(data: WebhookChange, view: View, options: { readonly dryRun: boolean }): string {
  const done = renderChange(data, view, options)
  if (data.webhook === null || options.dryRun) return done
  const isKept = data.applied.length === 0
  const head = isKept ? `${view.paint.green('✓')} Already there, nothing to do` : done
  return `${head}\n\n${block(data.webhook, view)}`
}

function block(webhook: SubscriptionRow, view: View): string {
  const { paint, nowMs } = view
  const owner = webhook.user ?? webhook.group ?? webhook.organization
  const rows: readonly (readonly [string, string])[] = [
    ['Callback URL', shown(webhook.callbackUrl, view)],
    ['State', statePaint(webhook, view)(printable(stateText(webhook, nowMs)))],
    ['Scope', `${printable(webhook.scope)} ${paint.dim(printable(owner))}`],
    ['Events', printable(webhook.events.join(', '))],
    [
      'Created',
      `${relativeTime(webhook.createdAt, nowMs)} ${paint.dim(`${printable(webhook.createdAt)}${webhook.creator === null ? '' : ` by ${printable(webhook.creator)}`}`)}`,
    ],
    ['Managed', webhook.managed ? 'yes' : 'no, made elsewhere'],
    ['Signing key', webhook.signingKeyStored ? 'stored' : paint.yellow('not known here')],
    ['URI', printable(webhook.uri)],
    ...(webhook.findings.length === 0 ? [] : [['Findings', paint.yellow(webhook.findings.join(', '))] as const]),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `${paint.dim(label.padEnd(width))}  ${text}`).join('\n')
}

function summaryText(summary: SubscriptionSummary): string {
  const states = [
    `${summary.active} active`,
    ...(summary.disabled > 0 ? [`${summary.disabled} disabled`] : []),
    ...(summary.retrying > 0 ? [`${summary.retrying} retrying`] : []),
  ]
  const parts = [
    `${count(summary.total, 'subscription')}: ${states.join(', ')}`,
    `${summary.managed} managed, ${summary.foreign} foreign`,
    ...(summary.duplicates > 0 ? [count(summary.duplicates, 'duplicate')] : []),
    count(summary.distinctUrls, 'distinct URL'),
  ]
  return parts.join(' · ')
}

function stateText({ state, retryStartedAt }: SubscriptionRow, nowMs: number): string {
  if (state !== 'active' || retryStartedAt === null) return state
  return `retrying ${duration(Math.max(0, nowMs - Date.parse(retryStartedAt)))}`
}

function stateValue({ state, retryStartedAt }: SubscriptionRow): string {
  return state === 'active' && retryStartedAt !== null ? 'retrying' : state
}

function statePaint(row: SubscriptionRow, { paint }: View): (text: string) => string {
  if (row.state === 'disabled') return (text) => paint.red(text)
  return row.state === 'active' && row.retryStartedAt === null ? (text) => paint.green(text) : (text) => paint.yellow(text)
}

function managedText({ managed, signingKeyStored }: SubscriptionRow): string {
  if (!managed) return signingKeyStored ? 'no, key stored' : 'no'
  return signingKeyStored ? 'yes' : 'yes, no key'
}

/** Those that no other column tells. */
function otherFindings({ findings }: SubscriptionRow): string {
  const told = new Set(['DISABLED', 'RETRYING', 'KEY_UNKNOWN', 'UNKNOWN_STATE'])
  return findings
    .filter((code) => !told.has(code))
    .map((code) => code.toLowerCase().replaceAll('_', ' '))
    .join(', ')
}
