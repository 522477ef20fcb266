// `webhooks audit` for a textfile collector or a push gateway. The label sets are the same from run to run: every code is always there,
// and the tunnels of one provider are one host. @see https://prometheus.io/docs/specs/om/open_metrics_spec/

import { SEVERITIES } from '../../../core/audit/audit.ts'
import { isRetrying, type SubscriptionRow } from '../../../core/audit/findings.ts'
import { placeOf } from '../../../core/audit/together.ts'
import type { AuditDocument } from './document.ts'
import type { View } from '../view.ts'

type Labels = Readonly<Record<string, string>>

export function renderOpenMetrics({ rows, result }: AuditDocument, view: View): string {
  const unjudged = new Set<string>(result.notJudged.map(({ code }) => code))
  const findings = Object.entries(SEVERITIES)
    .filter(([code]) => !unjudged.has(code))
    .map(([code, severity]) => [{ code, severity }, result.findings.filter((one) => one.code === code).length] as const)
  const retries = rows.filter(isRetrying).map(({ retryStartedAt }) => Date.parse(retryStartedAt ?? '') || view.nowMs)
  const oldestSeconds = retries.length === 0 ? 0 : Math.max(0, Math.round((view.nowMs - Math.min(...retries)) / 1000))
  return [
    ...metric('calreconnect_webhook_subscriptions', 'Webhook subscriptions by state, scope and host.', null, totals(rows)),
    ...metric('calreconnect_webhook_findings', 'Findings of the audit by code.', null, findings),
    ...metric(
      'calreconnect_webhook_oldest_retry_seconds',
      'How long deliveries have been failing at the one that fails longest.',
      'seconds',
      [[{}, oldestSeconds]],
    ),
    ...metric('calreconnect_webhook_audit_timestamp_seconds', 'When the audit was made.', 'seconds', [[{}, view.nowMs / 1000]]),
    '# EOF',
    '',
  ].join('\n')
}

function totals(rows: readonly SubscriptionRow[]): (readonly [Labels, number])[] {
  const counts = new Map<string, { readonly labels: Labels; count: number }>()
  for (const row of rows) {
    const labels = { state: isRetrying(row) ? 'retrying' : row.state, scope: row.scope, host: placeOf(row) }
    const key = labelText(labels)
    const entry = counts.get(key)
    if (entry === undefined) counts.set(key, { labels, count: 1 })
    else entry.count += 1
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { labels, count }]) => [labels, count] as const)
}

function metric(name: string, help: string, unit: string | null, samples: readonly (readonly [Labels, number])[]): string[] {
  return [
    `# TYPE ${name} gauge`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
  ]
}

function labelText(labels: Labels): string {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return written.length === 0 ? '' : `{${written.join(',')}}`
}

function escaped(text: string): string {
  return text
    .replaceAll(/\p{Control}/gu, '\uFFFD')
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
}
