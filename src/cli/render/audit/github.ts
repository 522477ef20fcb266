// `webhooks audit` as GitHub workflow commands: one annotation for each finding.
// Must not let anybody else's text end a command or begin one.

import { type AuditDocument, fixLabel, notes, verdict } from './document.ts'
import { renderMarkdown } from './markdown.ts'
import type { View } from '../view.ts'

/** GitHub refuses a step's summary above 1 MiB. */
const STEP_SUMMARY_BYTES_MAX = 1024 * 1024

/** Errors first: GitHub shows the first ten annotations of a kind beside the code, and all of them in the log. */
export function renderGithub(documents: readonly AuditDocument[]): string {
  return documents.map((document) => annotations(document, documents.length > 1 ? ` of ${document.account}` : '')).join('\n')
}

/** @param whose for titles, where there are several organizations */
function annotations(document: AuditDocument, whose: string): string {
  const lines = document.result.findings.map((finding) =>
    workflowCommand(
      finding.severity,
      { title: `Calendly webhooks${whose}: ${finding.code}` },
      `${finding.message}\n${fixLabel(finding)} ${finding.fix}`,
    ),
  )
  const remarks = notes(document).map((note) => workflowCommand('notice', { title: `Calendly webhooks${whose}` }, note))
  return [...lines, ...remarks, `${verdict(document)}${whose}.`].join('\n')
}

/** What is appended to `$GITHUB_STEP_SUMMARY`: the Markdown report, with fewer findings where all of them would be too much. */
export function renderStepSummary(documents: readonly AuditDocument[], view: View, bytesMax = STEP_SUMMARY_BYTES_MAX): string {
  let text = renderMarkdown(documents, view)
  for (
    let shown = Math.max(0, ...documents.map(({ result }) => result.findings.length));
    shown > 0 && Buffer.byteLength(text) > bytesMax;
  ) {
    shown = Math.floor(shown / 2)
    text = renderMarkdown(documents, view, shown)
  }
  return text
}

/** @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function workflowCommand(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`)
  return `::${name}${written.length === 0 ? '' : ` ${written.join(',')}`}::${escapeData(message)}`
}

/** As GitHub's own toolkit does. Its runner reads these three back, and nothing else, in a message. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
