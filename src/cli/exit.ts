// Any thrown value -> exit code and text or JSON. The only place that decides how an error looks.

import { NO_INVOCATION, hintText, next, type Invocation, type NextCommand } from '../core/errors/advice.ts'
import { CalreconnectError, ERRORS, type ErrorReport, reportError } from '../core/errors/errors.ts'
import { EXIT_CODES } from '../core/errors/exit-codes.ts'
import { oneLine, withoutTokens } from '../core/secrets/visible.ts'
import { jsonText, snakeKeys } from './output/json.ts'
import { sourceStack } from './output/source-stack.ts'
import type { Paint } from './render/view.ts'

/** Commander's own ways of ending that are no errors. */
const COMMANDER_DONE: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version'])
/** Help was shown because a subcommand is missing: an answer for people, an error for scripts. */
const COMMANDER_NEEDS_SUBCOMMAND = 'commander.help'

function commanderCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return null
  return thrown.code.startsWith('commander.') ? thrown.code : null
}

/** Help or version was asked for and printed. */
export function isDone(thrown: unknown, json: boolean): boolean {
  const code = commanderCode(thrown)
  return code !== null && (COMMANDER_DONE.has(code) || (code === COMMANDER_NEEDS_SUBCOMMAND && !json))
}

/** Our error for anything thrown: commander's complaints are usage errors, the rest is a bug. */
export function asOurError(thrown: unknown, command: string): CalreconnectError {
  if (thrown instanceof CalreconnectError) return withItsHelp(thrown, command)
  if (commanderCode(thrown) === COMMANDER_NEEDS_SUBCOMMAND) {
    return new CalreconnectError('USAGE', `${command === '' ? 'A command' : `A subcommand of ${command}`} is missing`, {
      hint: helpOf(command),
      cause: thrown,
    })
  }
  if (commanderCode(thrown) !== null && thrown instanceof Error) {
    const message = thrown.message.replace(/^error: /, '').split('\n')
    return new CalreconnectError('USAGE', capitalized(message.join(' ')), {
      hint: helpOf(command),
      cause: thrown,
    })
  }
  const report = reportError(thrown)
  return new CalreconnectError(report.code, report.message, { cause: thrown })
}

/** A bad value is explained by the help of the command that it was given to. */
function withItsHelp(error: CalreconnectError, command: string): CalreconnectError {
  if (error.code !== 'USAGE' || error.advice !== ERRORS.USAGE.hint) return error
  return new CalreconnectError('USAGE', error.message, { ...error.answer, hint: helpOf(command), cause: error })
}

function helpOf(command: string): NextCommand {
  return next(...command.split(' ').filter((word) => word !== ''), '--help')
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function exitCodeOf(error: CalreconnectError): number {
  return EXIT_CODES[error.exit]
}

/** The `--json` envelope. `data` is given with findings and partial results too. */
export function envelope(command: string, data: unknown, error: CalreconnectError | null, invocation: Invocation = NO_INVOCATION): string {
  const document = {
    schema_version: 1,
    command,
    ok: error === null,
    data: data === null ? null : snakeKeys(data, invocation),
    error: error === null ? null : snakeKeys(withEmptyDetails(shownReport(error)), invocation),
  }
  return `${jsonText(document)}\n`
}

/** What it is about may be a URL of somebody's, and messages end up in logs. */
function shownReport(error: CalreconnectError): ErrorReport {
  const report = reportError(error)
  return { ...report, message: withoutTokens(report.message) }
}

/** An answer of Calendly's always has `details` in JSON, so that scripts need not ask whether it is there. */
function withEmptyDetails(report: ErrorReport): ErrorReport {
  return report.status === undefined ? report : { ...report, details: report.details ?? [] }
}

/** For people: what happened, what Calendly said, what to run next. */
export function errorText(
  error: CalreconnectError,
  options: { readonly paint: Paint; readonly debug: boolean; readonly invocation?: Invocation },
): string {
  const { paint } = options
  const { status, title, details, requestId, rawBody } = error.answer
  // Ctrl-C and a No at a question are somebody's decision, and no failure.
  const message = indented(withoutTokens(error.message))
  const lines = [error.code === 'INTERRUPTED' ? message : `${paint.red('Error:')} ${message}`]
  for (const detail of details ?? [])
    lines.push(`  ${detail.parameter === undefined ? '' : `${oneLine(detail.parameter)}: `}${oneLine(detail.message)}`)
  if (status !== undefined) {
    const request = requestId === undefined ? '' : ` (request ${oneLine(requestId)})`
    lines.push(paint.dim(`  Calendly answered ${status}${title === undefined ? '' : ` ${oneLine(title)}`}${request}`))
  }
  if (error.advice !== null) lines.push(`${paint.cyan('Hint:')} ${hintText(error.advice, options.invocation ?? NO_INVOCATION)}`)
  if (options.debug) {
    if (rawBody !== undefined) lines.push(paint.dim(`  Body: ${indented(rawBody)}`))
  }
  // A bug's first report is often its only one.
  if (error.code === 'BUG') lines.push(paint.dim(bugStack(error)))
  else if (options.debug) lines.push(paint.dim(sourceStack(error)))
  return `${lines.join('\n')}\n`
}

/** A line within somebody else's words does not begin where ours do: it could pose as a hint. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

/** Where a bug happened, in lines of src/. */
export function bugStack(bug: CalreconnectError): string {
  return sourceStack(bug.cause ?? bug)
}
