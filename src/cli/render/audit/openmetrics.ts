// `webhooks audit` for a textfile collector or a push gateway. The label sets are the same from run to run: every code is always there,
// and the tunnels of one provider are one host. @see https://prometheus.io/docs/specs/om/open_metrics_spec/

import { SEVERITIES } from '../../../core/audit/audit.ts'
import { isRetrying, type SubscriptionRow } from '../../../core/audit/findings.ts'
import { placeOf } from '../../../core/audit/together.ts'
import type { AuditDocument } from './document.ts'
import type { View } from '../view.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [Labels, number]

/** Of several organizations each sample says whose it is. */
export function renderOpenMetrics(documents: readonly AuditDocument[], view: View): string {
  const all = (samples: (document: AuditDocument) => readonly Sample[]): readonly Sample[] =>
    documents.flatMap((document) => {
      const whose = documents.length > 1 ? { organization: document.result.organizationUri } : {}
      return samples(document).map(([labels, value]) => [{ ...whose, ...labels }, value] as const)
    })
  return [
    ...metric(
      'calreconnect_webhook_subscriptions',
      'Webhook subscriptions by state, scope and host.',
      null,
      all(({ rows }) => totals(rows)),
    ),
    ...metric('calreconnect_webhook_findings', 'Findings of the audit by code.', null, all(findingsByCode)),
    ...metric(
      'calreconnect_webhook_oldest_retry_seconds',
      'How long deliveries have been failing at the one that fails longest.',
      'seconds',
      all(({ rows }) => [[{}, oldestRetrySeconds(rows, view)]]),
    ),
    ...metric('calreconnect_webhook_audit_timestamp_seconds', 'When the audit was made.', 'seconds', [[{}, view.nowMs / 1000]]),
    '# EOF',
    '',
  ].join('\n')
}

function findingsByCode({ result }: AuditDocument): readonly Sample[] {
  const unjudged = new Set<string>(result.notJudged.map(({ code }) => code))
  return Object.entries(SEVERITIES)
    .filter(([code]) => !unjudged.has(code))
    .map(([code, severity]) => [{ code, severity }, result.findings.filter((one) => one.code === code).length] as const)
}

function oldestRetrySeconds(rows: readonly SubscriptionRow[], view: View): number {
  const retries = rows.filter(isRetrying).map(({ retryStartedAt }) => Date.parse(retryStartedAt ?? '') || view.nowMs)
  return retries.length === 0 ? 0 : Math.max(0, Math.round((view.nowMs - Math.min(...retries)) / 1000))
}

function totals(rows: readonly SubscriptionRow[]): Sample[] {
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

function metric(name: string, help: string, unit: string | null, samples: readonly Sample[]): string[] {
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
