// The options that every command takes, with their environment variables.

import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Host } from '../output/streams.ts'
import { checkPath, type GivenPath } from './paths.ts'

export interface Globals {
  /** --account or CALRECONNECT_ACCOUNT: one thing. */
  readonly account: string | null
  /** Which of the two named it. */
  readonly accountBy: '--account' | 'CALRECONNECT_ACCOUNT'
  readonly json: boolean
  readonly db: GivenPath | null
  /** False: never prompt. */
  readonly input: boolean
  readonly debug: boolean
  readonly har: string | null
  readonly maxWaitMs: number
  /** --cacert: a file of certificate authorities that are trusted as well. */
  readonly cacert: string | null
  readonly quiet: boolean
  /** --columns: which columns of a table, in this order. Null: all. */
  readonly columns: readonly string[] | null
  /** Tables and reports show URLs whole. */
  readonly showSecrets: boolean
  /** False: long output is not put into a pager. */
  readonly pager: boolean
}

/** Global options that take a value: what the search for the command's name must step over. */
export const VALUE_OPTIONS: readonly string[] = ['-a', '--account', '--db', '--har', '--max-wait', '--cacert', '--columns', '--jq']

const MAX_WAIT_SECONDS = 60

export function addGlobals(program: Command): void {
  program
    .option('-a, --account <name>', 'connection to use: its name, e-mail, user URI or an unambiguous prefix [CALRECONNECT_ACCOUNT]')
    .option('--json', 'one JSON document on stdout, also on failure')
    .option('--jq <expr>', "what jq makes of --json's document")
    .option('--db <path>', 'the store: a file, or a postgres:// URL [CALRECONNECT_DB]')
    .option('--no-input', 'never prompt [CI=true]')
    .option('--debug', 'every HTTP exchange on stderr, redacted [CALRECONNECT_DEBUG=1]')
    .option('--har <file>', 'every HTTP exchange as HAR 1.2, redacted [CALRECONNECT_HAR]')
    .option('--no-color', 'no colour [NO_COLOR, FORCE_COLOR]')
    .option('--max-wait <seconds>', `longest wait for a rate limit before exit 7 (default ${MAX_WAIT_SECONDS})`)
    .option('--cacert <file>', "certificate authorities to trust beside Node's own, PEM or DER [NODE_EXTRA_CA_CERTS]")
    .option('--quiet', 'no progress and no hints on stderr; a report that found nothing prints nothing')
    .option('--columns <a,b>', 'which columns of a table, in this order')
    .option('--show-secrets', 'tables and reports show the tokens in callback URLs, which they mask')
    .option('--no-pager', 'do not put long output into a pager [CALRECONNECT_PAGER, PAGER]')
}

/** @throws USAGE for a --max-wait that is no number of seconds */
export function readGlobals(program: Command, env: Host['env']): Globals {
  const flags = program.opts<{
    account?: string
    json?: boolean
    db?: string
    input?: boolean
    debug?: boolean
    har?: string
    maxWait?: string
    cacert?: string
    quiet?: boolean
    columns?: string
    showSecrets?: boolean
    pager?: boolean
  }>()
  const har = givenPath('--har', flags.har ?? null) ?? givenPath('CALRECONNECT_HAR', nonEmpty(env['CALRECONNECT_HAR']))
  return {
    accountBy: flags.account === undefined ? 'CALRECONNECT_ACCOUNT' : '--account',
    account: flags.account ?? nonEmpty(env['CALRECONNECT_ACCOUNT']),
    json: flags.json === true,
    db: givenPath('--db', flags.db ?? null) ?? givenPath('CALRECONNECT_DB', nonEmpty(env['CALRECONNECT_DB'])),
    input: flags.input !== false && !isOn(env['CI']),
    debug: flags.debug === true || isOn(env['CALRECONNECT_DEBUG']),
    har: har === null ? null : checkPath(har, env),
    maxWaitMs: waitMs(flags.maxWait ?? String(MAX_WAIT_SECONDS), '--max-wait'),
    cacert: flags.cacert === undefined ? null : checkPath({ by: '--cacert', text: flags.cacert }, env),
    quiet: flags.quiet === true,
    columns: flags.columns === undefined ? null : columnList(flags.columns),
    showSecrets: flags.showSecrets === true,
    pager: flags.pager !== false,
  }
}

/** @throws USAGE */
function columnList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.some((name) => name === '')) throw new CalreconnectError('USAGE', `--columns takes names such as state,id, not “${text}”`)
  return names
}

/** No timer waits for longer, and no wait need be: some 24 days. */
const WAIT_MS_MAX = 2 ** 31 - 1

/** A time to wait, in milliseconds. @throws USAGE */
export function waitMs(text: string, option: string): number {
  return Math.min(seconds(text, option) * 1000, WAIT_MS_MAX)
}

/** @throws USAGE */
export function seconds(text: string, option: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new CalreconnectError('USAGE', `${option} takes a number of seconds, not “${text}”`)
  }
  return value
}

/** @throws USAGE */
export function wholeNumber(text: string, option: string, range: { readonly min: number; readonly max: number }): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < range.min || value > range.max) {
    throw new CalreconnectError('USAGE', `${option} takes a whole number from ${range.min} to ${range.max}, not “${text}”`)
  }
  return value
}

/** Epoch milliseconds from ISO 8601 or epoch seconds. @throws USAGE */
export function timeFrom(text: string, option: string): number {
  const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  throw new CalreconnectError('USAGE', `${option} takes an ISO 8601 time or epoch seconds, not “${text}”`)
}

/** Trimmed: a byte order mark, blanks and the CR of a CRLF file are nobody's intention. */
export function nonEmpty(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}

function givenPath(by: string, text: string | null): GivenPath | null {
  return text === null ? null : { by, text }
}

/** As shells and CI systems write it: set, and neither empty, `0` nor `false`. */
function isOn(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'false'].includes(text.toLowerCase())
}
