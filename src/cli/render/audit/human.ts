// `webhooks audit` for people in a terminal: the bar line of the accumulation, each finding with its fix, a summary.

import stringWidth from 'fast-string-width'
import { barLine } from './bars.ts'
import { type AuditDocument, notes, summaryLine, unitOf, verdict, type ShownFinding } from './document.ts'
import { printable } from '../table/table.ts'
import type { View } from '../view.ts'
import { count } from '../words.ts'

const CODE_WIDTH = 'EPHEMERAL_HOST'.length
const INDENT = '  '
/** In a terminal a longer fix would bury the report; everywhere else it is given whole. */
const FIX_SHOWN_MAX = 400
const WRAP_MIN = 40

/** @param view a terminal, or no limit of width */
export function renderAudit(document: AuditDocument, view: View): string {
  const { paint } = view
  const { findings, organizationUri } = document.result
  const shortened = findings.some((one) => shownFix(one, view) !== one.fix)
  const blocks = [
    [paint.bold(`Webhook audit of ${printable(document.account)}`), paint.dim(organizationUri)],
    accumulation(document, view),
    findings.map((finding) => findingText(finding, view)).flatMap((text, at) => (at === 0 ? [text] : ['', text])),
    [
      ...notes(document).map((note) => `${paint.dim('Note:')} ${note}`),
      ...(shortened ? [`${paint.dim('Note:')} Long fixes are shortened here; --json and --format markdown have them whole`] : []),
    ],
    [paint[colourOf(findings)](`${verdict(document)}.`), ...(document.rows.length === 0 ? [] : [`${summaryLine(document)}.`])],
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function accumulation({ result: { history } }: AuditDocument, view: View): string[] {
  const first = history[0]
  const last = history.at(-1)
  if (first === undefined || last === undefined || history.every(({ total }) => total === 0)) return []
  const width = Math.min(view.columns, 120) - INDENT.length
  const heading = `Accumulation by ${unitOf(history)}, ${first.date} to ${last.date}: ${first.total} → ${last.total}`
  return [heading, `${INDENT}${view.paint.cyan(barLine(history, width).trimEnd())}`]
}

function findingText(finding: ShownFinding, view: View): string {
  const { paint } = view
  const margin = ' '.repeat('warning'.length + CODE_WIDTH + 2 * INDENT.length)
  const head = `${paint[finding.severity === 'error' ? 'red' : 'yellow'](finding.severity.padEnd('warning'.length))}${INDENT}${paint.bold(finding.code.padEnd(CODE_WIDTH))}${INDENT}`
  const message = wrap(printable(finding.message), view.columns - margin.length).join(`\n${margin}`)
  return `${head}${message}\n${INDENT}${paint.dim('Fix:')} ${paint.cyan(shownFix(finding, view))}`
}

function shownFix({ fix, uris }: ShownFinding, view: View): string {
  if (!Number.isFinite(view.columns) || fix.length <= FIX_SHOWN_MAX || uris.length < 2) return printable(fix)
  const [first = ''] = uris.filter((uri) => fix.includes(uri))
  const start = fix.slice(0, fix.indexOf(first) + first.length)
  const others = fix.split(' ').filter((word) => word.startsWith('https://api.calendly.com/')).length - 1
  return printable(`${start} … ${count(others, 'more URI')} … --yes`)
}

function colourOf(findings: readonly ShownFinding[]): 'red' | 'yellow' | 'green' {
  if (findings.some(({ severity }) => severity === 'error')) return 'red'
  return findings.length > 0 ? 'yellow' : 'green'
}

/** At spaces; a word longer than the width stays whole, so that a URL can be copied. */
function wrap(text: string, width: number): string[] {
  const limit = Math.max(width, WRAP_MIN)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && stringWidth(line) + 1 + stringWidth(word) <= limit) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
