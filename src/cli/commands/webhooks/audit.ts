// `webhooks audit`: what is wrong with the organization's webhook subscriptions, for people and for CI. Changes nothing at Calendly.

import { next } from '../../../core/errors/advice.ts'
import { appendFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { everyAccount, notAuditedProblem, oneAccount, organizationOf } from '../../context/audited.ts'
import type { Context } from '../../context.ts'
import { nonEmpty, wholeNumber } from '../../input/globals.ts'
import type { AuditDocument } from '../../render/audit/document.ts'
import type { AuditReport } from '../../../operations/audit/audit.ts'
import { PLAIN, type View } from '../../render/view.ts'
import { AUDIT_EXAMPLES } from './audit-help.ts'

const FORMATS = ['human', 'json', 'junit', 'github', 'markdown', 'html', 'openmetrics'] as const
type Format = (typeof FORMATS)[number]

interface Flags {
  readonly all?: boolean
  readonly failOn: string
  readonly maxTotal?: string
  readonly maxPerUrl?: string
  readonly allowHost?: readonly string[]
  readonly format?: Format
  readonly out?: string
  readonly baseline?: string
  readonly writeBaseline?: string
}

const COMMAND = 'webhooks audit'
const LIMIT_MAX = 1_000_000
/** A longer command is in the report, not in the hint. */
const HINT_LENGTH_MAX = 250

export function addAudit(parent: Command, ctx: Context): void {
  parent
    .command('audit')
    .description('Find duplicate, disabled, failing, orphaned and unexpected webhook subscriptions, and how they accumulated.')
    .option('--all', 'every account that is connected, each organization once')
    .option('--fail-on <what>', 'exit 3 at or above this severity (warning, error), or for these codes (A,B,…)', 'error')
    .option('--max-total <n>', 'more subscriptions than this are TOO_MANY')
    .option('--max-per-url <n>', 'more at one callback URL than this are TOO_MANY')
    .option('--allow-host <glob...>', 'hosts that are expected (* stands for anything); others are UNKNOWN_HOST')
    .addOption(new Option('--format <format>', 'how the report is written (default: human)').choices([...FORMATS]))
    .option('--baseline <file>', 'leave out what this file accepts; fail on what is new since')
    .option('--write-baseline <file>', 'accept what is found now: write it to this file')
    .option('--out <file>', 'write the report to this file instead of stdout')
    .addHelpText('after', AUDIT_EXAMPLES)
    .action((flags: Flags) => runAudit(ctx, flags))
}

async function runAudit(ctx: Context, flags: Flags): Promise<void> {
  const { format = ctx.globals.json ? 'json' : 'human', out } = flags
  if (ctx.globals.json && format !== 'json' && out === undefined) {
    throw new CalreconnectError('USAGE', `--json and --format ${format} both want stdout`, { hint: 'Add --out FILE for the report' })
  }
  // With --format json failures are JSON too; --json itself is the frame's business.
  const jsonByFormat = format === 'json' && out === undefined && !ctx.globals.json
  try {
    await auditAndReport(ctx, flags, format)
  } catch (error) {
    if (!jsonByFormat) throw error
    const { asOurError, envelope, exitCodeOf } = await import('../../exit.ts')
    const failure = asOurError(error, COMMAND)
    ctx.host.stdout.write(envelope(COMMAND, null, failure))
    ctx.setExit(exitCodeOf(failure))
  }
}

async function auditAndReport(ctx: Context, flags: Flags, format: Format): Promise<void> {
  const [{ failsAt, parseFailOn }, { documentOf, notes }, files, { baselineText }] = await Promise.all([
    import('../../../core/audit/audit.ts'),
    import('../../render/audit/document.ts'),
    ctx.reportFiles(),
    import('../../../core/audit/baseline.ts'),
  ])
  const request = {
    failOn: parseFailOn(flags.failOn),
    totalMax: limit(flags.maxTotal, '--max-total'),
    perUrlMax: limit(flags.maxPerUrl, '--max-per-url'),
    allowHosts: hosts(flags.allowHost ?? []),
  }
  for (const file of [flags.out, flags.writeBaseline]) if (file !== undefined) await files.check(file)
  const baseline = flags.baseline === undefined ? null : await readBaseline(ctx, flags.baseline)
  const audited = await (flags.all === true ? everyAccount(ctx, request) : oneAccount(ctx, request))
  const reports = baseline === null ? audited.reports : sinceBaseline(ctx, audited.reports, baseline)
  if (flags.writeBaseline !== undefined) {
    await files.write(flags.writeBaseline, baselineText(audited.reports.flatMap(({ result }) => result.findings)))
    ctx.hint(`Baseline written to ${flags.writeBaseline}: from now on --baseline accepts what was found`)
  }
  const making = { failOn: request.failOn, invocation: ctx.invocation, secrets: ctx.globals.showSecrets, isFile: format !== 'human' }
  const documents = reports.map((report) => documentOf(report, making))
  const findings = reports.flatMap(({ result }) => result.findings)
  const isFailing = flags.writeBaseline === undefined && failsAt(findings, request.failOn)
  const problem = notAuditedProblem(audited.failed) ?? (isFailing ? await findingsProblem(reports, documents) : null)
  const data = flags.all === true ? { organizations: reports.map(organizationOf), failed: audited.failed } : reports[0]?.result
  const write = await rendererOf(format, data, problem)

  // Nothing found, and nobody wants to hear it.
  const isSilent = ctx.globals.quiet && findings.length === 0 && format === 'human' && flags.out === undefined
  for (const { snapshotProblem } of reports)
    if (snapshotProblem !== null) ctx.warn(`This audit's count could not be kept for the trend: ${snapshotProblem.message}`)
  for (const { account, error } of audited.failed) ctx.warn(`${account} was not audited: ${error.message}`)
  const reportIsSeen = format === 'human' && flags.out === undefined && !ctx.globals.json
  if (!reportIsSeen) for (const note of new Set(documents.flatMap(notes))) ctx.hint(note)
  if (format === 'github') await appendStepSummary(ctx, documents)
  if (flags.out !== undefined) {
    await files.write(flags.out, withNewline(write(documents, plainView(ctx))))
    ctx.hint(`Report written to ${flags.out}`)
  }
  if (format === 'json' && flags.out === undefined && !ctx.globals.json) {
    ctx.host.stdout.write(write(documents, plainView(ctx)))
    if (problem !== null) ctx.setExit(await exitCode(problem))
  } else
    ctx.show(
      data,
      (_, view) => (flags.out === undefined && !isSilent ? write(documents, view) : ''),
      problem,
      format === 'github' ? 'commands' : 'text',
    )
}

const BASELINE_BYTES_MAX = 16 * 1024 * 1024

type ReadBaseline = (findings: AuditReport['result']['findings']) => AuditReport['result']['findings']

/** @throws FILE_UNREADABLE, USAGE */
async function readBaseline(ctx: Context, file: string): Promise<ReadBaseline> {
  const { newSince, parseBaseline } = await import('../../../core/audit/baseline.ts')
  const baseline = parseBaseline(new TextDecoder().decode(await ctx.readFile(file, BASELINE_BYTES_MAX)), file)
  return (findings) => newSince(findings, baseline)
}

function sinceBaseline<R extends AuditReport>(ctx: Context, reports: readonly R[], accepted: ReadBaseline): readonly R[] {
  const since = reports.map((report) => ({ ...report, result: { ...report.result, findings: accepted(report.result.findings) } }))
  const left = reports.reduce((sum, { result }, at) => sum + result.findings.length - (since[at]?.result.findings.length ?? 0), 0)
  if (left > 0) ctx.hint(`${left} ${left === 1 ? 'finding is' : 'findings are'} accepted by the baseline`)
  return since
}

type Renderer = (documents: readonly AuditDocument[], view: View) => string

/** Each format's code is loaded when it is asked for. */
async function rendererOf(format: Format, data: unknown, problem: CalreconnectError | null): Promise<Renderer> {
  switch (format) {
    case 'human':
      return (await import('../../render/audit/human.ts')).renderAudit
    case 'json': {
      const { envelope } = await import('../../exit.ts')
      return () => envelope(COMMAND, data, problem)
    }
    case 'junit':
      return (await import('../../render/audit/junit.ts')).renderJunit
    case 'github':
      return (await import('../../render/audit/github.ts')).renderGithub
    case 'markdown':
      return (await import('../../render/audit/markdown.ts')).renderMarkdown
    case 'openmetrics':
      return (await import('../../render/audit/openmetrics.ts')).renderOpenMetrics
    case 'html':
      return (await import('../../render/audit/html.ts')).renderHtml
  }
}

async function findingsProblem(reports: readonly AuditReport[], documents: readonly AuditDocument[]): Promise<CalreconnectError> {
  const [{ failsAt }, { verdict }] = await Promise.all([import('../../../core/audit/audit.ts'), import('../../render/audit/document.ts')])
  const [worst] = documents.filter(({ result, failOn }) => failsAt(result.findings, failOn))
  const failing = reports.flatMap(({ result }) => result.findings).find((one) => worst !== undefined && failsAt([one], worst.failOn))
  const isShort = failing !== undefined && String(failing.fix).length <= HINT_LENGTH_MAX
  const hint = isShort ? failing.fix : next(...COMMAND.split(' '), '--format', 'html', '--out', 'audit.html')
  const said = documents.length === 1 || worst === undefined ? documents.map(verdict) : [`${verdict(worst)} of ${worst.account}`]
  return new CalreconnectError('FINDINGS', said.join('; '), { hint })
}

async function exitCode(problem: CalreconnectError): Promise<number> {
  return (await import('../../exit.ts')).exitCodeOf(problem)
}

/** GitHub shows it on the run's page. A summary that cannot be written is no reason to fail a build. */
async function appendStepSummary(ctx: Context, documents: readonly AuditDocument[]): Promise<void> {
  const file = nonEmpty(ctx.env['GITHUB_STEP_SUMMARY'])
  if (file === null) return
  const { renderStepSummary } = await import('../../render/audit/github.ts')
  try {
    await appendFile(file, renderStepSummary(documents, plainView(ctx)))
  } catch (error) {
    ctx.warn(`Cannot append to GITHUB_STEP_SUMMARY: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** For files: no colour, nothing cut. */
function plainView(ctx: Context): View {
  return { columns: Number.POSITIVE_INFINITY, nowMs: ctx.clock.nowMs(), paint: PLAIN }
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** @throws USAGE */
function limit(text: string | undefined, option: string): number | null {
  return text === undefined ? null : wholeNumber(text, option, { min: 0, max: LIMIT_MAX })
}

/** @throws USAGE */
function hosts(globs: readonly string[]): readonly string[] {
  for (const glob of globs) {
    if (glob.trim() !== '' && !glob.includes('/')) continue
    throw new CalreconnectError('USAGE', `--allow-host takes a host such as *.example.com, not “${glob}”`)
  }
  return globs
}
