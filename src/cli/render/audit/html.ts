// `webhooks audit` as one HTML file: no script, nothing fetched, nothing that anybody else wrote is markup.

import { placeOf } from '../../../core/audit/together.ts'
import type { SubscriptionRow } from '../../../core/audit/findings.ts'
import { type AuditDocument, notes, organizationOf, unitOf, verdict, type ShownFinding } from './document.ts'
import { accumulationPlot } from './html-plot.ts'
import { STYLE } from './html-style.ts'
import { html } from './html-text.ts'
import type { View } from '../view.ts'
import { count } from '../words.ts'

/** A longer fix is folded. */
const FIX_UNFOLDED_MAX = 300
/** Findings of one code up to this many are all shown; of more, the first few. */
const FINDINGS_UNFOLDED_MAX = 6
const FINDINGS_SHOWN = 3
/** Subscriptions of one host that are shown unfolded, and hosts that are. */
const ROWS_UNFOLDED_MAX = 10
const HOSTS_SHOWN = 12

/** One article an organization. */
export function renderHtml(documents: readonly AuditDocument[], view: View): string {
  const [only] = documents
  const title =
    only !== undefined && documents.length === 1
      ? `Webhook audit of ${html(only.account)}`
      : `Webhook audit of ${count(documents.length, 'organization')}`
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
    ...(documents.length === 1 ? [] : [`<h1>${title}</h1>`]),
    ...documents.map((document, at) => articleOf(document, view, at === 0 && documents.length === 1 ? null : at + 1)),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

/** @param number which of several it is; null: the only one */
function articleOf(document: AuditDocument, view: View, number: number | null): string {
  const { account, result, rows } = document
  const remarks = notes(document)
  const [heading, end] = number === null ? ['h1', ''] : ['h2', `-${number}`]
  const level = number === null ? 'h2' : 'h3'
  const section = (id: string, title: string, body: string): string =>
    `<section aria-labelledby="${id}${end}"><${level} id="${id}${end}">${title}</${level}>${body}</section>`
  const name = number === null ? `Webhook audit of ${html(account)}` : html(account)
  return [
    `<header><${heading}>${name}</${heading}>`,
    `<p class="meta">${html(organizationOf(document))}<br>${time(new Date(view.nowMs).toISOString())}</p>`,
    `<p class="verdict ${toneOf(result.findings)}">${html(verdict(document))}</p></header>`,
    counts(document),
    result.history.length === 0 ? '' : section('accumulation', 'Accumulation', accumulation(document)),
    section('findings', 'Findings', findingsTable(result.findings)),
    remarks.length === 0 ? '' : section('notes', 'Not audited', `<ul>${remarks.map((note) => `<li>${html(note)}</li>`).join('')}</ul>`),
    section('hosts', 'Subscriptions by host', hosts(rows, result.findings)),
  ].join('\n')
}

function counts({ result: { summary } }: AuditDocument): string {
  const { total, active, disabled, retrying, managed, foreign, duplicates, distinctUrls } = summary
  const shown = { Total: total, Active: active, Disabled: disabled, Retrying: retrying, Managed: managed, Foreign: foreign }
  const all = Object.entries({ ...shown, Duplicates: duplicates, URLs: distinctUrls })
  return `<dl class="counts">${all.map(([name, value]) => `<div><dt>${name}</dt><dd>${value.toLocaleString('en-US')}</dd></div>`).join('')}</dl>`
}

function accumulation({ result: { history } }: AuditDocument): string {
  const unit = unitOf(history)
  const rows = history.map(
    ({ date, created, total }) => `<tr><th scope="row">${date}</th><td class="number">${created}</td><td class="number">${total}</td></tr>`,
  )
  return [
    `<figure>${accumulationPlot(history, unit)}`,
    `<figcaption><span class="key total"></span>there at the end of the ${unit}<span class="key created"></span>created in it and still there</figcaption></figure>`,
    `<details><summary>Every value, by ${unit}</summary>`,
    `<table class="values"><thead><tr><th scope="col">${unit === 'day' ? 'Day' : `${capital(unit)} from`}</th>`,
    '<th scope="col" class="number">Created</th><th scope="col" class="number">Total</th></tr></thead>',
    `<tbody>${rows.join('')}</tbody></table></details>`,
  ].join('\n')
}

/** A few of each code; of one that is found more often the others are folded away. */
function findingsTable(findings: readonly ShownFinding[]): string {
  if (findings.length === 0) return '<p>None.</p>'
  const byCode = grouped(findings, ({ code }) => code)
  const isFolded = (code: string, at: number): boolean => at >= FINDINGS_SHOWN && (byCode.get(code)?.length ?? 0) > FINDINGS_UNFOLDED_MAX
  const shown = [...byCode].flatMap(([code, some]) => some.filter((_, at) => !isFolded(code, at)))
  const folded = [...byCode].flatMap(([code, some]) => {
    const more = some.filter((_, at) => isFolded(code, at))
    return more.length === 0 ? [] : [folding(`${more.length.toLocaleString('en-US')} more ${code}`, findingRows(more))]
  })
  return [findingRows(shown), ...folded].join('\n')
}

function findingRows(findings: readonly ShownFinding[]): string {
  const rows = findings.map(
    ({ code, severity, message, fix, uris }) =>
      `<tr><td><span class="badge ${severity}">${code}</span><br><span class="small">${severity}, ${count(uris.length, 'subscription')}</span></td>` +
      `<td class="what">${html(message)}${fixText(fix, uris.length)}</td></tr>`,
  )
  return `<table class="findings stacked"><thead><tr><th scope="col">Finding</th><th scope="col">What is wrong, and the command to begin with</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`
}

function folding(summary: string, body: string): string {
  return `<details><summary>${html(summary)}</summary>${body}</details>`
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }
  return groups
}

function fixText(fix: string, subscriptions: number): string {
  const text = `<code class="fix">${html(fix)}</code>`
  if (fix.length <= FIX_UNFOLDED_MAX) return text
  return `<details><summary>The command, for ${count(subscriptions, 'subscription')}</summary>${text}</details>`
}

/** The fullest first. A host with many is folded, the tunnels of one provider are one host, and so are many hosts with few. */
function hosts(rows: readonly SubscriptionRow[], findings: readonly ShownFinding[]): string {
  if (rows.length === 0) return '<p>There are none.</p>'
  const found = codesByUri(findings)
  const groups = [...grouped(rows, (row) => (URL.canParse(row.callbackUrl) ? placeOf(row) : 'Not a URL'))].sort(
    ([hostA, a], [hostB, b]) => b.length - a.length || (hostA < hostB ? -1 : 1),
  )
  const many = groups.filter(([, group]) => group.length > ROWS_UNFOLDED_MAX)
  const few = groups.slice(many.length)
  const more = few.slice(HOSTS_SHOWN)
  return [
    ...many.map(([host, group]) => folding(`${host}: ${count(group.length, 'subscription')}`, hostTable([[host, group]], found))),
    ...(few.length === 0 ? [] : [hostTable(few.slice(0, HOSTS_SHOWN), found)]),
    ...(more.length === 0 ? [] : [folding(`${more.length.toLocaleString('en-US')} more hosts`, hostTable(more, found))]),
  ].join('\n')
}

type Found = ReadonlyMap<string, readonly ShownFinding[]>

function hostTable(groups: readonly (readonly [string, readonly SubscriptionRow[]])[], found: Found): string {
  const heads = ['Subscription', 'State', 'Created', 'Findings'].map((head) => `<th scope="col">${head}</th>`).join('')
  const bodies = groups.map(([host, group]) => hostText(host, group, found))
  return `<table class="subscriptions stacked"><thead><tr>${heads}</tr></thead>${bodies.join('\n')}</table>`
}

function hostText(host: string, rows: readonly SubscriptionRow[], found: Found): string {
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

function codesByUri(findings: readonly ShownFinding[]): Found {
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
