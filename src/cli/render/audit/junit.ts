// `webhooks audit` as a JUnit report: a test case for each code that was judged, failed once for each finding that fails the audit.
// Fits the schemas of Ant (windyroad JUnit.xsd), Jenkins (junit-10.xsd) and so GitLab, Azure and CircleCI, which read those.

import { failsAt, SEVERITIES } from '../../../core/audit/audit.ts'
import type { FindingCode, SubscriptionRow } from '../../../core/audit/findings.ts'
import { type AuditDocument, fixLabel, notes, summaryLine, verdict, type ShownFinding } from './document.ts'
import type { View } from '../view.ts'

const SUITE = 'calreconnect.webhooks.audit'

type RowOf = ReadonlyMap<string, SubscriptionRow>

interface Case {
  readonly code: FindingCode
  readonly name: string
  readonly body: string
}

/** A suite for each organization. @param view for the time of the audit */
export function renderJunit(documents: readonly AuditDocument[], view: View): string {
  const suites = documents.flatMap((document, id) => suiteOf(document, id, view))
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n')
}

function suiteOf(document: AuditDocument, id: number, view: View): readonly string[] {
  const rowOf = new Map(document.rows.map((row) => [row.uri, row]))
  const cases = Object.keys(SEVERITIES)
    .filter(isCode)
    .flatMap((code) => casesOf(code, document, rowOf))
  const failures = cases.filter(({ body }) => body.startsWith('<failure')).length
  const skipped = cases.filter(({ body }) => body.startsWith('<skipped')).length
  // The schemas want a local time without zone; it is UTC here.
  const timestamp = new Date(view.nowMs).toISOString().slice(0, 19)
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="0"`
  return [
    `  <testsuite id="${id}" package="calreconnect" name="${SUITE}" timestamp="${timestamp}" hostname="localhost" ${counts}>`,
    '    <properties>',
    `      <property name="account" value="${xml(document.account)}"/>`,
    `      <property name="organization_uri" value="${xml(document.result.organizationUri)}"/>`,
    '    </properties>',
    ...cases.map(({ code, name, body }) =>
      body === ''
        ? `    <testcase classname="${SUITE}.${code}" name="${xml(name)}" time="0"/>`
        : `    <testcase classname="${SUITE}.${code}" name="${xml(name)}" time="0">${body}</testcase>`,
    ),
    `    <system-out>${xml(systemOut(document))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ]
}

/** The code's findings that fail the audit; one passed or skipped case where there is none. */
function casesOf(code: FindingCode, { result, failOn }: AuditDocument, rowOf: RowOf): Case[] {
  const failing = result.findings.filter((one) => one.code === code && failsAt([one], failOn))
  if (failing.length > 0) return failing.map((finding) => ({ code, name: subject(finding, rowOf), body: failure(finding) }))
  const unjudged = result.notJudged.find((one) => one.code === code)
  const body = unjudged === undefined ? '' : `<skipped message="${xml(unjudged.why.replaceAll('_', ' '))}"/>`
  return [{ code, name: code, body }]
}

/** Names what is wrong by what does not change from run to run, so that reports can follow it. */
function subject({ uris, message }: ShownFinding, rowOf: RowOf): string {
  const [only = '', ...others] = uris
  const row = others.length === 0 ? rowOf.get(only) : undefined
  return row === undefined ? message : `${row.callbackUrl} (${row.id})`
}

function failure({ code, severity, message, uris, fix, fixNeedsReview }: ShownFinding): string {
  const text = [`${severity}: ${message}`, `${fixLabel({ fixNeedsReview })} ${fix}`, ...uris].join('\n')
  return `<failure type="${code}" message="${xml(message)}">${xml(text)}</failure>`
}

/** Findings that do not fail the audit are not lost. */
function systemOut(document: AuditDocument): string {
  const { result, failOn } = document
  const passed = result.findings.filter((one) => !failsAt([one], failOn))
  const lines = passed.flatMap((one) => [`${one.severity} ${one.code}: ${one.message}`, `  ${fixLabel(one)} ${one.fix}`])
  return [`${verdict(document)}.`, `${summaryLine(document)}.`, ...lines, ...notes(document)].join('\n')
}

/** Text for an element or an attribute; what XML 1.0 has no place for is replaced. @see https://www.w3.org/TR/xml/#charsets */
export function xml(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])\p{Control}|[\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
}

function isCode(text: string): text is FindingCode {
  return Object.hasOwn(SEVERITIES, text)
}
