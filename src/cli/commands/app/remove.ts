// `app remove`: forgets an OAuth app and its secret. Nothing changes at Calendly.

import type { Command } from 'commander'
import { next } from '../../../core/errors/advice.ts'
import { findApp, labelOf } from '../../../core/connection/app.ts'
import type { Context } from '../../context.ts'
import { confirmChanges } from '../../input/confirm-changes.ts'
import { count, listOf } from '../../render/words.ts'

export function addRemove(parent: Command, ctx: Context): void {
  parent
    .command('remove <app>')
    .alias('rm')
    .description('Forget an OAuth app, by its name or client id. Asks where connected accounts need it to renew their tokens.')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  $ calreconnect app remove staging\n  $ calreconnect app remove CLIENT_ID --yes')
    .action((query: string, flags: { readonly yes?: boolean }) => runRemove(ctx, query, flags))
}

async function runRemove(ctx: Context, query: string, flags: { readonly yes?: boolean }): Promise<void> {
  const { apps, connections } = await ctx.store()
  const app = findApp(await apps.list(), query)
  const { accountsOf } = await import('../../../operations/accounts/apps.ts')
  const accounts = await accountsOf({ connections }, app.clientId)
  const whose = count(accounts.length, 'connected account')
  await confirmChanges(
    ctx,
    {
      count: accounts.length,
      command: 'app remove',
      what: `forget ${labelOf(app)} although ${whose} need it`,
      look: next('app', 'show'),
      show: () => `Used by ${listOf(accounts)}`,
    },
    flags,
  )
  await apps.remove(app.clientId)
  ctx.show({ clientId: app.clientId, name: app.name, accounts }, () => `Removed ${labelOf(app)}`)
}
