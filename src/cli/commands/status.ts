// `status`: what is stored, and what it needs.

import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { checkNamed } from '../input/named-accounts.ts'
import { warnOfUnreadable } from '../context/unreadable-secrets.ts'

const EXAMPLES = `
Examples:
  $ calreconnect status
  $ calreconnect status sales --json
  $ calreconnect status --remote`

export function addStatus(parent: Command, ctx: Context): void {
  parent
    .command('status [name]')
    .description(
      'Show stored connections: whose they are, whether they work, their webhook. Ends with 4 if the named one needs connecting.',
    )
    .option('--all', 'only those that are connected')
    .option('--remote', 'show what Calendly says now: token, organization, role, webhook (gone, unknown); renews nothing')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, flags: StatusFlags) => runStatus(ctx, name ?? null, flags))
}

interface StatusFlags {
  readonly all?: boolean
  readonly remote?: boolean
}

async function runStatus(ctx: Context, given: string | null, flags: StatusFlags): Promise<void> {
  if (flags.all === true && given !== null) throw new CalreconnectError('USAGE', 'Name a connection or pass --all, not both')
  await checkNamed(ctx, given === null ? [] : [given])
  const name = flags.all === true ? null : (given ?? ctx.globals.account)
  const [{ status, statusProblem }, { chooseConnections }, { renderStatus, statusHints }] = await Promise.all([
    import('../../operations/accounts/status.ts'),
    import('../../operations/accounts/accounts.ts'),
    import('../render/account.ts'),
  ])
  const { connections, subscriptions } = await ctx.store()
  const names = name === null ? [] : [name]
  const chosen = await chooseConnections(
    { connections },
    { names, all: name !== null ? null : flags.all === true ? 'connected' : 'stored', query: null },
  )
  const data = await status(
    { connections, subscriptions, clock: ctx.clock, oauth: ctx.oauth, calendly: (tokens) => ctx.calendly(tokens) },
    chosen,
    { remote: flags.remote === true },
  )
  const [named] = chosen
  const problem = name === null || named === undefined ? null : statusProblem(named)
  ctx.show(data, renderStatus, problem)
  warnOfUnreadable(ctx, problem === null ? chosen : [])
  // A problem says itself what to run next.
  if (problem === null) for (const hint of statusHints(data)) ctx.hint(hint)
}
