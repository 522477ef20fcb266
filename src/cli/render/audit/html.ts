// `webhooks audit` as one HTML file: no script, nothing fetched, nothing that anybody else wrote is markup.

import { hostOf } from '../../../core/calendly/callback-host.ts'
import type { SubscriptionRow } from '../../../core/audit/findings.ts'
import { type AuditDocument, notes, unitOf, verdict, type ShownFinding } from './document.ts'
import { accumulationPlot } from './html-plot.ts'
import { STYLE } from './html-style.ts'
import { html } from './html-text.ts'
import type { View } from '../view.ts'
import { count } from '../words.ts'

/** A longer fix is folded. */
const FIX_UNFOLDED_MAX = 300

export function renderHtml(document: AuditDocument, view: View): string {
  const { account, result, rows } = document
  const title = `Webhook audit of ${html(account)}`
  const remarks = notes(document)
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Belt and braces: even if something got through as markup, it could neither run nor fetch.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<header><h1>${title}</h1>`,
    `<p class="meta">${html(result.organizationUri)}<br>${time(new Date(view.nowMs).toISOString())}</p>`,
    `<p class="verdict ${toneOf(result.findings)}">${html(verdict(document))}</p></header>`,
    counts(document),
    accumulation(document),
    `<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${findingsTable(result.findings)}</section>`,
    remarks.length === 0
      ? ''
      : `<section aria-labelledby="notes"><h2 id="notes">Not audited</h2><ul>${remarks.map((note) => `<li>${html(note)}</li>`).join('')}</ul></section>`,
    `<section aria-labelledby="hosts"><h2 id="hosts">Subscriptions by host</h2>${hosts(rows, result.findings)}</section>`,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function counts({ result: { summary } }: AuditDocument): string {
  const { total, active, disabled, retrying, managed, foreign, duplicates, distinctUrls } = summary
  const shown = { Total: total, Active: active, Disabled: disabled, Retrying: retrying, Managed: managed, Foreign: foreign }
  const all = Object.entries({ ...shown, Duplicates: duplicates, URLs: distinctUrls })
  return `<dl class="counts">${all.map(([name, value]) => `<div><dt>${name}</dt><dd>${value.toLocaleString('en-US')}</dd></div>`).join('')}</dl>`
}

function accumulation({ result: { history } }: AuditDocument): string {
  if (history.length === 0) return ''
  const unit = unitOf(history)
  const rows = history.map(
    ({ date, created, total }) => `<tr><th scope="row">${date}</th><td class="number">${created}</td><td class="number">${total}</td></tr>`,
  )
  return [
    '<section aria-labelledby="accumulation"><h2 id="accumulation">Accumulation</h2>',
    `<figure>${accumulationPlot(history, unit)}`,
    `<figcaption><span class="key total"></span>there at the end of the ${unit}<span class="key created"></span>created in it and still there</figcaption></figure>`,
    `<details><summary>Every value, by ${unit}</summary>`,
    `<table class="values"><thead><tr><th scope="col">${unit === 'day' ? 'Day' : `${capital(unit)} from`}</th>`,
    '<th scope="col" class="number">Created</th><th scope="col" class="number">Total</th></tr></thead>',
    `<tbody>${rows.join('')}</tbody></table></details></section>`,
  ].join('\n')
}

function findingsTable(findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return '<p>None.</p>'
  const rows = findings.map(
    ({ code, severity, message, fix, uris }) =>
      `<tr><td><span class="badge ${severity}">${code}</span><br><span class="small">${severity}, ${count(uris.length, 'subscription')}</span></td>` +
      `<td class="what">${html(message)}${fixText(fix, uris.length)}</td></tr>`,
  )
  return `<table class="findings stacked"><thead><tr><th scope="col">Finding</th><th scope="col">What is wrong, and the command to begin with</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`
}

function fixText(fix: string, subscriptions: number): string {
  const text = `<code class="fix">${html(fix)}</code>`
  if (fix.length <= FIX_UNFOLDED_MAX) return text
  return `<details><summary>The command, for ${count(subscriptions, 'subscription')}</summary>${text}</details>`
}

function hosts(rows: readonly SubscriptionRow[], findings: readonly ShownFinding[]): string {
  if (rows.length === 0) return '<p>There are none.</p>'
  const found = codesByUri(findings)
  const groups = new Map<string, SubscriptionRow[]>()
  for (const row of rows) {
    const host = hostOf(row.callbackUrl) ?? 'Not a URL'
    const group = groups.get(host)
    if (group === undefined) groups.set(host, [row])
    else group.push(row)
  }
  const heads = ['Subscription', 'State', 'Created', 'Findings'].map((head) => `<th scope="col">${head}</th>`).join('')
  const bodies = [...groups]
    .sort(([hostA, a], [hostB, b]) => b.length - a.length || (hostA < hostB ? -1 : 1))
    .map(([host, group]) => hostText(host, group, found))
  return `<table class="subscriptions stacked"><thead><tr>${heads}</tr></thead>${bodies.join('\n')}</table>`
}

function hostText(host: string, rows: readonly SubscriptionRow[], found: ReadonlyMap<string, readonly ShownFinding[]>): string {
  const head = `<tr class="host"><th colspan="4" scope="rowgroup">${html(host)}<span class="small">${count(rows.length, 'subscription')}</span></th></tr>`
  return `<tbody>${head}\n${rows.map((row) => rowText(row, found.get(row.uri) ?? [])).join('\n')}</tbody>`
}

function rowText(row: SubscriptionRow, findings: readonly ShownFinding[]): string {
  const codes = new Map(findings.map(({ code, severity }) => [code, severity]))
  const badges = [...codes].map(([code, severity]) => `<span class="badge ${severity}">${code}</span>`).join(' ')
  const what = [row.managed ? 'managed' : 'foreign', `${row.scope} scope`, row.events.join(', ')].join(' · ')
  const state = row.state === 'active' && row.retryStartedAt !== null ? 'retrying' : row.state
  return (
    `<tr><td class="what">${html(row.callbackUrl)}<br><span class="small">${html(row.id)} · ${html(what)}</span></td>` +
    `<td class="state">${html(state)}</td><td>${time(row.createdAt, 'day')}</td><td>${badges}</td></tr>`
  )
}

function codesByUri(findings: readonly ShownFinding[]): ReadonlyMap<string, readonly ShownFinding[]> {
  const byUri = new Map<string, ShownFinding[]>()
  for (const finding of findings) {
    for (const uri of finding.uris) byUri.set(uri, [...(byUri.get(uri) ?? []), finding])
  }
  return byUri
}

/** A time as its date, or with hour and minute, UTC. */
function time(iso: string, precision: 'day' | 'minute' = 'minute'): string {
  const shown = precision === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 16).replace('T', ' ')} UTC`
  return `<time datetime="${html(iso)}">${html(shown)}</time>`
}

function toneOf(findings: readonly ShownFinding[]): 'error' | 'warning' | 'good' {
  if (findings.some(({ severity }) => severity === 'error')) return 'error'
  return findings.length > 0 ? 'warning' : 'good'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
