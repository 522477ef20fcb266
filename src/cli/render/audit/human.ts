// `webhooks audit` for people in a terminal: the bar line of the accumulation, each finding with its fix, a summary.

import { barLine } from './bars.ts'
import { type AuditDocument, fixLabel, notes, organizationOf, summaryLine, unitOf, verdict, type ShownFinding } from './document.ts'
import { printable } from '../../../core/secrets/visible.ts'
import type { View } from '../view.ts'
import { count, wrap } from '../words.ts'

const CODE_WIDTH = 'EPHEMERAL_HOST'.length
const INDENT = '  '
/** In a terminal a longer fix would bury the report; everywhere else it is given whole. */
const FIX_SHOWN_MAX = 400
/** How many lines of a terminal findings may take; with more, each has so many of its message. */
const LINES_MAX = 36
const MESSAGE_LINES_MAX = 2

/** @param view a terminal, or no limit of width */
export function renderAudit(documents: readonly AuditDocument[], view: View): string {
  return documents.map((document) => reportOf(document, view)).join('\n\n\n')
}

function reportOf(document: AuditDocument, view: View): string {
  const { paint } = view
  const { findings } = document.result
  const shortened = findings.some((one) => shownFix(one, view) !== one.fix)
  const blocks = [
    [paint.bold(`Webhook audit of ${printable(document.account)}`), paint.dim(printable(organizationOf(document)))],
    accumulation(document, view),
    findingTexts(findings, view),
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

/** All of them. In a terminal that they would not fit into: each code's first, in few words, and how many more of it there are. */
function findingTexts(findings: readonly ShownFinding[], view: View): string[] {
  const texts = findings.map((finding) => findingText(finding, view, Number.POSITIVE_INFINITY))
  const lines = texts.reduce((sum, text) => sum + text.split('\n').length + 1, 0)
  if (!Number.isFinite(view.columns) || lines <= LINES_MAX) return texts.length === 0 ? [] : [texts.join('\n\n')]
  const byCode = new Map<string, ShownFinding[]>()
  for (const finding of findings) byCode.set(finding.code, [...(byCode.get(finding.code) ?? []), finding])
  const firsts = [...byCode.values()].flatMap(([first]) => (first === undefined ? [] : [findingText(first, view, MESSAGE_LINES_MAX)]))
  const more = [...byCode.values()].flatMap(([, ...others]) => (others.length === 0 ? [] : [moreText(others, view)]))
  return [firsts.join('\n'), '', ...more, `${INDENT}${view.paint.dim('All of them: --json, or --format html --out FILE')}`]
}

function moreText(some: readonly ShownFinding[], { paint }: View): string {
  const [first] = some
  const subscriptions = count(
    some.reduce((sum, one) => sum + one.count, 0),
    'subscription',
  )
  return `${INDENT}${paint.bold(String(first?.code).padEnd(CODE_WIDTH))}${INDENT}${count(some.length, 'more finding')}, ${subscriptions}`
}

/** @param linesMax of the message */
function findingText(finding: ShownFinding, view: View, linesMax: number): string {
  const { paint } = view
  const margin = ' '.repeat('warning'.length + CODE_WIDTH + 2 * INDENT.length)
  const head = `${paint[finding.severity === 'error' ? 'red' : 'yellow'](finding.severity.padEnd('warning'.length))}${INDENT}${paint.bold(finding.code.padEnd(CODE_WIDTH))}${INDENT}`
  const wrapped = wrap(printable(finding.message), view.columns - margin.length)
  const message = [
    ...wrapped.slice(0, linesMax - 1),
    ...(wrapped.length > linesMax ? [`${wrapped[linesMax - 1]} …`] : wrapped.slice(linesMax - 1)),
  ].join(`\n${margin}`)
  return `${head}${message}\n${INDENT}${paint.dim(fixLabel(finding))} ${paint.cyan(shownFix(finding, view))}`
}

function shownFix({ fix, uris }: ShownFinding, view: View): string {
  if (!Number.isFinite(view.columns) || fix.length <= FIX_SHOWN_MAX || uris.length < 2) return printable(fix)
  const [first = ''] = uris.filter((uri) => fix.includes(uri))
  const start = fix.slice(0, fix.indexOf(first) + first.length)
  const others = fix.split(' ').filter((word) => word.startsWith('https://api.calendly.com/')).length - 1
  return printable(`${start} … ${count(others, 'more URI')} …`)
}

function colourOf(findings: readonly ShownFinding[]): 'red' | 'yellow' | 'green' {
  if (findings.some(({ severity }) => severity === 'error')) return 'red'
  return findings.length > 0 ? 'yellow' : 'green'
}
