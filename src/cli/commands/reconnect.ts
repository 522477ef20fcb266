// `reconnect`: token and webhook right again, for one connection or all.

import { next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import type { Connection } from '../../core/connection/model.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import type { ReconnectInput, ReconnectResult, ReconnectResults } from '../../operations/connect/reconnect.ts'
import { accountPorts, type ConsentFlags, consentPorts } from '../context/account-ports.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'
import { confirmChanges } from '../input/confirm-changes.ts'
import { checkNamed } from '../input/named-accounts.ts'
import type { View } from '../render/view.ts'
import { jsonText, snakeKeys } from '../output/json.ts'
import { count } from '../render/words.ts'
import { addWebhookFlags, othersPolicy, wantedWebhook, type WebhookFlags } from '../input/webhook-flags.ts'

interface ReconnectFlags extends WebhookFlags, ConsentFlags {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly concurrency: string
  readonly ndjson?: boolean
  readonly olderThan?: string
  readonly failed?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect reconnect
  $ calreconnect reconnect sales --callback-url https://example.com/webhooks/calendly
  $ calreconnect reconnect --all --concurrency 8
  $ calreconnect reconnect --all --older-than 24h --ndjson
  $ calreconnect reconnect --all --failed
  $ calreconnect reconnect --dry-run --json`

/** How many failed accounts the error names. */
const NAMED_MAX = 5

export function addReconnect(parent: Command, ctx: Context): void {
  const command = parent
    .command('reconnect [names...]')
    .description('Make token and webhook right again: refresh, list, delete stale subscriptions, create what is missing.')
  addWebhookFlags(command)
    .option('--all', 'every account that is connected')
    .option('--dry-run', 'show the plan and change nothing')
    .option('--yes', 'do not ask before --callback-url moves the webhooks of several accounts')
    .option('--older-than <age>', 'with --all: only those not reconciled since: 45m, 12h, 30d')
    .option('--failed', 'with --all: only those that failed the last time')
    .option('--ndjson', 'with --all: a JSON line for each account as it is done')
    .option('--concurrency <n>', 'connections at once', '4')
    .option('--no-browser', 'print the URL instead of opening it')
    .option('--redirect-uri <uri>', 'as registered at Calendly [CALRECONNECT_REDIRECT_URI]')
    .option('--timeout <seconds>', 'how long to wait for consent (default: 300)')
    .addHelpText('after', EXAMPLES)
    .action((names: string[], flags: ReconnectFlags) => runReconnect(ctx, names, flags))
}

async function runReconnect(ctx: Context, names: readonly string[], flags: ReconnectFlags): Promise<void> {
  if (flags.all === true && names.length > 0) throw new CalreconnectError('USAGE', 'Name connections or pass --all, not both')
  const input: ReconnectInput = {
    wanted: wantedWebhook(ctx, flags),
    dryRun: flags.dryRun === true,
    others: othersPolicy(flags),
    concurrency: wholeNumber(flags.concurrency, '--concurrency', { min: 1, max: 32 }),
  }
  checkRound(ctx, flags)
  const data = await reconnected(ctx, { names, all: flags.all === true }, input, flags)
  if (flags.ndjson === true) return
  const { reconnectHints, renderReconnect } = await import('../render/reconnect.ts')
  const problem = await problemOf(data, { all: flags.all === true })
  ctx.show(data, (value, view) => renderReconnect(value, view, input), problem)
  for (const hint of reconnectHints(data, input)) ctx.hint(hint)
}

async function reconnected(
  ctx: Context,
  choice: { readonly names: readonly string[]; readonly all: boolean },
  input: ReconnectInput,
  flags: ReconnectFlags,
): Promise<ReconnectResults> {
  const [{ reconnectCaller, reconnectMany, reconnectOne }, { chooseConnections }] = await Promise.all([
    import('../../operations/connect/reconnect.ts'),
    import('../../operations/accounts/accounts.ts'),
  ])
  await checkNamed(ctx, choice.names)
  const ports = await accountPorts(ctx)
  const isCaller = !choice.all && choice.names.length === 0 && ctx.usesEnvironmentToken()
  if (isCaller) return { results: [await reconnectCaller(ports, await ctx.session(), input)] }
  const meant = await chooseConnections(ports, { names: choice.names, all: choice.all ? 'connected' : null, query: ctx.globals.account })
  const chosen = choice.all ? await dueOf(ctx, meant, flags) : meant
  const person = ctx.canPrompt ? consentPorts(ctx, flags) : null
  const [only] = chosen
  if (only !== undefined && chosen.length === 1 && !choice.all) return { results: [await reconnectOne(ports, only, input, person)] }
  if (input.wanted.callbackUrl !== null && !input.dryRun) {
    await confirmMove(
      ctx,
      chosen.length,
      input.wanted.callbackUrl,
      () => reconnectMany(ports, chosen, { ...input, dryRun: true }, null),
      flags,
    )
  }
  if (flags.ndjson !== true) return reconnectMany(ports, chosen, input, person)
  await streamed(ctx, chosen.length, (onResult) => reconnectMany(ports, chosen, input, null, onResult))
  return { results: [] }
}

/** @throws USAGE for options of a round without one */
function checkRound(ctx: Context, flags: ReconnectFlags): void {
  const given = [
    flags.olderThan === undefined ? null : '--older-than',
    flags.failed === true ? '--failed' : null,
    flags.ndjson === true ? '--ndjson' : null,
  ].find((flag) => flag !== null)
  if (given !== undefined && flags.all !== true) throw new CalreconnectError('USAGE', `${given} goes with --all`)
  if (flags.ndjson === true && ctx.globals.json) throw new CalreconnectError('USAGE', '--json and --ndjson both want stdout')
}

/** Those of all that this round is about. */
async function dueOf(ctx: Context, connections: readonly Connection[], flags: ReconnectFlags): Promise<readonly Connection[]> {
  if (flags.olderThan === undefined && flags.failed !== true) return connections
  const [{ dueConnections }, { parseAge }] = await Promise.all([
    import('../../core/connection/round.ts'),
    import('../../core/plan/prune.ts'),
  ])
  const olderThanMs = flags.olderThan === undefined ? null : parseAge(flags.olderThan)
  const reconciled = await (await ctx.store()).connections.reconciled()
  return dueConnections(connections, reconciled, { olderThanMs, failedOnly: flags.failed === true }, ctx.clock.nowMs())
}

/** A line for each account as it is done: nothing is collected. @throws PARTIAL when any failed */
async function streamed(
  ctx: Context,
  accounts: number,
  round: (onResult: (result: ReconnectResult) => void) => Promise<unknown>,
): Promise<void> {
  let failures = 0
  await round((result) => {
    if (result.error !== undefined || result.failed.length > 0) failures += 1
    ctx.host.stdout.write(`${jsonText(snakeKeys(result, ctx.invocation))}\n`)
  })
  if (failures > 0)
    throw new CalreconnectError('PARTIAL', `${failures} of ${count(accounts, 'account')} failed`, {
      hint: next('reconnect', '--all', '--failed'),
    })
}

/** One URL for several accounts takes each one's deliveries away from where they go now: shown first, and asked. */
async function confirmMove(
  ctx: Context,
  accounts: number,
  callbackUrl: string,
  planned: () => Promise<ReconnectResults>,
  flags: ReconnectFlags,
): Promise<void> {
  const { renderReconnect } = await import('../render/reconnect.ts')
  const what = `give ${count(accounts, 'account')} the one callback URL ${callbackUrl}`
  const show = async (view: View): Promise<string> => renderReconnect(await planned(), view, { dryRun: true })
  await confirmChanges(ctx, { count: accounts, command: 'reconnect', what, show }, flags)
}

/** One that was named ends as its failure does; of several, any failure is partial. */
async function problemOf({ results }: ReconnectResults, { all }: { readonly all: boolean }): Promise<CalreconnectError | null> {
  const [only] = results
  if (!all && results.length <= 1) {
    const problem = only === undefined || only.plan === null ? null : await stepsProblem(only.plan, only)
    if (problem !== null && problem.exit !== 'partial') throw problem
    return problem
  }
  const failed = results.filter((result) => result.error !== undefined || result.failed.length > 0)
  if (failed.length === 0) return null
  const named = failed.map(({ account }) => account).slice(0, NAMED_MAX)
  return new CalreconnectError(
    'PARTIAL',
    `${failed.length} of ${count(results.length, 'account')} failed: ${named.join(', ')}${failed.length > named.length ? ' …' : ''}`,
    { hint: all ? next('reconnect', '--all', '--failed') : next('status') },
  )
}

async function stepsProblem(plan: Plan, result: PlanResult): Promise<CalreconnectError | null> {
  const { problemOf: ofSteps } = await import('../../operations/execute/errors.ts')
  return ofSteps(plan, result)
}
