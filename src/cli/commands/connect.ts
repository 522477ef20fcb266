// `connect`: an account that works, and its webhook.

import { advise, next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { ConnectHow, ConnectInput } from '../../operations/connect/input.ts'
import { accountPorts, type ConsentFlags, consentPorts, redirectUriOf, timeoutMsOf } from '../context/account-ports.ts'
import { desiredFrom, oauthScopesFor } from '../../core/connection/desired.ts'
import type { Context } from '../context.ts'
import type { ConsentNeeds } from '../context/first-app.ts'
import { textOf as trimmedText } from '../input/environment.ts'
import { checkNamed } from '../input/named-accounts.ts'
import { addWebhookFlags, othersPolicy, wantedWebhook, type WebhookFlags } from '../input/webhook-flags.ts'

interface ConnectFlags extends WebhookFlags, ConsentFlags {
  readonly name?: string
  readonly oauthScope?: string
  readonly force?: boolean
  readonly webhook: boolean
  readonly tokenStdin?: boolean
  readonly start?: boolean
  readonly complete?: string
  readonly app?: string
}

const EXAMPLES = `
Examples:
  $ calreconnect connect --callback-url https://example.com/webhooks/calendly
  $ calreconnect connect sales --events invitee.created --scope user
  $ calreconnect connect --token-stdin < token.txt
  $ calreconnect connect --start --json
  $ calreconnect connect --complete - < redirect-url.txt
  $ calreconnect connect --callback-url https://example.com/webhooks/calendly --adopt

A subscription of others at the callback URL is replaced, and its signing key is lost to them: a line on stderr says so first.
--no-replace leaves it (exit 5 where Calendly allows no other beside it). --adopt looks after it as it is from now on. Where others
replace ours time and again, connect and reconnect stop with CONTESTED: share their key (webhooks keys add), or insist (--take-over).

Without a name the one stored connection is meant, or the one in use. Add a further account with --name.`

/** Somebody carries the URL from one machine to another: a minute more does no harm, the code itself lives ten. */
const START_TIMEOUT_SECONDS = '900'

export function addConnect(parent: Command, ctx: Context): void {
  const command = parent
    .command('connect [name]')
    .description('Connect a Calendly account and ensure its webhook. Does nothing that is done already.')
  addWebhookFlags(command)
    .option('--name <name>', 'the same as the argument: the connection, or a new one (default: its e-mail)')
    .option('--oauth-scope <scopes>', 'OAuth scopes, space-separated, or default (default: the least that the events need)')
    .option('--app <name>', 'the OAuth app of those that the store keeps: its name or client id')
    .option('--force', 'ask for consent although the tokens work')
    .option('--replace', 'let another Calendly user take the connection’s place')
    .option('--no-webhook', 'leave webhooks alone')
    .option('--no-browser', 'print the URL instead of opening it')
    .option('--redirect-uri <uri>', 'as registered at Calendly (default: http://localhost:8917/callback) [CALRECONNECT_REDIRECT_URI]')
    .option('--tls-cert <file>', 'certificate for an https://localhost redirect URI')
    .option('--tls-key <file>', 'its private key')
    .option('--timeout <seconds>', 'how long to wait for consent (default: 300)')
    .option('--token-stdin', 'store a personal access token, read from standard input, instead of OAuth')
    .option('--start', 'print the URL and end; finish with --complete')
    .option('--complete <url>', 'finish with the full redirect URL, or - to read it from standard input')
    .addHelpText('after', EXAMPLES)
    .action((word: string | undefined, flags: ConnectFlags) => runConnect(ctx, word, flags))
}

async function runConnect(ctx: Context, word: string | undefined, given: ConnectFlags): Promise<void> {
  checkCombination(given)
  const flags = word === undefined ? given : { ...given, name: await namedBy(ctx, word, given.name) }
  const input = inputOf(ctx, flags)
  if (flags.start === true) return start(ctx, flags, input)
  const how = flags.complete === undefined ? await howOf(ctx, flags) : null
  const ports = await accountPorts(ctx, consentNeeds(ctx, flags, input))
  const result =
    how === null
      ? await (await import('../../operations/connect/handover.ts')).completeConnect(ports, await redirectUrl(ctx, flags))
      : await (await import('../../operations/connect/connect.ts')).connect(ports, input, how)
  const { connectHints, renderConnect } = await import('../render/connect.ts')
  const { problemOf } = await import('../../operations/execute/errors.ts')
  const problem = result.webhook === null ? null : problemOf(result.webhook.plan, result.webhook, next('reconnect', result.account.name))
  if (problem !== null && problem.exit !== 'partial') {
    ctx.hint(`${result.account.name} is connected, but its webhook could not be made`)
    throw problem
  }
  ctx.show(result, renderConnect, problem)
  for (const hint of connectHints(result)) ctx.hint(hint)
}

async function start(ctx: Context, flags: ConnectFlags, input: ConnectInput): Promise<void> {
  const options = { redirectUri: redirectUriOf(ctx, flags), timeoutMs: timeoutMsOf(flags, START_TIMEOUT_SECONDS) }
  const { startConnect } = await import('../../operations/connect/handover.ts')
  const { renderStart } = await import('../render/connect.ts')
  ctx.show(await startConnect(await accountPorts(ctx, consentNeeds(ctx, flags, input)), input, options), renderStart)
  ctx.hint(
    advise`Open it in a browser; then, with the address that you are sent to on standard input: ${next('connect', '--complete', '-')}`,
  )
}

function consentNeeds(ctx: Context, flags: ConnectFlags, input: ConnectInput): ConsentNeeds {
  const scopes = oauthScopesFor(input.oauthScopes, desiredFrom(null, input.wanted))
  return { app: flags.app ?? null, redirectUri: redirectUriOf(ctx, flags), scopes }
}

/** What the argument means: the connection that it names in full (by its e-mail, say), else a new one of that name. @throws USAGE */
async function namedBy(ctx: Context, word: string, flag: string | undefined): Promise<string> {
  if (flag !== undefined && flag !== word) {
    throw new CalreconnectError('USAGE', `${word} and --name ${flag} are two names for one connection`, { hint: 'Leave one of them out' })
  }
  await checkNamed(ctx, [word])
  const { namedInFull } = await import('../../core/connection/query.ts')
  return namedInFull(await (await ctx.store()).connections.list(), word)?.name ?? word
}

/** @throws USAGE */
function checkCombination(flags: ConnectFlags): void {
  const ways = [
    flags.tokenStdin === true ? '--token-stdin' : null,
    flags.start === true ? '--start' : null,
    flags.complete === undefined ? null : '--complete',
  ].filter((way) => way !== null)
  if (ways.length > 1) throw new CalreconnectError('USAGE', `${ways.join(' and ')} cannot be used together`)
}

function inputOf(ctx: Context, flags: ConnectFlags): ConnectInput {
  const scopes = flags.oauthScope?.split(/[\s,]+/).filter((scope) => scope !== '')
  return {
    name: flags.name ?? null,
    query: ctx.globals.account,
    wanted: wantedWebhook(ctx, flags),
    oauthScopes: scopes === undefined ? null : scopes.length === 0 || scopes.includes('default') ? 'default' : scopes,
    force: flags.force === true,
    replace: flags.replace === true,
    webhook: flags.webhook,
    others: othersPolicy(flags),
  }
}

async function howOf(ctx: Context, flags: ConnectFlags): Promise<ConnectHow> {
  if (flags.tokenStdin !== true) return consentPorts(ctx, flags)
  if (!ctx.host.stdin.isTTY) return { kind: 'token', token: new Secret(await textOf(ctx, '--token-stdin')) }
  if (!ctx.canPrompt)
    throw new CalreconnectError('INPUT_REQUIRED', '--token-stdin reads the token from standard input, which is a terminal')
  return { kind: 'token', token: await (await ctx.prompts()).secret('Personal access token:') }
}

async function redirectUrl(ctx: Context, flags: ConnectFlags): Promise<string> {
  return flags.complete === undefined || flags.complete === '-' ? textOf(ctx, '--complete -') : flags.complete
}

/** @throws INPUT_REQUIRED when nothing came */
async function textOf(ctx: Context, option: string): Promise<string> {
  const text = trimmedText(await ctx.readStdin())
  if (text === '') throw new CalreconnectError('INPUT_REQUIRED', `${option} found nothing on standard input`)
  return text
}
