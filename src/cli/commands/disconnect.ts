// `disconnect`: delete its webhooks, revoke its tokens, forget them.

import { advise, next, type Hint } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import { connectCommand } from '../../core/connection/usable.ts'
import { strandedHint, strandedText } from '../../core/connection/whereabouts.ts'
import type { AccountDeps } from '../../operations/connect/input.ts'
import type { DisconnectResult, DisconnectResults } from '../../operations/disconnect/disconnect.ts'
import type { DisconnectInput, PreparedDisconnect } from '../../operations/disconnect/prepare.ts'
import { accountPorts } from '../context/account-ports.ts'
import type { Context } from '../context.ts'
import { confirmChanges } from '../input/confirm-changes.ts'
import { checkNamed } from '../input/named-accounts.ts'
import type { View } from '../render/view.ts'
import { count } from '../render/words.ts'

interface DisconnectFlags {
  readonly all?: boolean
  readonly keepWebhooks?: boolean
  readonly forceLocal?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect disconnect
  $ calreconnect disconnect sales --yes
  $ calreconnect disconnect --all --dry-run
  $ calreconnect disconnect sales --force-local

What another connection wants as well (same URL and scope) is left to that one. What cannot be looked at or deleted is listed as left,
with exit 8, and the rest is done; run it again to continue there, or give the rest up with --force-local.`

export function addDisconnect(parent: Command, ctx: Context): void {
  parent
    .command('disconnect [names...]')
    .description('Delete the webhooks that a connection manages, revoke its tokens at Calendly, then forget them here.')
    .option('--all', 'every account that is connected')
    .option('--keep-webhooks', 'leave the webhooks at Calendly')
    .option('--force-local', 'forget tokens and keys here although Calendly cannot be reached or refuses')
    .option('--dry-run', 'show what would be deleted and revoked, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((names: string[], flags: DisconnectFlags) => runDisconnect(ctx, names, flags))
}

async function runDisconnect(ctx: Context, names: readonly string[], flags: DisconnectFlags): Promise<void> {
  if (flags.all === true && names.length > 0) throw new CalreconnectError('USAGE', 'Name connections or pass --all, not both')
  const input: DisconnectInput = { keepWebhooks: flags.keepWebhooks === true, forceLocal: flags.forceLocal === true }
  const [
    { disconnectMany, prepareMany },
    { foreseen },
    { chooseConnections },
    { disconnectHints, renderDisconnect, renderDisconnectPlan },
  ] = await Promise.all([
    import('../../operations/disconnect/many.ts'),
    import('../../operations/disconnect/disconnect.ts'),
    import('../../operations/accounts/accounts.ts'),
    import('../render/disconnect.ts'),
  ])
  await checkNamed(ctx, names)
  const ports = await accountPorts(ctx)
  const chosen = await chooseConnections(ports, { names, all: flags.all === true ? 'connected' : null, query: ctx.globals.account })
  const prepared = await prepareMany(ports, chosen, input)
  if (flags.dryRun === true) {
    const results = await Promise.all(prepared.map((one) => foreseen(ports, one)))
    ctx.show({ results }, renderDisconnectPlan)
    return
  }
  await confirmed(ctx, ports, prepared, flags, (data, view) => renderDisconnectPlan(data, view))
  const data = await disconnectMany(ports, prepared, input)
  ctx.show(data, (value, view) => renderDisconnect(value, view, prepared), problemOf(data, input))
  for (const hint of disconnectHints(data, prepared)) ctx.hint(hint)
}

/** @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no */
async function confirmed(
  ctx: Context,
  ports: AccountDeps,
  prepared: readonly PreparedDisconnect[],
  flags: DisconnectFlags,
  render: (data: DisconnectResults, view: View) => string,
): Promise<void> {
  const webhooks = prepared.reduce((sum, { work }) => sum + (work === null ? 0 : writesOf(work.plan).length), 0)
  const accounts = prepared.filter(({ work }) => work !== null).map(({ connection }) => connection.name)
  const whose = accounts.length > 3 ? count(accounts.length, 'account') : accounts.join(', ')
  await confirmChanges(
    ctx,
    {
      count: webhooks,
      command: 'disconnect',
      what: `delete ${count(webhooks, 'webhook')} of ${whose} at Calendly and revoke the tokens`,
      async show(view) {
        const { foreseen } = await import('../../operations/disconnect/disconnect.ts')
        return render({ results: await Promise.all(prepared.map((one) => foreseen(ports, one))) }, view)
      },
    },
    flags,
  )
}

/** With --force-local what is left was given up knowingly. */
function problemOf({ results }: DisconnectResults, input: DisconnectInput): CalreconnectError | null {
  if (input.forceLocal) return null
  const stopped = results.filter(({ cleared }) => !cleared)
  const [first] = stopped
  if (first === undefined) return leftProblem(results.filter(({ left }) => left.length > 0))
  const { message, hint } = first.error ?? { message: 'stopped', hint: null }
  const whose = results.length === 1 ? first.account : `${count(stopped.length, 'account')} of ${results.length}`
  // A failure that has this way out already says more about it.
  const isSaid = hint !== null && String(hint).includes('--force-local')
  return new CalreconnectError('PARTIAL', `${whose} could not be disconnected completely: ${message}`, {
    hint: isSaid ? hint : advise`${waysOn(first)}, or give up what is left with ${next('disconnect', first.account, '--force-local')}`,
  })
}

/** A dead connection must be connected first; else trying again is all. */
function waysOn({ account, error }: DisconnectResult): Hint {
  const once = next('disconnect', account)
  return error?.exit === 'auth' ? advise`${connectCommand(account)}, then ${once}` : advise`${once} continues`
}

/** Done, but for what nobody who acts here may touch. */
function leftProblem(results: readonly DisconnectResult[]): CalreconnectError | null {
  const [first] = results
  if (first === undefined) return null
  const stranded = first.stranded?.[0]
  const left = results.reduce((sum, result) => sum + result.left.length, 0)
  const what = `${first.account} is disconnected, and ${left === 1 ? 'a webhook is' : `${count(left, 'webhook')} are`} left at Calendly`
  if (stranded === undefined) return new CalreconnectError('PARTIAL', what)
  return new CalreconnectError('PARTIAL', `${what}. ${String(strandedText(stranded))}`, { hint: strandedHint(stranded) })
}
