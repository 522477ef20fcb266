// `webhooks audit` as GitHub-flavoured Markdown: for a step's summary, a pull request, a wiki.

import { barLine } from './bars.ts'
import { type AuditDocument, notes, organizationOf, summaryLine, unitOf, verdict, type ShownFinding } from './document.ts'
import type { View } from '../view.ts'
import { count } from '../words.ts'

/** A longer fix goes below the table. */
const FIX_IN_TABLE_MAX = 300
const BARS_WIDTH = 80

/** @param shown how many findings of each organization, from the first */
export function renderMarkdown(documents: readonly AuditDocument[], view: View, shown = Number.POSITIVE_INFINITY): string {
  return documents.map((document) => sectionOf(document, view, shown)).join('\n')
}

function sectionOf(document: AuditDocument, view: View, shown: number): string {
  const { result, account } = document
  const findings = result.findings.slice(0, shown)
  const left = result.findings.length - findings.length
  const longFixes = findings.filter(({ fix }) => fix.length > FIX_IN_TABLE_MAX)
  const blocks = [
    `## Webhook audit: ${verdict(document)}`,
    `${text(account)}, ${text(organizationOf(document))}, ${new Date(view.nowMs).toISOString()}`,
    `${summaryLine(document)}.`,
    accumulation(document),
    findings.length === 0 ? '' : table(findings, longFixes),
    left > 0 ? `${count(left, 'more finding')} not shown here.` : '',
    ...longFixes.map((finding, at) => details(finding, at)),
    notes(document)
      .map((note) => `- ${text(note)}`)
      .join('\n'),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function accumulation({ result: { history } }: AuditDocument): string {
  const first = history[0]
  const last = history.at(-1)
  if (first === undefined || last === undefined || last.total === 0) return ''
  const span = `Accumulation by ${unitOf(history)}, ${first.date} to ${last.date}: ${first.total} → ${last.total}`
  return `${span}\n\n${code(barLine(history, BARS_WIDTH))}`
}

function table(findings: readonly ShownFinding[], longFixes: readonly ShownFinding[]): string {
  const rows = findings.map((finding) => {
    const long = longFixes.indexOf(finding)
    const fix = long === -1 ? code(finding.fix).replaceAll('|', String.raw`\|`) : `below (${long + 1})`
    return `| ${finding.severity} | ${code(finding.code)} | ${text(finding.message)} | ${fix} |`
  })
  return ['| Severity | Code | Finding | Fix |', '|---|---|---|---|', ...rows].join('\n')
}

function details(finding: ShownFinding, at: number): string {
  const fence = '`'.repeat(Math.max(3, longestRun(finding.fix) + 1))
  const summary = `<summary>Fix ${at + 1}: ${finding.code}, ${count(finding.uris.length, 'subscription')}</summary>`
  return `<details>${summary}\n\n${fence}sh\n${oneLine(finding.fix)}\n${fence}\n\n</details>`
}

/** Text that stays as it is: nothing in it is markup, and no URL becomes a link. */
export function text(plain: string): string {
  return oneLine(plain)
    .replaceAll('&', '&amp;')
    .replaceAll(/[\\`*_{}[\]<>|~#]/g, String.raw`\$&`)
    .replaceAll('://', String.raw`\://`)
}

/** A code span. @see https://github.github.com/gfm/#code-spans */
function code(plain: string): string {
  const ticks = '`'.repeat(longestRun(plain) + 1)
  const padding = plain.startsWith('`') || plain.endsWith('`') ? ' ' : ''
  return `${ticks}${padding}${oneLine(plain)}${padding}${ticks}`
}

function longestRun(plain: string): number {
  return Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length))
}

function oneLine(plain: string): string {
  return plain.replaceAll(/\p{Control}+/gu, ' ')
}
